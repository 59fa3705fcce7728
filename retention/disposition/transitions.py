"""The states of a list: which act is open where, to whom, and where it leads.

Guards and ``next`` of DISPOSITION read this table. What an act needs beyond the state, such as
votes or signatures, it asks itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from archive_service.domain.retention.disposition import Disposition, DispositionState
from archive_service.errors import ConflictError

_State = DispositionState


class DispositionStateError(ConflictError):
    """The list is not where this act needs it."""

    code = "disposition-state"


@dataclass(frozen=True, slots=True)
class Transition:
    """One act: who may do it, from which states, and the states that it may lead to."""

    right: str
    states: tuple[DispositionState, ...]
    after: tuple[DispositionState, ...] = ()  # none: it stays where it was


_APPROVE, _EXECUTE = "disposition:approve", "disposition:execute"
TRANSITIONS: Mapping[str, Transition] = {
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
    "paper": Transition(_EXECUTE, (_State.EXECUTING,), (_State.EXECUTING, _State.EXECUTED)),
}


def is_open(row: Disposition, act: str) -> bool:
    """Whether the act is open where the list stands."""
    return row.state in TRANSITIONS[act].states


def require_open(row: Disposition, act: str) -> None:
    """``DispositionStateError`` where it is not."""
    if not is_open(row, act):
        number = f"{row.number:02}/{row.year}"
        raise DispositionStateError(number=number, state=row.state.value, act=act)
