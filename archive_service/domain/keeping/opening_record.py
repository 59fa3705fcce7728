"""Who opened which document: a light record apart from the trail (NĐ 30/2020, PL VI III.5a, 6l)."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.case_files.document import Document


class OpeningRecord(Base):
    """One account opened one document; what it reads there within a quarter of an hour is one use.

    Restricted documents leave an audit event as well. ``month`` is the local one, by which records
    are counted and forgotten.
    """

    __table_args__ = (
        Index("ix_opening_record_again", "document_id", "account", "at"),
        Index("ix_opening_record_case_file", "case_file_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    month: Mapped[str] = mapped_column(String(7), index=True)  # 2026-11
    at: Mapped[dt.datetime] = mapped_column()
    case_file_id: Mapped[UUID] = mapped_column()
    document_id: Mapped[UUID] = mapped_column()
    ordinal: Mapped[int] = mapped_column()  # where it stood when it was opened
    agency_id: Mapped[UUID | None] = mapped_column()  # whose case file it is
    account: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    door: Mapped[str] = mapped_column(String(5))  # page, api, shell
    request_id: Mapped[UUID | None] = mapped_column()  # the request to use that opened it
    # A code of processing_purposes.toml; empty in records from before it was kept.
    purpose: Mapped[str] = mapped_column(String(24), default="", server_default="")
    # Where it stands now, if it stands: documents are put in another order.
    place: Mapped[int] = column_property(
        func.coalesce(
            select(Document.ordinal).where(Document.id == document_id).scalar_subquery(), ordinal
        )
    )
