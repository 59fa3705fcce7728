"""What a transfer comes to: items, documents, pages and bytes by state, in one statement."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service.domain.transfer import TransferItem, TransferItemState


@dataclass(frozen=True, slots=True)
class Amount:
    """Items of one state with what they hold; bytes are those of their packages."""

    count: int = 0
    documents: int = 0
    pages: int = 0
    size_bytes: int = 0


def amounts_of(session: Session, transfer_id: UUID) -> dict[TransferItemState, Amount]:
    """Of the items of a transfer, by state; a state without items is not in it."""
    query = (
        select(
            TransferItem.state,
            func.count(),
            func.sum(TransferItem.documents),
            func.sum(TransferItem.pages),
            func.sum(TransferItem.size_bytes),
        )
        .where(TransferItem.transfer_id == transfer_id)
        .group_by(TransferItem.state)
    )
    return {
        state: Amount(count, int(documents), int(pages), int(size_bytes))
        for state, count, documents, pages, size_bytes in session.execute(query)
    }


def count_found(session: Session, query: Select[Any]) -> int:
    """How many rows a question of transfers, or of items, finds."""
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    return session.scalar(counted.order_by(None)) or 0
