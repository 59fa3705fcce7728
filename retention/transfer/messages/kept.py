"""Signed documents of two archives to each other, as they are kept and lie in a folder.

Of a kind the newest counts.
"""

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.kept_document import Kept
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
)
from retention.transfer.custody_acts import tell_message
from retention.transfer.messages.form import MOST_BYTES


def newest_message(
    session: Session, row: Transfer, kind: TransferMessageKind, direction: TransferDirection
) -> TransferMessage | None:
    """The one that counts."""
    return session.scalar(
        select(TransferMessage)
        .where(
            TransferMessage.transfer_id == row.id,
            TransferMessage.kind == kind,
            TransferMessage.direction == direction,
        )
        .order_by(TransferMessage.sequence.desc())
        .limit(1)
    )


def add_message(
    session: Session,
    row: Transfer,
    kind: TransferMessageKind,
    said: tuple[int, bytes | Kept],  # sequence, document
    direction: TransferDirection,
) -> TransferMessage:
    """The document into the rows, and into every copy."""
    sequence, document = said
    kept = Kept.of([document]) if isinstance(document, bytes) else document
    now = clock.now()
    message = TransferMessage(
        transfer_id=row.id,
        kind=kind,
        direction=direction,
        sequence=sequence,
        sha256=kept.sha256,
        document=kept.text,
        at=now,
        delivered_at=now if direction is TransferDirection.IN else None,
    )
    session.add(message)
    tell_message(session, message)
    return message


def next_sequence(
    session: Session, row: Transfer, kind: TransferMessageKind, direction: TransferDirection
) -> int:
    """One more than the newest of this kind; 1 where there is none."""
    last = session.scalar(
        select(func.max(TransferMessage.sequence)).where(
            TransferMessage.transfer_id == row.id,
            TransferMessage.kind == kind,
            TransferMessage.direction == direction,
        )
    )
    return (last or 0) + 1


def digest_of(
    session: Session,
    row: Transfer,
    kind: TransferMessageKind,
    sequence: int,
    direction: TransferDirection = TransferDirection.IN,
) -> str | None:
    """SHA-256 of the document of this number, if it is here."""
    return session.scalar(
        select(TransferMessage.sha256).where(
            TransferMessage.transfer_id == row.id,
            TransferMessage.kind == kind,
            TransferMessage.direction == direction,
            TransferMessage.sequence == sequence,
        )
    )


def newest_laid(path: Path, kind: TransferMessageKind) -> bytes | None:
    """The newest message of this kind: a file, or in a folder, or in the media that lie in it.

    ``None`` where there is none; one byte beyond the most where it is longer than it may be.

    Raises:
        OSError: it cannot be read.
    """
    laid = [path] if path.is_file() else _laid_in(path, kind)
    if not laid:
        return None
    with laid[0].open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _laid_in(path: Path, kind: TransferMessageKind) -> list[Path]:
    """Files of this kind, the newest first."""
    pattern = f"{kind}-*.xml"
    found = [*path.glob(pattern), *path.glob(f"*/{pattern}")] if path.is_dir() else []
    numbered = [one for one in found if one.stem.rpartition("-")[2].isdecimal()]
    return sorted(numbered, key=lambda path: -int(path.stem.rpartition("-")[2]))
