"""Which acts on a transfer are open to an account where it stands, and what blocks one of them."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.transfer.partner import TransferSending
from archive_service.domain.transfer.transfer import (
    BEGUN_AGAIN,
    GOING,
    ON_ITS_WAY,
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
from retention.transfer.packages.download import is_here
from retention.transfer.stopping.send_notice import has_to_tell
from retention.transfer.transitions import ANNOUNCED, TRANSITIONS

Amounts = Mapping[TransferItemState, Amount]

_TO_DECIDE = (TransferItemState.AWAITED, TransferItemState.ARRIVED)
_TO_REPLY = (
    TransferItemState.ACCEPTED,
    TransferItemState.STORED,
    TransferItemState.RETURNED,
    TransferItemState.RECALLED,
)
_CAME_BACK = (TransferItemState.RETURNED, TransferItemState.STOPPED)

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
    may = partial(TRANSITIONS.may, row, actor=actor)
    went = row.sent_at is not None
    draft, unread = row.state is TransferState.DRAFT, row.composed_by == WORKER.account
    acknowledged = _some(amounts, TransferItemState.RECEIPTED)
    found = {
        "approve": may("approve"),
        "take_over": composes and draft and unread,
        "sent": may("sent"),
        "send_register": composes and _is_register_sent(row),
        "answer": may("answer"),
        "take_answer": composes
        and not went
        and TRANSITIONS.is_open(row, "read-answer")
        and row.register_sequence > 0,
        "amend": may("amend") and not went,
        "withdraw": may("withdraw") and not acknowledged,
        "build": may("build") and _is_built_next(row, amounts),
        "write": may("send"),
        "send": may("send"),
        "download": may("send") and is_here(session, row),
        "exchange": composes and _is_asked(session, row),
        "receipt": may("note-receipt") and _some(amounts, TransferItemState.SENT),
        "notice": went
        and access.may(actor, "transfer:exchange", row)
        and _is_told(session, row, amounts),
        "take_reply": composes and went and row.state is not TransferState.CLOSED,
        "minutes": composes and went,
        "correct": may("correct") and went and _some(amounts, *_CAME_BACK),
        "close": may("close") and _is_closed_next(row, amounts),
        "remove": may("remove") and _some(amounts, TransferItemState.TRANSFERRED),
        "place": composes,
        "papers": composes,
    }
    return found | {act: found[name] for act, name in _NAMED_NEXT.items()}


def _is_closed_next(row: Transfer, amounts: Amounts) -> bool:
    """Whether nothing of it is still on its way, or to go once more."""
    if row.state is TransferState.REPLIED:
        return True
    open_ = row.state in BEGUN_AGAIN and _some(amounts, *UNSETTLED)
    return _some(amounts, TransferItemState.RECEIPTED) and not open_


def _is_asked(session: Session, row: Transfer) -> bool:
    """Whether the other archive has something to say of it: of its register only by network."""
    if row.sent_at is not None:
        return row.state in (*ON_ITS_WAY, TransferState.WITHDRAWN)
    announced = row.state in ANNOUNCED and row.register_sequence > 0
    return announced and session.get(TransferSending, row.id) is not None


def _is_register_sent(row: Transfer) -> bool:
    """Whether its register may go, or go again: also one that was withdrawn after it went."""
    is_sent = row.state in ANNOUNCED or row.state is TransferState.WITHDRAWN
    again = is_sent and row.register_sequence > 0
    return row.sent_at is None and (row.state is TransferState.APPROVED or again)


def _open_in(row: Transfer, amounts: Amounts, actor: Actor) -> dict[str, bool]:
    decides = TRANSITIONS.may(row, "decide", actor)
    answers = TRANSITIONS.may(row, "answer-register", actor)
    return {
        "answer_register": answers,
        "answer-register": answers,  # as ``next`` of TRANSFER names it
        "decide": decides and _some(amounts, *_TO_DECIDE),
        "reply": decides and _some(amounts, *_TO_REPLY),
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
    if not_before := row.waits_until(clock.today()):
        found["build"] = t("pages.transfer_register.not_yet", day=day(not_before))
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
