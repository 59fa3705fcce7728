"""What a transfer comes to: items, documents, pages and bytes by state, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, func, select
from sqlalchemy.orm import Session

from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferItemState


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


def sums_of(*wanted: ColumnElement[bool]) -> Subquery:
    """``transfer_id``, ``state``, ``number``, ``size_bytes`` of transfers of which this is true.

    Summed before a transfer's own columns are joined: an index gives its items by state.
    """
    return (
        select(
            TransferItem.transfer_id,
            TransferItem.state,
            func.count().label("number"),
            func.sum(TransferItem.size_bytes).label("size_bytes"),
        )
        .where(TransferItem.transfer_id.in_(select(Transfer.id).where(*wanted)))
        .group_by(TransferItem.transfer_id, TransferItem.state)
        .subquery()
    )


def count_found(session: Session, query: Select[Any]) -> int:
    """How many rows a question of transfers, or of items, finds."""
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    return session.scalar(counted.order_by(None)) or 0


def count_beside(
    session: Session, query: Select[Any], part: Sequence[object], *, limit: int, offset: int
) -> int:
    """The same where some rows of it were read already: the last ones tell how many there are."""
    if len(part) < limit and (part or not offset):
        return offset + len(part)
    return count_found(session, query)
