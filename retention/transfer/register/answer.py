"""A register on its way: that it went, what the other archive answers, that it is withdrawn."""

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    LONGEST_NUMBER,
    LONGEST_REASON,
    Transfer,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ConflictError
from archive_service.evidence.acting import acting
from archive_service.office_hours import office_hours
from archive_service.services import Services
from archive_service.text import telling_line
from retention.transfer.custody_acts import tell
from retention.transfer.documents import TransferDocument
from retention.transfer.given import PaperAnswer, PaperSent, Withdrawal
from retention.transfer.items import count_items, items_of
from retention.transfer.listing import open_transfer, transfer_document
from retention.transfer.network.troubles import note_needless
from retention.transfer.refusals import TransferWordsError, require_day, words
from retention.transfer.register.deadlines import answer_working_days
from retention.transfer.register.declining import decline, declined_by
from retention.transfer.transitions import TRANSITIONS


class TransferAcknowledgedError(ConflictError):
    """The other archive has ``count`` case files of it, and gave receipts: it is closed instead."""


def note_sent(
    services: Services,
    transfer_id: UUID,
    given: PaperSent,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Note that the register went to the other archive on paper.

    Its answer is due in seven working days.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferWordsError
        TransferDayError: ``on`` lies ahead, or before the approval.
    """
    with acting(services, "transfer:compose", actor) as session:
        if len(given.number) > LONGEST_NUMBER:
            raise TransferWordsError(
                field="number", longest=LONGEST_NUMBER, given=len(given.number)
            )
        row = open_transfer(session, transfer_id, "sent", actor=actor)
        require_day(given.on, clock.local(row.approved_at).date() if row.approved_at else None)
        note_registered(session, services, row, given.on, given.number.strip(), actor=actor)
        return transfer_document(session, row, lang)


def note_registered(
    session: Session, services: Services, row: Transfer, on: dt.date, number: str, *, actor: Actor
) -> None:
    """The register is with the other archive since this day; the event, where that is new."""
    if row.state is TransferState.REGISTERED:
        return
    TRANSITIONS.move(row, "sent")
    row.registered_on, row.register_number = on, number
    row.answer_due = answer_due(services, on)
    tell(session, row, "transfer:registered", actor=actor, on=on.isoformat())


def answer_due(services: Services, on: dt.date) -> dt.date:
    """By when a register that came on this day is answered: in seven working days."""
    hours = office_hours(services.settings.home)
    return hours.working_days_after(on, answer_working_days())


def note_answer(
    services: Services,
    transfer_id: UUID,
    given: PaperAnswer,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Note the other archive's answer to the register.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferWordsError,
        TransferDirectionError
        TransferDayError: ``on`` lies ahead, or before the register went.
        TransferItemsError: what is declined does not stand on the register.
    """
    access.require(actor, "transfer:compose")
    refused = {
        code.strip(): words("reason", why, LONGEST_REASON) for code, why in given.declined.items()
    }
    for field, text, longest in (
        ("number", given.number, LONGEST_NUMBER),
        ("reason", given.reason, LONGEST_REASON),
    ):
        if len(text) > longest:
            raise TransferWordsError(field=field, longest=longest, given=len(text))
    with services.read_only() as session:  # before anybody waits
        row = _to_answer(session, transfer_id, given.on, actor)
        found = declined_by(session, row, refused)
    with acting(services, "transfer:compose", actor) as session:
        row = _to_answer(session, transfer_id, given.on, actor, locked=True)
        changed = decline(session, row, refused, found)
        TRANSITIONS.move(row, "answer")
        row.answered_on = given.on
        row.answer_number, row.answer_reason = given.number.strip(), telling_line(given.reason)
        tell(session, row, "transfer:answered", actor=actor, changed=changed, declined=len(refused))
        return transfer_document(session, row, lang)


def _to_answer(
    session: Session, transfer_id: UUID, on: dt.date, actor: Actor, *, locked: bool = False
) -> Transfer:
    row = open_transfer(session, transfer_id, "answer", actor=actor, locked=locked)
    require_day(on, row.registered_on)
    return row


def withdraw(
    services: Services,
    transfer_id: UUID,
    given: Withdrawal,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Let nothing of a register go; its case files may stand on another one.

    What was sent is stopped; a notice tells the other archive so.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferWordsError,
        TransferDirectionError
        TransferAcknowledgedError: the other archive has some of it already.
    """
    with acting(services, "transfer:compose", actor) as session:
        reason = words("reason", given.reason, LONGEST_REASON)
        row = open_transfer(session, transfer_id, "withdraw", actor=actor)
        if acknowledged := count_items(session, row.id, TransferItemState.RECEIPTED):
            raise TransferAcknowledgedError(number=row.name, count=acknowledged)
        for item in items_of(session, row.id, TransferItemState.SENT):
            item.state = TransferItemState.STOPPED
            item.refusal = Refusal("withdrawn", {}).as_document()
        TRANSITIONS.move(row, "withdraw")
        row.reason = reason
        row.withdrawn_by, row.withdrawn_at = actor.account, clock.now()
        tell(session, row, "transfer:withdrawn", actor=actor, items=True, reason=reason)
        note_needless(session, row.id)
        return transfer_document(session, row, lang)
