"""Trả lời đăng ký nộp lưu: what is announced is taken, but for some of it, or not before a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    LONGEST_NUMBER,
    LONGEST_REASON,
    Transfer,
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
)
from archive_service.errors import InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.numbers import format_number
from archive_service.given import Given, Typed
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.text import telling
from retention.transfer.custody_acts import tell
from retention.transfer.documents import RegisterAnsweredDocument, SignedMessageDocument
from retention.transfer.items import require_named
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.form import content_of, parse, signed
from retention.transfer.messages.kept import add_message, newest_message
from retention.transfer.messages.tables import ANSWER_FORM, Answer, AnswerLine
from retention.transfer.papers.file_form import said
from retention.transfer.papers.kinds import REGISTER_ANSWER
from retention.transfer.refusals import words
from retention.transfer.register.declining import ON_IT, Declined, decline, declined_by
from retention.transfer.register.read_register import TOLD
from retention.transfer.register.send_register import lay_paper
from retention.transfer.reply.send_reply import write_message
from retention.transfer.transitions import TRANSITIONS

LONGEST_ANSWER = 5000  # codes in one
_OUT = TransferMessageKind.ANSWER, TransferDirection.OUT


class TransferWantedDayError(InputError):
    """The day from which a transfer is wanted does not lie ahead."""

    at = "wanted_on"


class RegisterAnswerIn(Given):
    """``declined``: code → reason of each that is not taken; ``wanted_on``: not before this day."""

    declined: Annotated[dict[str, str], Typed(option="--decline", metavar="CODE=REASON")] = Field(
        default={}, max_length=LONGEST_ANSWER, description="Not taken."
    )
    wanted_on: dt.date | None = Field(default=None, description="Not now, but from this day on.")
    number: str = Field(default="", description="Number of its paper.")
    reason: str = Field(default="", description="What else the answer says.")


def answer_register(
    services: Services,
    transfer_id: UUID,
    answer: RegisterAnswerIn,
    *,
    folder: Path | None = None,
    actor: Actor,
    lang: str = "vi",
) -> RegisterAnsweredDocument:
    """Answer the register of another archive: all that is not declined is taken; signed.

    Until packages come it may be answered otherwise; the same answer again is the last one.

    Args:
        folder: where it is to lie with its letter, such as the disk that goes back.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferDirectionError,
        TransferWordsError
        TransferItemsError: what is declined does not stand on the register.
        TransferWantedDayError: today, or before.
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
        WorkFolderFullError: no room in the folder.
    """
    access.require(actor, "transfer:decide")
    sound = _sound(answer)
    message = None
    while message is None:
        message = _newest_or_new(services, transfer_id, sound, actor)
    write_out_evidence(services)
    file = None
    if folder is not None:
        file = str(write_message(message, folder))
        lay_paper(services, transfer_id, REGISTER_ANSWER, folder, actor=actor)
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        signed_message = SignedMessageDocument.of_row(message, file=file)
        return transfer_document(session, row, lang).extended(
            RegisterAnsweredDocument, answer=signed_message
        )


def _sound(answer: RegisterAnswerIn) -> RegisterAnswerIn:
    """Without needless blanks, each text within its length, the day ahead."""
    if answer.wanted_on is not None and answer.wanted_on <= clock.today():
        raise TransferWantedDayError(day=answer.wanted_on, today=clock.today())
    number, reason = answer.number, answer.reason
    return answer.model_copy(
        update={
            "declined": {
                code.strip(): words("reason", why, LONGEST_REASON)
                for code, why in answer.declined.items()
            },
            "number": words("number", number, LONGEST_NUMBER) if number.strip() else "",
            "reason": words("reason", reason, LONGEST_REASON) if telling(reason) else "",
        }
    )


def _newest_or_new(
    services: Services, transfer_id: UUID, answer: RegisterAnswerIn, actor: Actor
) -> TransferMessage | None:
    """``None``: the register, or its answer, changed while this one was signed; tried again."""
    with services.read_only() as session:
        row = _announced(session, transfer_id, actor)
        items = require_named(session, row, answer.declined, *ON_IT)
        lines = [
            AnswerLine(transfer_item.code, answer.declined[transfer_item.code])
            for transfer_item in sorted(items, key=lambda item: item.ordinal)
        ]
        head = _head(services, row, answer)
        content = content_of(
            lines,
            register=str(head.register), wanted=str(head.wanted_on), reason=head.reason,
            number=head.answer_number,
        )  # fmt: skip
        last = newest_message(session, row, *_OUT)
        if last is not None and parse(ANSWER_FORM, last.kept.read()).content == content:
            return last
        head = replace(head, content=content)
        head = signed(ANSWER_FORM, head, lines, services.signer())
        found, seen = declined_by(session, row, answer.declined, announced=True), row.revision
    with services.unit_of_work() as uow:
        session = uow.session
        row = _announced(session, transfer_id, actor, locked=True)
        if row.revision != seen:
            return None
        message = _answered(session, row, head, (answer.declined, found), actor)
        uow.commit()
    return message


def _announced(
    session: Session, transfer_id: UUID, actor: Actor, *, locked: bool = False
) -> Transfer:
    row = get_transfer(session, transfer_id, actor=actor, locked=locked)
    access.require(actor, "transfer:decide", row)
    TRANSITIONS.require_open(row, "answer-register")
    return row


def _head(services: Services, row: Transfer, answer: RegisterAnswerIn) -> Answer:
    own_number = format_number(row.number, said(f"symbols.{REGISTER_ANSWER}"))
    return Answer(
        transfer=row.id,
        sequence=row.answer_sequence + 1,
        created=clock.now().replace(microsecond=0),
        register=row.register_sequence,
        list_sha256=row.list_sha256,
        number=row.name,
        answer_number=answer.number or own_number,
        answered_on=clock.today(),
        wanted_on=answer.wanted_on,
        reason=answer.reason,
        giver=row.partner_code,
        receiver=services.keeper.archive_code,
        receiver_name=services.keeper.archive_name,
    )


def _answered(
    session: Session,
    row: Transfer,
    head: Answer,
    declined: tuple[Mapping[str, str], Declined],
    actor: Actor,
) -> TransferMessage:
    """Rows as the answer has them, and the message, in the caller's transaction."""
    refused, found = declined
    changed = decline(session, row, refused, found, announced=True)
    note_answered(row, head, "answer-register")
    message = add_message(session, row, _OUT[0], (head.sequence, head.document), _OUT[1])
    facts = {"declined": len(refused), "sequence": head.sequence}
    tell(session, row, "transfer:answered", actor=actor, changed=changed, told=facts)
    for kind in TOLD:
        inbox.settle(session, kind, row.id)
    return message


def note_answered(row: Transfer, head: Answer, act: str) -> None:
    """The transfer as the newest answer has it, on either side."""
    TRANSITIONS.move(row, act)
    row.answered_on, row.wanted_on = head.answered_on, head.wanted_on
    row.answer_number, row.answer_reason = head.answer_number, head.reason
    row.answer_sequence = head.sequence
