"""Which acts on a transfer are open to an account where it stands, and what blocks one of them."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.transfer.partner import TransferSending
from archive_service.domain.transfer.transfer import (
    BEGUN_AGAIN,
    GOING,
    UNSENT,
    UNSETTLED,
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from archive_service.web.display import day, number
from archive_service.web.language import language
from archive_service.web.layout import t
from retention.transfer.amounts import Amount
from retention.transfer.network.send import SENDABLE
from retention.transfer.packages.download import is_here
from retention.transfer.stopping.send_notice import has_to_tell

Amounts = Mapping[TransferItemState, Amount]

_ANNOUNCED = (TransferState.REGISTERED, TransferState.ANSWERED)
_TO_DECIDE = (TransferItemState.AWAITED, TransferItemState.ARRIVED)
_TO_REPLY = (
    TransferItemState.ACCEPTED,
    TransferItemState.STORED,
    TransferItemState.RETURNED,
    TransferItemState.RECALLED,
)
_CAME_BACK = (TransferItemState.RETURNED, TransferItemState.STOPPED)
_DECIDING = (TransferState.RECEIVED, TransferState.DECIDED, TransferState.REPLIED)
_WITHDRAWN_IN = (*UNSENT, TransferState.SENT, TransferState.REPLIED)
_DELIVERED = (TransferState.SENT, TransferState.REPLIED, TransferState.ANSWERED)

# As ``next`` of TRANSFER names them.
_NAMED_NEXT = {
    "send-register": "send_register",
    "read-answer": "take_answer",
    "read-reply": "take_reply",
}


def open_acts(session: Session, row: Transfer, amounts: Amounts, actor: Actor) -> dict[str, bool]:
    """Acts that the state of a transfer and the account's rights leave open, by name."""
    if row.direction is TransferDirection.IN:
        return _open_in(row, amounts, actor)
    composes = access.may(actor, "transfer:compose", row)
    went = row.sent_at is not None
    register = composes and not went and row.state in UNSENT
    draft, unread = row.state is TransferState.DRAFT, row.composed_by == WORKER.account
    acknowledged = _some(amounts, TransferItemState.RECEIPTED)
    found = {
        "approve": draft and access.may(actor, "transfer:approve", row),
        "take_over": composes and draft and unread,
        "sent": composes and row.state is TransferState.APPROVED,
        "send_register": composes and _is_register_sent(row),
        "answer": composes and row.state is TransferState.REGISTERED,
        "take_answer": composes
        and not went
        and row.state in _ANNOUNCED
        and row.register_sequence > 0,
        "amend": register,
        "withdraw": composes and row.state in _WITHDRAWN_IN and not acknowledged,
        "build": composes and _is_built_next(row, amounts),
        "write": composes and row.state in SENDABLE,
        "send": composes and row.state in SENDABLE,
        "download": composes and row.state in SENDABLE and is_here(session, row),
        "exchange": composes and _is_asked(session, row),
        "receipt": composes
        and row.state in (TransferState.SENT, TransferState.REPLIED)
        and _some(amounts, TransferItemState.SENT),
        "notice": went
        and access.may(actor, "transfer:exchange", row)
        and _is_told(session, row, amounts),
        "take_reply": composes and went and row.state is not TransferState.CLOSED,
        "minutes": composes and went,
        "correct": composes and went and row.state in _DELIVERED and _some(amounts, *_CAME_BACK),
        "close": composes
        and (
            row.state is TransferState.REPLIED
            or (acknowledged and row.state is TransferState.CLOSED)
            or (acknowledged and row.state in BEGUN_AGAIN and not _some(amounts, *UNSETTLED))
        ),
        "remove": row.state is TransferState.CLOSED
        and access.may(actor, "transfer:remove", row)
        and _some(amounts, TransferItemState.TRANSFERRED),
        "place": composes,
        "papers": composes,
    }
    return found | {one: found[name] for one, name in _NAMED_NEXT.items()}


def _is_asked(session: Session, row: Transfer) -> bool:
    """Whether the other archive has something to say of it: of its register only by network."""
    if row.sent_at is not None:
        return row.state in (*_DELIVERED, TransferState.WITHDRAWN)
    announced = row.state in _ANNOUNCED and row.register_sequence > 0
    return announced and session.get(TransferSending, row.id) is not None


def _is_register_sent(row: Transfer) -> bool:
    """Whether its register may go, or go again: also one that was withdrawn after it went."""
    told = row.state in _ANNOUNCED or row.state is TransferState.WITHDRAWN
    again = told and row.register_sequence > 0
    return row.sent_at is None and (row.state is TransferState.APPROVED or again)


def _open_in(row: Transfer, amounts: Amounts, actor: Actor) -> dict[str, bool]:
    decides = access.may(actor, "transfer:decide", row)
    answers = decides and row.state in _ANNOUNCED
    return {
        "answer_register": answers,
        "answer-register": answers,  # as ``next`` of TRANSFER names it
        "decide": decides and row.state in _DECIDING and _some(amounts, *_TO_DECIDE),
        "reply": decides and row.state in _DECIDING and _some(amounts, *_TO_REPLY),
        "take_notice": access.may(actor, "transfer:receive", row)
        and row.state is not TransferState.WITHDRAWN,
        "place": access.may(actor, "transfer:compose", row),
        "papers": access.may(actor, "transfer:compose", row),
    }


def blocks(row: Transfer, amounts: Amounts, actor: Actor) -> dict[str, str]:
    """Why an act that is next cannot be done yet, by its name."""
    found = {}
    if row.composed_by == WORKER.account:
        found["approve"] = t("pages.transfer.unread")
    elif actor.account == row.composed_by:
        found["approve"] = t("pages.transfer.own")
    if row.wanted_on is not None and clock.today() < row.wanted_on:
        found["build"] = t("pages.transfer_register.not_yet", day=day(row.wanted_on))
    if still := _count(amounts, *UNSETTLED):
        count = number(still, language())
        found["close"] = t("pages.transfer.still_open", count=count)
    if row.removable_on is not None and clock.today() < row.removable_on:
        found["remove"] = t("pages.transfer.cooling_off", day=day(row.removable_on))
    elif actor.account in (row.composed_by, row.closed_by):
        found["remove"] = t("pages.transfer.own_removal")
    return found


def _is_built_next(row: Transfer, amounts: Amounts) -> bool:
    answered = row.state is TransferState.ANSWERED and _some(amounts, *GOING)
    return answered or row.state is TransferState.BUILT


def _is_told(session: Session, row: Transfer, amounts: Amounts) -> bool:
    """Whether the other archive is to learn that something does not come."""
    return row.state is TransferState.WITHDRAWN or (
        row.state is not TransferState.CLOSED
        and _some(amounts, TransferItemState.STOPPED)
        and has_to_tell(session, row)
    )


def _some(amounts: Amounts, *states: TransferItemState) -> bool:
    return _count(amounts, *states) > 0


def _count(amounts: Amounts, *states: TransferItemState) -> int:
    return sum(amounts[state].count for state in states if state in amounts)
