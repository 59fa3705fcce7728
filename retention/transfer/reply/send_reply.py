"""Phúc đáp: the receiving archive tells of each case file what became of it; the giver reads it."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import WORKER, Actor, Role
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    LONGEST_REASON,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferMessageKind,
)
from archive_service.errors import InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.storage.durable import write_pieces
from archive_service.storage.work_folder import work_errors
from retention.transfer.custody_acts import tell, tell_items
from retention.transfer.documents import RepliedDocument, SignedMessageDocument, refusal_words
from retention.transfer.items import count_items, items_of, parts_of
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.form import content_of, parse, signed
from retention.transfer.messages.kept import add_message, newest_message
from retention.transfer.messages.tables import (
    RECALLED,
    REPLY_FORM,
    RETURNED,
    STORED,
    WAITING,
    Receipt,
    Reply,
    ReplyLine,
)
from retention.transfer.papers.minutes import seal_minutes
from retention.transfer.receiving.stored import settle
from retention.transfer.refusals import require_direction
from retention.transfer.transitions import TRANSITIONS

_STAFF = (Role.ARCHIVIST, Role.HEAD)
_OUTCOMES = {
    TransferItemState.STORED: STORED,
    TransferItemState.RETURNED: RETURNED,
    TransferItemState.RECALLED: RECALLED,
}
_RECEIPT = [field.name for field in fields(Receipt)]
_WAITS = (TransferItemState.AWAITED, TransferItemState.ARRIVED, TransferItemState.ACCEPTED)


def reply(
    services: Services,
    transfer_id: UUID,
    *,
    folder: Path | None = None,
    anew: bool = False,
    actor: Actor,
    lang: str = "vi",
) -> RepliedDocument:
    """TRANSFER with ``reply``, ``{sequence, sha256, file}``: the newest one, made if need be.

    Where nothing is to be said that the last one did not say, it is that one again, unless that
    one cannot be read any more. Once all is decided and stored, the minutes are sealed, and lie
    beside it.

    Args:
        folder: where it is to lie, such as the disk that goes back; ``file`` is null without.
        anew: a new one with the same words, for a giver who cannot take the last one.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferDirectionError
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
        WorkFolderFullError: no room in the folder.
    """
    access.require(actor, "transfer:exchange")
    settle(services, transfer_id)
    message = None
    while message is None:
        message = _newest_or_new(services, transfer_id, actor, anew=anew)
    write_out_evidence(services)
    file = None if folder is None else write_message(message, folder)
    seal_minutes(services, transfer_id, folder, actor=actor)
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        signed_message = SignedMessageDocument.of_row(message, file=file and str(file))
        return transfer_document(session, row, lang).extended(RepliedDocument, reply=signed_message)


def reply_anew(lease: Lease, services: Services) -> None:
    """The job: what an earlier reply said to be waiting is stored, and the next one says so.

    Over the network the giver asks for it; who carries disks is told.
    """
    if lease.subject_id is None:
        raise ValueError(lease.job)
    before = _sequence(services, lease.subject_id)
    replied = reply(services, lease.subject_id, actor=WORKER)
    with services.writing() as session:
        services.jobs.finish(session, lease)
        if replied.reply.sequence > before:
            row = session.get_one(Transfer, lease.subject_id)
            inbox.tell(
                session,
                "transfer-replied-anew",
                to=inbox.people(session, roles=_STAFF, agency_id=row.agency_id),
                subject_id=row.id,
                facts={"number": row.name, "sequence": replied.reply.sequence},
                href=f"/nop-luu/{row.id}",
            )


def _sequence(services: Services, transfer_id: UUID) -> int:
    with services.read_only() as session:
        return session.get_one(Transfer, transfer_id).reply_sequence


def write_message(message: TransferMessage, folder: Path) -> Path:
    """The document into the folder, whole: ``reply-001.xml``, ``notice-001.xml``."""
    with work_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{message.kind}-{message.sequence:03}.xml"
        write_pieces(file, message.kept)
    return file


def _newest_or_new(
    services: Services, transfer_id: UUID, actor: Actor, *, anew: bool
) -> TransferMessage | None:
    """``None``: what is to be said changed while it was signed; tried again."""
    keeper = services.keeper
    with services.read_only() as session:
        row = _incoming(session, transfer_id, actor)
        last = newest_message(session, row, TransferMessageKind.REPLY, TransferDirection.OUT)
        content = content_of(_lines(session, row))
        if last is not None and not anew and _says(last, content):
            return last
        head = Reply(
            transfer=row.id,
            sequence=row.reply_sequence + 1,
            created=clock.now().replace(microsecond=0),
            number=row.name,
            giver=row.partner_code,
            receiver=keeper.archive_code,
            receiver_name=keeper.archive_name,
            content=content,
            received=row.received_at,
            decided=row.decided_at,
        )
        head = signed(REPLY_FORM, head, _lines(session, row), services.signer())
    with services.writing() as session:
        return _note(session, head, actor)


def _says(message: TransferMessage, content: str) -> bool:
    """Whether this is what it says; one that is damaged, or that nobody can read, says nothing."""
    kept = message.kept
    try:
        return kept.is_sound() and parse(REPLY_FORM, kept.read()).content == content
    except InputError:
        return False


def _incoming(
    session: Session, transfer_id: UUID, actor: Actor, *, locked: bool = False
) -> Transfer:
    row = get_transfer(session, transfer_id, actor=actor, locked=locked)
    access.require(actor, "transfer:exchange", row)
    require_direction(row, "reply", TransferDirection.IN)
    return row


def _lines(session: Session, row: Transfer) -> Iterator[ReplyLine]:
    """Of all that a manifest named: what was announced alone, or declined, has no package."""
    return (line_of(item) for item in items_of(session, row.id) if item.sha256)


def line_of(item: TransferItem) -> ReplyLine:
    """What the receiving archive says of one of its items."""
    outcome = _OUTCOMES.get(item.state, WAITING)
    receipt = item.receipt if outcome == STORED else None
    return ReplyLine(
        code=item.code,
        sha256=item.sha256 or "",
        outcome=outcome,
        reason=_reason(item) if outcome in (RETURNED, RECALLED) else "",
        receipt=None if receipt is None else Receipt(**{name: receipt[name] for name in _RECEIPT}),
    )


def _reason(item: TransferItem) -> str:
    if item.reason or item.refusal is None:
        return item.reason
    refusal = Refusal(item.refusal["code"], item.refusal["facts"])
    return refusal_words(refusal, "vi")[:LONGEST_REASON]


def _note(session: Session, head: Reply, actor: Actor) -> TransferMessage | None:
    row = _incoming(session, head.transfer, actor, locked=True)
    if row.reply_sequence >= head.sequence or content_of(_lines(session, row)) != head.content:
        return None
    head_facts = head.sequence, head.document
    message = add_message(
        session, row, TransferMessageKind.REPLY, head_facts, TransferDirection.OUT
    )
    for part in parts_of(session, row.id, TransferItemState.STORED):
        new = [item for item in part if item.receipt and item.receipt.get("reply") is None]
        for item in new:
            item.receipt = (item.receipt or {}) | {"reply": head.sequence}
        tell_items(session, row, new)
    row.reply_sequence, row.replied_at = head.sequence, clock.now()
    still = count_items(session, row.id, *_WAITS)
    if TRANSITIONS.is_open(row, "reply") and not still:
        TRANSITIONS.move(row, "reply")
    tell(session, row, "transfer:replied", actor=actor, sequence=head.sequence, waiting=still)
    return message
