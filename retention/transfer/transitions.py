"""The states of a transfer: which act is open where, to whom, and where it leads.

Guards, ``next`` of TRANSFER and the buttons of its page read this table. What an act needs beyond
the state, such as a receipt, it asks of the case files itself.
"""

from dataclasses import dataclass
from typing import Any

from archive_service.domain.transfer.transfer import (
    BEGUN_AGAIN,
    UNSENT,
    Transfer,
    TransferDirection,
    TransferState,
)
from archive_service.errors import ConflictError
from archive_service.transitions import Transition, Transitions
from retention.transfer.refusals import TransferDirectionError, not_there

_State = TransferState
ANNOUNCED = (_State.REGISTERED, _State.ANSWERED)  # the receiver has the register, and no package
SENDABLE = (_State.BUILT, _State.SENT)
_ON_ITS_WAY = (_State.SENT, _State.REPLIED)


@dataclass(frozen=True, slots=True)
class TransferTransition(Transition[TransferState]):
    """One act, which is one of its two archives'."""

    direction: TransferDirection = TransferDirection.OUT

    def is_open(self, row: Any) -> bool:  # Any: a transfer
        """Whether the act is open where the transfer stands, at this of its two archives."""
        return row.state in self.states and row.direction is self.direction


_COMPOSE, _DECIDE = "transfer:compose", "transfer:decide"
_IN = TransferDirection.IN
_ACTS = {
    "amend": TransferTransition(_COMPOSE, UNSENT, (_State.DRAFT,)),
    "approve": TransferTransition("transfer:approve", (_State.DRAFT,), (_State.APPROVED,)),
    "sent": TransferTransition(_COMPOSE, (_State.APPROVED,), (_State.REGISTERED,)),
    "answer": TransferTransition(_COMPOSE, (_State.REGISTERED,), (_State.ANSWERED,)),
    "build": TransferTransition(_COMPOSE, BEGUN_AGAIN, (_State.BUILT,)),
    "send": TransferTransition(_COMPOSE, SENDABLE, (_State.SENT,)),
    "note-receipt": TransferTransition(_COMPOSE, _ON_ITS_WAY, (_State.REPLIED,)),
    "correct": TransferTransition(_COMPOSE, (*_ON_ITS_WAY, _State.ANSWERED), (_State.ANSWERED,)),
    "close": TransferTransition(
        _COMPOSE, (_State.REPLIED, _State.CLOSED, *BEGUN_AGAIN), (_State.CLOSED,)
    ),
    "remove": TransferTransition("transfer:remove", (_State.CLOSED,)),
    "withdraw": TransferTransition(_COMPOSE, (*UNSENT, *_ON_ITS_WAY), (_State.WITHDRAWN,)),
    "answer-register": TransferTransition(_DECIDE, ANNOUNCED, (_State.ANSWERED,), _IN),
    "decide": TransferTransition(
        _DECIDE, (_State.RECEIVED, _State.DECIDED, _State.REPLIED), (_State.DECIDED,), _IN
    ),
}


def _refusal(row: Transfer, act: str) -> ConflictError:
    if row.state not in TRANSITIONS[act].states:
        return not_there(row, act)
    return TransferDirectionError(number=row.name, act=act)


TRANSITIONS = Transitions[Transfer, TransferTransition](_ACTS, _refusal)
