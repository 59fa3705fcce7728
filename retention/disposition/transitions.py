"""The states of a list: which act is open where, to whom, and where it leads.

Guards and ``next`` of DISPOSITION read this table. What an act needs beyond the state, such as
votes or signatures, it asks itself.
"""

from archive_service.domain.retention.disposition import Disposition, DispositionState
from archive_service.errors import ConflictError
from archive_service.transitions import Transition, Transitions

_State = DispositionState


class DispositionStateError(ConflictError):
    """The list is not where this act needs it."""


def _not_there(row: Disposition, act: str) -> DispositionStateError:
    number = f"{row.number:02}/{row.year}"
    return DispositionStateError(number=number, state=row.state.value, act=act)


_APPROVE, _EXECUTE = "disposition:approve", "disposition:execute"
_NOBODYS = ""  # the archive does it by itself
_ACTS = {
    "propose": Transition("disposition:propose", (), (_State.PROPOSED,)),
    "review": Transition(
        "disposition:review",
        (_State.PROPOSED, _State.REVIEWED, _State.SUBMITTED),
        (_State.REVIEWED, _State.PROPOSED),
    ),
    "council": Transition("disposition:council", (_State.REVIEWED,)),
    "vote": Transition("disposition:vote", (_State.REVIEWED,)),
    "submit": Transition("disposition:submit", (_State.REVIEWED,), (_State.SUBMITTED,)),
    "approve": Transition(_APPROVE, (_State.SUBMITTED,), (_State.APPROVED, _State.EXECUTED)),
    "reject": Transition(_APPROVE, (_State.SUBMITTED,), (_State.REJECTED,)),
    "number": Transition(
        "disposition:number", (_State.APPROVED, _State.EXECUTING, _State.EXECUTED)
    ),
    "execute": Transition(_EXECUTE, (_State.APPROVED, _State.EXECUTING), (_State.EXECUTING,)),
    "paper": Transition(_EXECUTE, (_State.EXECUTING,)),
    "close": Transition(_NOBODYS, (_State.EXECUTING,), (_State.EXECUTED,)),  # nothing is left to go
}
TRANSITIONS = Transitions[Disposition, Transition[DispositionState]](_ACTS, _not_there)
