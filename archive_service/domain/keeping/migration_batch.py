"""Migration of formats (chuyển đổi định dạng): proposed, converted, reviewed, approved."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base


class ItemState(enum.StrEnum):
    """Where one file of a batch stands."""

    PROPOSED = "proposed"
    QUEUED = "queued"  # a worker converts it
    CONVERTED = "converted"  # the result waits in staging for a person's eye
    REFUSED = "refused"  # it could not be converted, or the result did not stand the checks
    NO_TOOL = "no-tool"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    STORED = "stored"  # it stands beside the original in the rows; a new version was wanted


OPEN_ITEMS = (ItemState.PROPOSED, ItemState.QUEUED, ItemState.CONVERTED, ItemState.ACCEPTED)
_OPEN_SQL = text("state IN ('proposed', 'queued', 'converted', 'accepted')")


class MigrationBatch(Base):
    """Files of one format that are to be converted into another, decided on together."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    puid: Mapped[str] = mapped_column(String(40), index=True)
    target: Mapped[str] = mapped_column(String(40))  # the converter's key; empty: there is none
    reason: Mapped[str] = mapped_column(String(1000))  # why, as the risk list says it
    proposed_by: Mapped[str] = mapped_column(String(100))
    proposed_at: Mapped[dt.datetime] = mapped_column(index=True)
    approved_by: Mapped[str] = mapped_column(String(100), default="")
    approved_at: Mapped[dt.datetime | None] = mapped_column()

    items: Mapped[list["MigrationItem"]] = relationship(
        order_by="MigrationItem.number", cascade="all, delete-orphan"
    )


class MigrationItem(Base):
    """One file of a batch and what became of it; ids of rows that a rebuild brings back alike."""

    __table_args__ = (
        Index(
            "uq_migration_item_open",
            "digital_object_id",
            unique=True,
            sqlite_where=_OPEN_SQL,
            postgresql_where=_OPEN_SQL,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("migration_batch.id"), index=True)
    number: Mapped[int] = mapped_column()  # from 1, as people name it
    case_file_id: Mapped[UUID] = mapped_column(index=True)
    document_id: Mapped[UUID] = mapped_column()
    digital_object_id: Mapped[UUID] = mapped_column()
    code: Mapped[str] = mapped_column(String(100))  # of the case file
    ordinal: Mapped[int] = mapped_column()  # of the document
    name: Mapped[str] = mapped_column(String(1000))  # of the file, as the sender named it
    state: Mapped[ItemState] = mapped_column(default=ItemState.PROPOSED, index=True)
    sha256: Mapped[str | None] = mapped_column(String(64))  # of the result
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    tool: Mapped[str] = mapped_column(String(300), default="")  # names with versions
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what was compared, or the refusal
    converted_at: Mapped[dt.datetime | None] = mapped_column()
    reviewed_by: Mapped[str] = mapped_column(String(100), default="")
    reviewed_at: Mapped[dt.datetime | None] = mapped_column()
