"""The states of a transfer: which act is open where, to whom, and where it leads.

Guards, ``next`` of TRANSFER and the buttons of its page read this table. What an act needs beyond
the state, such as a receipt, it asks of the case files itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from archive_service.domain.transfer.transfer import (
    BEGUN_AGAIN,
    UNSENT,
    Transfer,
    TransferDirection,
    TransferState,
)
from retention.transfer.refusals import TransferDirectionError, not_there

_State = TransferState
ANNOUNCED = (_State.REGISTERED, _State.ANSWERED)  # the receiver has the register, and no package
SENDABLE = (_State.BUILT, _State.SENT)
_ON_ITS_WAY = (_State.SENT, _State.REPLIED)


@dataclass(frozen=True, slots=True)
class Transition:
    """One act: who may do it, from which states, at which archive, and the state after it."""

    right: str
    states: tuple[TransferState, ...]
    after: TransferState | None = None  # ``None``: it stays where it was
    direction: TransferDirection = TransferDirection.OUT


_COMPOSE, _DECIDE = "transfer:compose", "transfer:decide"
_IN = TransferDirection.IN
TRANSITIONS: Mapping[str, Transition] = {
    "amend": Transition(_COMPOSE, UNSENT, _State.DRAFT),
    "approve": Transition("transfer:approve", (_State.DRAFT,), _State.APPROVED),
    "sent": Transition(_COMPOSE, (_State.APPROVED,), _State.REGISTERED),
    "answer": Transition(_COMPOSE, (_State.REGISTERED,), _State.ANSWERED),
    "build": Transition(_COMPOSE, BEGUN_AGAIN, _State.BUILT),
    "send": Transition(_COMPOSE, SENDABLE, _State.SENT),
    "note-receipt": Transition(_COMPOSE, _ON_ITS_WAY, _State.REPLIED),
    "correct": Transition(_COMPOSE, (*_ON_ITS_WAY, _State.ANSWERED), _State.ANSWERED),
    "close": Transition(_COMPOSE, (_State.REPLIED, _State.CLOSED, *BEGUN_AGAIN), _State.CLOSED),
    "remove": Transition("transfer:remove", (_State.CLOSED,)),
    "withdraw": Transition(_COMPOSE, (*UNSENT, *_ON_ITS_WAY), _State.WITHDRAWN),
    "answer-register": Transition(_DECIDE, ANNOUNCED, _State.ANSWERED, _IN),
    "decide": Transition(
        _DECIDE, (_State.RECEIVED, _State.DECIDED, _State.REPLIED), _State.DECIDED, _IN
    ),
}


def is_open(row: Transfer, act: str) -> bool:
    """Whether the act is open where the transfer stands, at this of its two archives."""
    found = TRANSITIONS[act]
    return row.direction is found.direction and row.state in found.states


def require_open(row: Transfer, act: str) -> None:
    """The refusal of an act that is not.

    Raises:
        TransferStateError, TransferDirectionError
    """
    found = TRANSITIONS[act]
    if row.state not in found.states:
        raise not_there(row, act)
    if row.direction is not found.direction:
        raise TransferDirectionError(number=row.name, act=act)
