"""The case file (hồ sơ) and its package versions."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    exists,
    false,
    func,
    select,
)
from sqlalchemy.orm import Mapped, aliased, foreign, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.case_files.document import PAPER, Document
from archive_service.domain.case_files.indexes import CALENDAR, DAMAGED, IS_OUTDATED, few, sorted_by
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.digitization.paper import PaperPart, PaperState
from archive_service.domain.retention.hold import Hold, HoldLock
from archive_service.errors import ConflictError


class CaseState(enum.StrEnum):
    """The four words of the contract."""

    ACCEPTED = "accepted"
    STORED = "stored"
    TRANSFERRED = "transferred"
    DESTROYED = "destroyed"


class Digitization(enum.StrEnum):
    """Where the paper of a case file stands."""

    NONE = "none"
    WAITING = "waiting"
    RUNNING = "running"
    REVIEW = "review"
    DONE = "done"


class CaseFileStateError(ConflictError):
    """The case file is not in the state that the act needs."""


class CaseFile(Base):
    """One case file: the unit of custody, of retention and of destruction.

    Columns from ``title`` to ``description`` are the fields of TT 05/2025 PL I and III under
    their own names; dates are ISO and may be a year or a year and month only (PL I).
    """

    __table_args__ = (
        Index("ix_case_file_of_fonds", "fonds_id", "id"),
        # By these the holdings are gone through, a part at a time, and counted by years.
        Index("ix_case_file_in_tree", "fonds_id", "series_id", "code"),
        Index("ix_case_file_of_year", "year", "code"),
        Index("ix_case_file_counted_by_year", *("year", "agency_id", "state", "removing_since")),
        few("ix_case_file_on_its_way", "version_built > version_stored"),
        few("ix_case_file_outdated", IS_OUTDATED),
        few("ix_case_file_for_reserve", "risk_recovery", on_sqlite="risk_recovery = 1"),
        few("ix_case_file_reserved", "version_reserved > 0"),
        few("ix_case_file_without_documents", "total_doc = 0"),
        *map(sorted_by, ("code", "agency_code", "ends_on", "accepted_at")),
        # All that the calendar of what falls due asks of however many are held.
        Index("ix_case_file_calendar", *CALENDAR),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the submission's, not made from the code
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    fonds_id: Mapped[UUID] = mapped_column(ForeignKey("fonds.id"))
    code: Mapped[str] = mapped_column(String(100), unique=True)  # mã hồ sơ
    agency_code: Mapped[str] = mapped_column(String(35))  # as it stands in the code
    year: Mapped[int] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str | None] = mapped_column(String(20))
    arc_file_code: Mapped[str] = mapped_column(String(160), unique=True)  # mã hồ sơ lưu trữ
    inventory_reference: Mapped[str | None] = mapped_column(String(200))  # old mục lục, hồ sơ số
    ocfl_id: Mapped[str] = mapped_column(String(60), unique=True)  # urn:uuid:…, drawn at receipt

    title: Mapped[str] = mapped_column(String(1000))
    maintenance: Mapped[str] = mapped_column(String(100))
    mode: Mapped[str] = mapped_column(String(30))
    language: Mapped[str] = mapped_column(String(100))
    start_date: Mapped[str] = mapped_column(String(10))
    end_date: Mapped[str] = mapped_column(String(10))
    keyword: Mapped[str | None] = mapped_column(String(100))
    total_doc: Mapped[int] = mapped_column(default=0)
    number_of_paper: Mapped[int | None] = mapped_column()
    number_of_page: Mapped[int] = mapped_column(default=0)
    format: Mapped[str | None] = mapped_column(String(50))
    infor_sign: Mapped[str | None] = mapped_column(String(30))
    confidence_level: Mapped[str | None] = mapped_column(String(40))
    paper_file_code: Mapped[str | None] = mapped_column(String(100))
    risk_recovery: Mapped[bool] = mapped_column(default=False)
    risk_recovery_status: Mapped[str | None] = mapped_column(String(2))
    description: Mapped[str | None] = mapped_column(String(2000))
    # Fields of the agency's own, by name; see ``own_field``.
    own_fields: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    term_years: Mapped[int | None] = mapped_column()  # thời hạn cụ thể, as declared
    creator: Mapped[str | None] = mapped_column(String(200))  # người lập hồ sơ
    procedure_code: Mapped[str | None] = mapped_column(String(100))
    dossier_number: Mapped[str | None] = mapped_column(String(100))  # mã hồ sơ TTHC
    dossier_result: Mapped[str | None] = mapped_column(String(500))  # kết quả giải quyết
    dossier_received_date: Mapped[str | None] = mapped_column(String(10))
    dossier_due_date: Mapped[str | None] = mapped_column(String(10))
    dossier_returned_date: Mapped[str | None] = mapped_column(String(10))
    rule_code: Mapped[str | None] = mapped_column(String(60))
    rule: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the rule as it was when classified
    starts_on: Mapped[dt.date | None] = mapped_column()  # 1 January after the year the job ended
    ends_on: Mapped[dt.date | None] = mapped_column()  # last day of the term
    permanent: Mapped[bool] = mapped_column(default=False)

    state: Mapped[CaseState] = mapped_column(default=CaseState.ACCEPTED, index=True)
    digitization: Mapped[Digitization] = mapped_column(default=Digitization.NONE, index=True)
    # Nhóm hồ sơ of its fonds, at most one; NULL: none. Of ``series``.
    series_id: Mapped[UUID | None] = mapped_column(index=True)
    # Goes up with each edit of its data: a package built meanwhile is known to be behind.
    edition: Mapped[int] = mapped_column(default=0, server_default="0")
    # The last edit by hand, for its undoing: ``describing.undo``. Of no package: it is no evidence.
    last_described: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True
    )
    version_wanted: Mapped[int] = mapped_column(default=1)  # what the rows describe
    version_built: Mapped[int] = mapped_column(default=0)  # in staging, its digest fixed
    version_stored: Mapped[int] = mapped_column(default=0)  # in every copy, read back equal
    version_indexed: Mapped[int] = mapped_column(default=0)
    # Of the version built last, in one copy, with all versions before it.
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # In every reserve copy, read back equal; 0 where the record asks for none.
    version_reserved: Mapped[int] = mapped_column(default=0, server_default="0")
    receipt_number: Mapped[str | None] = mapped_column(String(40))
    receipt_year: Mapped[int | None] = mapped_column()  # whose counter gave the number
    receipt_sha256: Mapped[str | None] = mapped_column(String(64))
    # Set when every copy holds the signed paper: only then is it promised.
    receipt_issued_at: Mapped[dt.datetime | None] = mapped_column()
    # Documents were added in this version, and whoever sent them does not hold the paper yet.
    receipt_due_in: Mapped[int | None] = mapped_column()
    # The delivery of many whose one receipt is that of this case file; NULL: it has its own.
    delivery_id: Mapped[UUID | None] = mapped_column(index=True)
    # Code of the case file that it was split from; NULL: it was handed in, and has a submission.
    split_from: Mapped[str | None] = mapped_column(String(100))
    # Claimed by the destroy gate: neither read, held nor changed any more; its bytes go.
    removing_since: Mapped[dt.datetime | None] = mapped_column()
    # Copies that lock hold its files at least till then; NULL: not known, or no copy locks.
    locked_until: Mapped[dt.datetime | None] = mapped_column(index=True)
    accepted_by: Mapped[str] = mapped_column(String(100))
    accepted_at: Mapped[dt.datetime] = mapped_column()
    revision: Mapped[int] = mapped_column()

    documents: Mapped[list[Document]] = relationship(
        order_by=Document.ordinal, cascade="all, delete-orphan"
    )
    # Documents of other case files that belong to this one too, those taken out again as well.
    links: Mapped[list[DocumentLink]] = relationship(
        order_by=DocumentLink.ordinal, cascade="all, delete-orphan"
    )
    # Where its own documents belong as well.
    linked_elsewhere: Mapped[list[DocumentLink]] = relationship(
        primaryjoin=lambda: foreign(DocumentLink.source_id) == CaseFile.id,
        order_by=(DocumentLink.linked_at, DocumentLink.id),
        viewonly=True,
    )
    versions: Mapped[list["PackageVersion"]] = relationship(
        order_by="PackageVersion.number", cascade="all, delete-orphan"
    )
    copies: Mapped[list["CopyState"]] = relationship(
        order_by="CopyState.copy", cascade="all, delete-orphan"
    )
    holds: Mapped[list[Hold]] = relationship(
        primaryjoin=lambda: (foreign(Hold.case_file_id) == CaseFile.id)
        | (foreign(Hold.fonds_id) == CaseFile.fonds_id),
        order_by=(Hold.placed_at, Hold.id), viewonly=True,
    )  # fmt: skip
    hold_locks: Mapped[list[HoldLock]] = relationship(viewonly=True)
    papers: Mapped[list[PaperPart]] = relationship(
        primaryjoin=lambda: foreign(PaperPart.case_code) == CaseFile.code,
        order_by=PaperPart.ordinal,
        viewonly=True,
    )
    # Two people editing one case file at once: the second gets StaleDataError.
    __mapper_args__ = {"version_id_col": revision}

    @property
    def standing_links(self) -> list[DocumentLink]:
        """Documents of other case files that belong to it now, by their ordinals."""
        return [link for link in self.links if link.stands]

    def document_at(self, ordinal: int) -> Document | None:
        """The one that bears this ordinal."""
        return next((row for row in self.documents if row.ordinal == ordinal), None)

    @property
    def last_ordinal(self) -> int:
        """The highest ordinal that a document of it, or a link, bears or bore; 0 for none."""
        taken = [row.ordinal for row in self.documents] + [row.ordinal for row in self.links]
        return max(taken, default=0)

    @property
    def notation(self) -> str:
        """Số và ký hiệu hồ sơ, such as 01.TH."""
        return self.number if self.symbol is None else f"{self.number}.{self.symbol}"

    @property
    def indexed(self) -> bool:
        """Whether the index holds what is stored."""
        return self.version_indexed == self.version_stored > 0

    @property
    def is_paper(self) -> bool:
        """Whether it has a paper half: digitized or mixed (mức độ tin cậy 02, 03)."""
        levels = {self.confidence_level, *(row.confidence_level for row in self.documents)}
        return not levels.isdisjoint(PAPER)

    @property
    def paper_state(self) -> PaperState:
        """Where its paper stands; as long as it is expected the case file is not complete."""
        if any(part.lent_to for part in self.papers):
            return PaperState.LENT
        if self.papers:
            return PaperState.RECEIVED
        return PaperState.EXPECTED if self.is_paper else PaperState.NONE

    @property
    def is_complete(self) -> bool:
        """Whether all that belongs to it was handed over, its paper half as well."""
        return self.paper_state is not PaperState.EXPECTED

    def awaits_build(self) -> bool:
        """Whether the rows describe more than the last version built, and that one is safe."""
        return self.version_wanted > self.version_built == self.version_stored

    def awaits_copies(self) -> bool:
        """Whether a built version is not yet in every copy."""
        return self.version_built > self.version_stored

    def awaits_receipt(self) -> bool:
        """Whether it is safe, and the sender does not hold the paper yet."""
        added = self.receipt_due_in is not None and self.version_stored >= self.receipt_due_in
        return added or (self.version_stored > 0 and not self.is_acknowledged)

    @property
    def is_acknowledged(self) -> bool:
        """Whether no receipt is to come: there is one, its delivery has it, or it was split off."""
        return any((self.receipt_sha256, self.delivery_id, self.split_from))

    @property
    def is_emptied(self) -> bool:
        """Whether all that was in it stands in other case files now: of it only history is left."""
        gone = any(document.moved_to for document in self.documents)
        return gone and self.total_doc == 0 and not self.standing_links

    def words_changed(self) -> None:
        """What it is found by changed, and who may find it did not: the index may lag."""
        self.version_indexed = min(self.version_indexed, 0)

    def awaits_index(self) -> bool:
        """Whether the index lags behind the store."""
        return self.version_stored > max(self.version_indexed, 0)

    @property
    def is_for_reserve(self) -> bool:
        """Whether it, or one of its documents, is marked for the reserve (lưu trữ dự phòng)."""
        return self.risk_recovery or any(document.risk_recovery for document in self.documents)

    @property
    def reserve_status(self) -> str | None:
        """RiskRecoveryStatus of what is marked in it: 02 as long as any of it is not proved."""
        statuses = [row.risk_recovery_status for row in self.documents if row.risk_recovery]
        statuses += [self.risk_recovery_status] if self.risk_recovery else []
        return max((status or "02" for status in statuses), default=None)

    def awaits_reserve(self) -> bool:
        """Whether the reserve copies lack the stored version of what is marked for them."""
        return self.version_stored > self.version_reserved and self.is_for_reserve

    def awaits_digitization(self) -> bool:
        """Whether page images lie safe, their sender knows it, and no PDF was made of them.

        What digitization refused waits for a person, not for another try.
        """
        acknowledged = self.is_acknowledged and self.receipt_due_in is None
        safe = self.version_stored == self.version_wanted and acknowledged
        open_to_it = safe and self.digitization is not Digitization.REVIEW
        return open_to_it and any(document.awaits_pdf() for document in self.documents)

    def awaits_twins(self) -> bool:
        """Whether it is at rest, and nobody looked yet at what the pages of its PDFs are."""
        at_rest = self.state is CaseState.STORED and self.version_stored == self.version_wanted
        free = at_rest and self.is_acknowledged and not self.awaits_digitization()
        return free and any(document.unread_pdfs() for document in self.documents)

    def digitization_due(self) -> Digitization:
        """What the documents say: paper without pages or pages without a PDF still wait, and so
        does a PDF of images that has no searchable twin yet.
        """
        rows = self.documents
        paper = any(row.awaits_pdf() or row.awaits_pages() for row in rows)
        if paper or any(file.twin_state for row in rows for file in row.unread_pdfs()):
            return Digitization.WAITING
        if any(row.has_refused_twin() for row in rows):
            return Digitization.REVIEW
        made = any(row.has_scan_pdf() or any(file.is_twin for file in row.files) for row in rows)
        return Digitization.DONE if made else Digitization.NONE

    def want_version(self) -> int:
        """The rows now say more than the package: one more version; returns its number.

        Raises:
            CaseFileStateError: it is no longer ours to change.
        """
        if self.state not in (CaseState.ACCEPTED, CaseState.STORED):
            raise CaseFileStateError(code=self.code, state=self.state, version=self.version_wanted)
        self.version_wanted = self.version_built + 1
        return self.version_wanted

    def built(self, version: int) -> None:
        """``version`` lies in staging and its inventory digest is recorded.

        Raises:
            CaseFileStateError: not the next version.
        """
        if version != self.version_built + 1 or self.state is CaseState.DESTROYED:
            raise CaseFileStateError(code=self.code, state=self.state, version=version)
        self.version_built = version

    def stored(self, version: int) -> None:
        """Every copy holds ``version``; ``CaseFileStateError`` unless it is the one built."""
        if version != self.version_built or self.state is CaseState.DESTROYED:
            raise CaseFileStateError(code=self.code, state=self.state, version=version)
        self.version_stored = version
        if self.state is CaseState.ACCEPTED:
            self.state = CaseState.STORED


def complete_case_file() -> ColumnElement[bool]:
    """``CaseFile.is_complete`` as a condition of a question."""
    return ~paper_case_file() | exists().where(PaperPart.case_code == CaseFile.code)


def paper_case_file() -> ColumnElement[bool]:
    """``CaseFile.is_paper`` as a condition of a question."""
    on_paper = Document.confidence_level.in_(PAPER)
    of_document = exists().where(Document.case_file_id == CaseFile.id, on_paper)
    return func.coalesce(CaseFile.confidence_level.in_(PAPER), false()) | of_document


def not_emptied() -> ColumnElement[bool]:
    """``CaseFile.is_emptied`` is not so, as a condition of a question: it counts and is listed."""
    shell = aliased(CaseFile)
    moved = exists().where(Document.case_file_id == shell.id, Document.moved_to.is_not(None))
    linked = exists().where(DocumentLink.case_file_id == shell.id, DocumentLink.ended_at.is_(None))
    return CaseFile.id.not_in(select(shell.id).where(shell.total_doc == 0, moved, ~linked))


class PackageVersion(Base):
    """One version of the package; its inventory digest is fixed before anything is copied."""

    __table_args__ = (UniqueConstraint("case_file_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    number: Mapped[int] = mapped_column()
    inventory_sha256: Mapped[str] = mapped_column(String(64), index=True)
    message: Mapped[str] = mapped_column(String(500))
    built_by: Mapped[str] = mapped_column(String(100))
    built_at: Mapped[dt.datetime] = mapped_column()
    file_count: Mapped[int] = mapped_column(Integer, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    staged: Mapped[list[str]] = mapped_column(default=list)  # digests it needs from staging


class CopyState(Base):
    """What one copy was last proved to hold of a case file."""

    __table_args__ = (
        UniqueConstraint("case_file_id", "copy"),
        Index("ix_copy_state_longest_unread", "copy", "verified_at"),
        few("ix_copy_state_damaged", f"state = {DAMAGED}"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    copy: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(20), default="verified")  # verified, damaged
    verified_at: Mapped[dt.datetime] = mapped_column()
    # Last read whole by a pass, whatever was found; NULL: by none since ``verified_at``.
    read_at: Mapped[dt.datetime | None] = mapped_column()
