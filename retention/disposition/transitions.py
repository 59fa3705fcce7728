"""The states of a list: which act is open where, to whom, and where it leads.

Guards and ``next`` of DISPOSITION read this table. Whether a need is met, such as votes or
signatures, the act asks itself.
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
_COUNCIL = (  # of a list that a council looks at; see ``council.lacking``
    "council", "council-decision", "meeting", "votes", "majority", "opinion", "opinion-agrees",
)  # fmt: skip
_FILE = ("paper-list", "paper-explanation", "paper-council-decision", "paper-minutes")
_SIGNED = ("signed-council-decision", "signed-minutes", "signed-decision")
_ACTS = {
    "propose": Transition("disposition:propose", (), (_State.PROPOSED,)),
    "review": Transition(
        "disposition:review",
        (_State.PROPOSED, _State.REVIEWED, _State.SUBMITTED),
        (_State.REVIEWED, _State.PROPOSED),
    ),
    "council": Transition("disposition:council", (_State.REVIEWED,), needs=_COUNCIL),
    "vote": Transition("disposition:vote", (_State.REVIEWED,)),
    "submit": Transition(
        "disposition:submit", (_State.REVIEWED,), (_State.SUBMITTED,), needs=(*_COUNCIL, *_FILE)
    ),
    "approve": Transition(
        _APPROVE,
        (_State.SUBMITTED,),
        (_State.APPROVED, _State.EXECUTED),
        needs=("other-person", "second-factor"),
    ),
    "reject": Transition(_APPROVE, (_State.SUBMITTED,), (_State.REJECTED,), needs=("reason",)),
    "number": Transition(
        "disposition:number", (_State.APPROVED, _State.EXECUTING, _State.EXECUTED)
    ),
    "execute": Transition(
        _EXECUTE, (_State.APPROVED, _State.EXECUTING), (_State.EXECUTING,), needs=_SIGNED
    ),
    "paper": Transition(_EXECUTE, (_State.EXECUTING,)),
    "close": Transition(_NOBODYS, (_State.EXECUTING,), (_State.EXECUTED,), needs=("all-gone",)),
}
TRANSITIONS = Transitions[Disposition, Transition[DispositionState]](_ACTS, _not_there)
