"""Đọc trả lời đăng ký nộp lưu: the giving archive takes the answer to the register it sent.

An answer to a register that was amended since, or of what is built already, is kept and changes
nothing.
"""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferMessageKind,
)
from archive_service.errors import NotFoundError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices import inbox
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.documents import TransferDocument
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.form import parse
from retention.transfer.messages.kept import add_message, newest_laid
from retention.transfer.messages.signed_document import require_signed
from retention.transfer.messages.tables import ANSWER_FORM, Answer
from retention.transfer.partners.pins import pinned_certificates
from retention.transfer.refusals import require_direction
from retention.transfer.register.announced_rows import TransferRegisterOtherError, require_as_known
from retention.transfer.register.declining import Declined, decline, declined_by
from retention.transfer.register.send_answer import note_answered
from retention.transfer.transitions import TRANSITIONS

_STAFF = (Role.ARCHIVIST, Role.HEAD)


class TransferAnswerAbsentError(NotFoundError):
    """No answer to a register lies there."""


def read_answers(
    services: Services, path: Path, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """Take the other archive's newest answer from a file, or from a disk that came back.

    Raises:
        TransferAnswerAbsentError
    """
    try:
        document = newest_laid(path, TransferMessageKind.ANSWER)
    except OSError as trouble:
        raise TransferAnswerAbsentError(path=str(path)) from trouble
    if document is None:
        raise TransferAnswerAbsentError(path=str(path))
    return take_answer(services, document, actor=actor, lang=lang)


def take_answer(
    services: Services, document: bytes, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """TRANSFER with what the answer says; the same again, or an older one, changes nothing.

    Raises:
        ActNotAllowedError, TransferDirectionError
        TransferMessageError, XmlForbiddenError, XmlBrokenError: it cannot be read.
        TransferNotFoundError: it is to no register of ours.
        TransferRegisterOtherError, TransferSignatureError: it is not of the archive that has it.
        TransferItemsError: what it declines does not stand on the register.
        TransferRegisterContradictsError
    """
    access.require(actor, "transfer:exchange")
    head = parse(ANSWER_FORM, document)
    _require_theirs(services, head, actor)
    refused: dict[str, str] = {}
    ANSWER_FORM.each(document, lambda line: refused.update({line.code: line.reason}))
    with services.read_only() as session:  # before anybody waits
        row = get_transfer(session, head.transfer, actor=actor)
        found = declined_by(session, row, refused) if _counts(row, head) else None
    with services.writing() as session:
        row = _taken(session, head, (refused, found), actor)
        transfer = transfer_document(session, row, lang)
    write_out_evidence(services)
    return transfer


def _require_theirs(services: Services, head: Answer, actor: Actor) -> None:
    with services.read_only() as session:
        row = get_transfer(session, head.transfer, actor=actor)
        access.require(actor, "transfer:exchange", row)
        require_direction(row, "read-answer", TransferDirection.OUT)
        if head.giver != services.keeper.archive_code:
            raise TransferRegisterOtherError(number=row.name, field="giver", told=head.giver)
        if head.receiver != (row.partner_code or head.receiver):
            raise TransferRegisterOtherError(number=row.name, field="receiver", told=head.receiver)
        pinned = pinned_certificates(session, head.receiver)
    require_signed(
        head.document,
        archive=head.receiver,
        created=head.created,
        trust=services.trust,
        pinned=pinned,
    )


def _counts(row: Transfer, head: Answer) -> bool:
    """Whether it is the newest answer, to the newest register, of what is not built yet."""
    asked = (row.register_sequence, row.list_sha256)
    waits = TRANSITIONS.is_open(row, "read-answer") and row.sent_at is None
    is_newest = head.sequence > row.answer_sequence
    return waits and is_newest and (head.register, head.list_sha256) == asked


def _taken(
    session: Session,
    head: Answer,
    declined: tuple[Mapping[str, str], Declined | None],
    actor: Actor,
) -> Transfer:
    refused, found = declined
    row = get_transfer(session, head.transfer, actor=actor, locked=True)
    kind, direction = TransferMessageKind.ANSWER, TransferDirection.IN
    if head.sequence <= row.answer_sequence:
        require_as_known(session, row, kind, head.sequence, head.sha256)
        return row
    changed = decline(session, row, refused, found) if _counts(row, head) else None
    add_message(session, row, kind, (head.sequence, head.document), direction)
    row.answer_sequence = head.sequence
    if changed is None:
        tell(session, row, "transfer:answer-kept", actor=actor, sequence=head.sequence)
        return row
    note_answered(row, head, "read-answer")
    row.partner_code, row.partner_number = head.receiver, head.number
    tell(session, row, "transfer:answered", actor=actor, changed=changed, declined=len(refused))
    inbox.settle(session, "transfer-answer-late", row.id)
    inbox.tell(
        session,
        "transfer-answered",
        to=inbox.people(session, roles=_STAFF, agency_id=row.agency_id),
        subject_id=row.id,
        facts={"number": row.name, "declined": len(refused)},
        href=f"/nop-luu/{row.id}",
    )
    return row
