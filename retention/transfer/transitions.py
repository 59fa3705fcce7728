"""The states of a transfer: which act is open where, to whom, and where it leads.

Guards, ``next`` of TRANSFER and the buttons of its page read this table. Whether a need is met,
such as a receipt, the act asks of the case files itself.
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
_ON_ITS_WAY = (_State.SENT, _State.REPLIED)
_HERE = (_State.RECEIVED, _State.DECIDED, _State.REPLIED)


@dataclass(frozen=True, slots=True)
class TransferTransition(Transition[TransferState]):
    """One act, which is one of its two archives'."""

    direction: TransferDirection = TransferDirection.OUT

    def is_open(self, row: Any) -> bool:  # Any: a transfer
        """Whether the act is open where the transfer stands, at this of its two archives."""
        return row.state in self.states and row.direction is self.direction


_COMPOSE, _DECIDE = "transfer:compose", "transfer:decide"
_EXCHANGE, _RECEIVE = "transfer:exchange", "transfer:receive"
_NOBODYS = ""  # the archive does it by itself
_IN = TransferDirection.IN
_Act = TransferTransition
_ACTS = {
    "compose": _Act(_COMPOSE, (), (_State.DRAFT,)),
    "amend": _Act(_COMPOSE, UNSENT, (_State.DRAFT,)),
    "approve": _Act(
        "transfer:approve", (_State.DRAFT,), (_State.APPROVED,), needs=("other-person",)
    ),
    "sent": _Act(_COMPOSE, (_State.APPROVED,), (_State.REGISTERED,), needs=("day",)),
    "send-register": _Act(_EXCHANGE, (_State.APPROVED, _State.REGISTERED), (_State.REGISTERED,)),
    "answer": _Act(_COMPOSE, (_State.REGISTERED,), (_State.ANSWERED,), needs=("day",)),
    "read-answer": _Act(_EXCHANGE, ANNOUNCED, (_State.ANSWERED,), needs=("register-answer",)),
    "build": _Act(_COMPOSE, BEGUN_AGAIN, (_State.BUILT,), needs=("wanted-day",)),
    "send": _Act(_COMPOSE, (_State.BUILT, _State.SENT), (_State.SENT,)),
    # A receipt wins over a withdrawal that came too late.
    "read-reply": _Act(
        _EXCHANGE,
        (_State.BUILT, *_ON_ITS_WAY, _State.WITHDRAWN),
        (_State.REPLIED,),
        needs=("reply",),
    ),
    "minutes": _Act(_EXCHANGE, (*_ON_ITS_WAY, _State.CLOSED)),
    "note-receipt": _Act(_COMPOSE, _ON_ITS_WAY, (_State.REPLIED,)),
    "correct": _Act(_COMPOSE, (*_ON_ITS_WAY, _State.ANSWERED), (_State.ANSWERED,)),
    "settle": _Act(_NOBODYS, BEGUN_AGAIN, (_State.REPLIED,)),  # nothing of it goes once more
    "close": _Act(
        _COMPOSE,
        (_State.REPLIED, _State.CLOSED, *BEGUN_AGAIN),
        (_State.CLOSED,),
        needs=("hold-lifted",),
    ),
    "remove": _Act("transfer:remove", (_State.CLOSED,), needs=("cooling-off", "otp")),
    "withdraw": _Act(_COMPOSE, (*UNSENT, *_ON_ITS_WAY), (_State.WITHDRAWN,)),
    "announce": _Act(_RECEIVE, (), (_State.REGISTERED,), _IN),
    "read-register": _Act(_RECEIVE, ANNOUNCED, (_State.REGISTERED, _State.WITHDRAWN), _IN),
    "answer-register": _Act(_DECIDE, ANNOUNCED, (_State.ANSWERED,), _IN),
    "receive": _Act(_RECEIVE, (*ANNOUNCED, *_HERE), (_State.RECEIVED,), _IN, needs=("packages",)),
    "decide": _Act(_DECIDE, _HERE, (_State.DECIDED,), _IN),
    "reopen": _Act(_NOBODYS, _HERE[:2], (_State.RECEIVED,), _IN),
    "reply": _Act(_DECIDE, (_State.DECIDED,), (_State.REPLIED,), _IN, needs=("stored",)),
    "read-notice": _Act(_RECEIVE, (*ANNOUNCED, *_HERE, _State.WITHDRAWN), (_State.WITHDRAWN,), _IN),
}


def _refusal(row: Transfer, act: str) -> ConflictError:
    if row.state not in TRANSITIONS[act].states:
        return not_there(row, act)
    return TransferDirectionError(number=row.name, act=act)


TRANSITIONS = Transitions[Transfer, TransferTransition](_ACTS, _refusal)
