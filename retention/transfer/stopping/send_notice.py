"""Dừng hồ sơ đã gửi: the giver stops what is held by now, and tells the archive it went to."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    ON_ITS_WAY,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.documents import NoticedDocument, SignedMessageDocument
from retention.transfer.items import AT_ONCE, items_of
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.form import content_of, parse, signed
from retention.transfer.messages.kept import add_message, newest_message
from retention.transfer.messages.tables import NOTICE_FORM, WHY, Notice, NoticeLine
from retention.transfer.refusals import require_direction
from retention.transfer.register.due import why_not
from retention.transfer.reply.send_reply import write_message

_OUT = TransferMessageKind.NOTICE, TransferDirection.OUT


def notice(
    services: Services,
    transfer_id: UUID,
    *,
    folder: Path | None = None,
    actor: Actor,
    lang: str = "vi",
) -> NoticedDocument:
    """TRANSFER with ``notice``, ``{sequence, sha256, file}``: the newest, or null: none is due.

    What is held or changed since it was sent is stopped first. Where nothing is to be said that
    the last notice did not say, it is that one again.

    Args:
        folder: where it is to lie, such as a disk; ``file`` is null without.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferDirectionError
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
        WorkFolderFullError: no room in the folder.
    """
    access.require(actor, "transfer:exchange")
    with services.read_only() as session:
        _outgoing(session, transfer_id, actor)
    stop_held(services, transfer_id, actor=actor)
    message, is_settled = None, False
    while not is_settled:
        message, is_settled = _newest_or_new(services, transfer_id, actor)
    write_out_evidence(services)
    document = None
    if message is not None:
        file = None if folder is None else str(write_message(message, folder))
        document = SignedMessageDocument.of_row(message, file=file)
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        return transfer_document(session, row, lang).extended(NoticedDocument, notice=document)


def stop_held(services: Services, transfer_id: UUID, *, actor: Actor = WORKER) -> int:
    """What was sent and is held, or is not permanent any more, is stopped; how many were.

    A receipt that comes all the same wins: the case file is the other archive's then.
    """
    count = 0
    with services.writing() as session:
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        stopped: list[TransferItem] = []
        if row.direction is TransferDirection.OUT and row.state in ON_ITS_WAY:
            stopped = _stopped(session, row)
        if stopped:
            codes = [item.code for item in stopped[:20]]
            count = len(stopped)
            tell(
                session,
                row,
                "transfer:stopped",
                actor=actor,
                changed=stopped,
                count=count,
                codes=codes,
            )
    if count:
        write_out_evidence(services)
    return count


def stop_in_transfers(lease: Lease, services: Services) -> None:
    """The job, when a hold was placed and now and then: of every transfer that is on its way."""
    going = select(Transfer.id).where(
        Transfer.direction == TransferDirection.OUT, Transfer.state.in_(ON_ITS_WAY)
    )
    with services.read_only() as session:
        found = session.scalars(going).all()
    for transfer_id in found:
        stop_held(services, transfer_id)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _stopped(session: Session, row: Transfer) -> list[TransferItem]:
    """Items that were sent and may not go; memory holds the stopped ones alone."""
    found: list[TransferItem] = []
    part: list[TransferItem] = []
    for item in items_of(session, row.id, TransferItemState.SENT):
        part.append(item)
        if len(part) >= AT_ONCE:
            found += _stop(session, row, part)
            part = []
    return found + _stop(session, row, part)


def _stop(session: Session, row: Transfer, part: Sequence[TransferItem]) -> list[TransferItem]:
    ids = [item.case_file_id for item in part]
    case_files = session.scalars(select(CaseFile).where(CaseFile.id.in_(ids))).all()
    refused = why_not(session, case_files, but=row.id)
    wanted = {case_file.id: case_file.version_wanted for case_file in case_files}
    stopped = []
    for item in part:
        if item.case_file_id is None:
            continue
        refusal = refused.get(item.case_file_id)
        now = wanted.get(item.case_file_id, item.version)
        if refusal is None and now != item.version:
            refusal = Refusal("changed", {"version": item.version, "now": now})
        if refusal is not None:
            item.state, item.refusal = TransferItemState.STOPPED, refusal.as_document()
            stopped.append(item)
    return stopped


def _newest_or_new(
    services: Services, transfer_id: UUID, actor: Actor
) -> tuple[TransferMessage | None, bool]:
    """The notice that counts, ``None`` where none is due; and whether that is so still."""
    with services.read_only() as session:
        row = _outgoing(session, transfer_id, actor)
        last = newest_message(session, row, *_OUT)
        content = _content(session, row)
        if last is None and not has_to_tell(session, row):
            return None, True
        if last is not None and parse(NOTICE_FORM, last.kept.read()).content == content:
            return last, True
        head = Notice(
            transfer=row.id,
            sequence=row.notice_sequence + 1,
            created=clock.now().replace(microsecond=0),
            withdrawn=row.state is TransferState.WITHDRAWN,
            reason=row.reason if row.state is TransferState.WITHDRAWN else "",
            giver=services.keeper.archive_code,
            receiver=row.partner_code,
            content=content,
        )
        head = signed(NOTICE_FORM, head, _lines(session, row), services.signer())
    with services.unit_of_work() as uow:
        session = uow.session
        row = _outgoing(session, transfer_id, actor, locked=True)
        if row.notice_sequence >= head.sequence or _content(session, row) != head.content:
            return None, False
        message = add_message(session, row, _OUT[0], (head.sequence, head.document), _OUT[1])
        row.notice_sequence = head.sequence
        tell(session, row, "transfer:noticed", actor=actor, sequence=head.sequence)
        uow.commit()
    return message, True


def _outgoing(
    session: Session, transfer_id: UUID, actor: Actor, *, locked: bool = False
) -> Transfer:
    row = get_transfer(session, transfer_id, actor=actor, locked=locked)
    access.require(actor, "transfer:exchange", row)
    require_direction(row, "notice", TransferDirection.OUT)
    return row


def _lines(session: Session, row: Transfer) -> Iterator[NoticeLine]:
    """What went and is stopped: what was stopped before it was sent has no package."""
    for item in items_of(session, row.id, TransferItemState.STOPPED):
        if item.sha256 and item.receipt is None:
            why = item.refusal["code"] if item.refusal else ""
            yield NoticeLine(item.code, item.sha256, why if why in WHY else "state")


def _content(session: Session, row: Transfer) -> str:
    withdrawn = "withdrawn" if row.state is TransferState.WITHDRAWN else ""
    return content_of(_lines(session, row), state=withdrawn)


def has_to_tell(session: Session, row: Transfer) -> bool:
    """Whether the other archive may know of something that does not come any more."""
    gone = row.state is TransferState.WITHDRAWN and row.sent_at is not None
    return gone or next(_lines(session, row), None) is not None
