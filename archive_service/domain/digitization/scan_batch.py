"""A batch of scanned pages (lô trang): a box or a session at a station, until it is released."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.errors import ConflictError


class BatchState(enum.StrEnum):
    """Where a batch stands; ``stopped`` is quarantined: a secrecy mark or malware was found."""

    RECEIVING = "receiving"
    READING = "reading"
    REVIEW = "review"
    RELEASED = "released"
    REJECTED = "rejected"
    STOPPED = "stopped"


OPEN_BATCHES = (BatchState.RECEIVING, BatchState.READING, BatchState.REVIEW, BatchState.STOPPED)


class PageState(enum.StrEnum):
    """``refused``: no page can be made of it; its verdict is to scan it again."""

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"


class Verdict(enum.StrEnum):
    """The outcome of measurement, worst last."""

    ACCEPT = "accept"
    LOOK = "look"
    RESCAN = "rescan"


class BatchStateError(ConflictError):
    """The batch is not in the state that the act needs, or another person was first."""


class ScanBatch(Base):
    """One batch. ``findings`` are ``{code, severity, place, facts}`` of the batch as a whole."""

    __table_args__ = (UniqueConstraint("station_id", "reference"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # such as 2026-0412
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    case_code: Mapped[str] = mapped_column(String(100), default="", index=True)  # "": by separators
    reference: Mapped[str] = mapped_column(String(300))  # the station's own name: sent twice is one
    state: Mapped[BatchState] = mapped_column(default=BatchState.RECEIVING, index=True)
    standard: Mapped[str] = mapped_column(String(40), default="administrative")
    split: Mapped[str] = mapped_column(String(20), default="none")  # none, separators, or N pages
    duplex: Mapped[bool] = mapped_column(default=False)
    pages_expected: Mapped[int | None] = mapped_column()  # of the cover sheet, if it tells
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    sample: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the plan and what it drew
    split_done: Mapped[bool] = mapped_column(default=False)  # its pages became documents once
    last_edit: Mapped[int] = mapped_column(default=0)  # number of the last act on the desk
    # How far errors across pages were looked for: the last edit seen; NULL: never yet.
    looked_at_edit: Mapped[int | None] = mapped_column()
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[dt.datetime] = mapped_column(index=True)
    closed_at: Mapped[dt.datetime | None] = mapped_column()  # all its files are here
    read_at: Mapped[dt.datetime | None] = mapped_column()
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decision_reason: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column()

    sources: Mapped[list["ScanSource"]] = relationship(
        order_by="ScanSource.ordinal", cascade="all, delete-orphan"
    )
    documents: Mapped[list["ScanDocument"]] = relationship(
        order_by="ScanDocument.ordinal", cascade="all, delete-orphan"
    )
    pages: Mapped[list["ScanPage"]] = relationship(
        order_by="ScanPage.position", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": revision}


class ScanSource(Base):
    """One file as the station sent it; its bytes lie in staging and are kept as they came."""

    __table_args__ = (UniqueConstraint("batch_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("scan_batch.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(500))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100), default="")
    frames: Mapped[int] = mapped_column(default=0)  # pages in it, once they are known
    refused: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {code, facts}: no page of it
    received_at: Mapped[dt.datetime] = mapped_column()


class ScanDocument(Base):
    """A run of pages that becomes one document of a case file, or one that cannot be scanned."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("scan_batch.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    case_code: Mapped[str] = mapped_column(String(100), default="")
    document_ordinal: Mapped[int | None] = mapped_column()  # of the case file's list; None: unknown
    pages_expected: Mapped[int | None] = mapped_column()
    # What cannot be scanned (large maps, objects) stands without image, with place and reason.
    without_image: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    # Read from page 1, per field {value, confidence, page, box, state: proposed|taken|refused}.
    proposals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)


class ScanPage(Base):
    """One page. ``sha256`` is the image that is kept: the source's own bytes, or its one frame.

    ``findings`` are ``{code, severity, facts}``; ``measures`` name → value as measured.
    A page that was taken out keeps its row, so that this can be undone.
    """

    __table_args__ = (
        Index("ix_scan_page_in_order", "batch_id", "position"),
        Index(
            "ix_scan_page_waiting",
            "batch_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("scan_batch.id"), index=True)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("scan_document.id"), index=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("scan_source.id"), index=True)
    frame: Mapped[int] = mapped_column(default=0)  # of the source, from 0
    position: Mapped[int] = mapped_column()  # order in the batch; gaps are no fault
    name: Mapped[str] = mapped_column(String(500))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    puid: Mapped[str | None] = mapped_column(String(40))  # as PRONOM knows it, once it is read
    format_name: Mapped[str | None] = mapped_column(String(200))
    width_px: Mapped[int] = mapped_column(default=0)
    height_px: Mapped[int] = mapped_column(default=0)
    dpi: Mapped[float | None] = mapped_column()  # None: to be asked
    dpi_from: Mapped[str] = mapped_column(String(20), default="")  # file, page-size, person
    turn_deg: Mapped[int] = mapped_column(default=0)  # clockwise; the image's bytes stay
    side: Mapped[str] = mapped_column(String(10), default="")  # front, back of a sheet
    state: Mapped[PageState] = mapped_column(default=PageState.WAITING)
    verdict: Mapped[Verdict | None] = mapped_column()
    blank: Mapped[bool] = mapped_column(default=False)
    separator: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what its QR says; {}: a page
    is_sheet: Mapped[bool] = mapped_column(default=False)  # a separator sheet, its back too
    measures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    perceptual_hash: Mapped[str] = mapped_column(String(64), default="")
    thumbnail_sha256: Mapped[str | None] = mapped_column(String(64))
    reading_sha256: Mapped[str | None] = mapped_column(String(64))  # see domain/page_reading.py
    confidence: Mapped[float | None] = mapped_column()  # mean over the letters, 0 to 100
    word_count: Mapped[int] = mapped_column(default=0)
    doubtful_words: Mapped[int] = mapped_column(default=0)  # what search would lose
    # Of a person who looked: kept as it is, with a reason; "": nobody yet.
    decision: Mapped[str] = mapped_column(String(10), default="")
    decision_reason: Mapped[str] = mapped_column(String(1000), default="")
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    removed_at: Mapped[dt.datetime | None] = mapped_column()  # taken out on the desk
    replaced_by: Mapped[UUID | None] = mapped_column()  # the page that stands for it

    def read_anew(self) -> None:
        """Its turn or resolution is another now: what was measured and read of it is void."""
        self.state, self.verdict = PageState.WAITING, None
        self.measures = {}


class ScanEdit(Base):
    """One act on the desk, with what was before and after, so that it can be undone."""

    __table_args__ = (UniqueConstraint("batch_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("scan_batch.id"), index=True)
    number: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(30))  # insert, replace, move, rotate, split, join …
    account: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column()
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_at: Mapped[dt.datetime | None] = mapped_column()
    undone_by: Mapped[str | None] = mapped_column(String(100))


class RescanTicket(Base):
    """A page to be scanned again, told to its station with the reasons."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("scan_batch.id"), index=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("scan_page.id"), index=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # findings of the page
    opened_by: Mapped[str] = mapped_column(String(100))
    opened_at: Mapped[dt.datetime] = mapped_column()
    closed_at: Mapped[dt.datetime | None] = mapped_column()
    answered_by_page: Mapped[UUID | None] = mapped_column()
