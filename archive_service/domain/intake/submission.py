"""Submissions: what a sender handed in, as declared, until it is decided."""

import datetime as dt
import enum
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.errors import ConflictError, NotFoundError
from archive_service.text import fold

CHECK_JOB = "check-submission"
_ANNEX = "phu luc"


class SubmissionState(enum.StrEnum):
    """The words of the contract."""

    DRAFT = "draft"
    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    STORED = "stored"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


UNCHECKED = (SubmissionState.RECEIVED, SubmissionState.CHECKING)
OPEN = (*UNCHECKED, SubmissionState.CHECKED)
NEW = "NEW"  # record status of what goes into no case file in custody
TAKEN = (SubmissionState.ACCEPTED, SubmissionState.STORED)  # into custody
GIVEN_BACK = (SubmissionState.RETURNED, SubmissionState.WITHDRAWN, SubmissionState.REJECTED)


class SubmissionNotFoundError(NotFoundError):
    """No submission bears this id, or it is not this account's to know."""


class SubmissionStateError(ConflictError):
    """The submission is not in the state that the act needs, or another person was first."""


class UnresolvedFindingsError(ConflictError):
    """An error stands that only the sender can correct."""


class _Declared(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class DeclaredMaking(_Declared):
    """How a file came to be that another archive made of what it had received."""

    role: str  # preservation, access, text
    at: str = ""  # when, ISO 8601
    superseded: bool = False
    # What it is by its archive's record; None: as it is seen to be here.
    form: dict[str, str | None] | None = None  # media_type, puid, format_name
    making: dict[str, Any] = {}
    migration: dict[str, Any] = {}


# Keys of a submission's verdict: {place, mark} of each that was seen, and of those that a second
# person said are none, with {by, at, reason}.
MARKS, LIFTED = "secrecy_marks", "secrecy_lifted"
PICTURES = "pictures_read"  # another: levels of the mark on pictures, by digest; "" for none
MAIN = "main"  # standing of a file that is the document itself


class DeclaredFile(_Declared):
    """A file as a row of the sheet names it: relative path in NFC, digest if one was given."""

    path: str
    sha256: str | None = None
    page_image: bool = False  # one page of a document that is a folder of page images
    standing: str = MAIN  # main, annex, enclosure, process
    turn_deg: int = 0  # clockwise turn that shows a page upright, beyond its header's own
    dpi: float | None = None  # told by a person or the PDF it came in
    derived_from: list[str] = []  # paths of files it was taken out of, as a page of a TIFF
    name: str = ""  # as its first sender named it, where ``path`` is a name of an archive's
    made: DeclaredMaking | None = None  # None: it is as it was first received

    @property
    def first_name(self) -> str:
        """As its first sender named it: by these names signatures say what they are made over."""
        return self.name or self.path


class DeclaredDocument(_Declared):
    """One row of sheet Văn bản; ``fields`` by TT 05 name, text in NFC, dates ISO where readable."""

    row: int
    kind: str = "document"  # document, picture, media
    fields: dict[str, str] = {}
    files: list[DeclaredFile] = []
    origin: str = ""  # path of the file that says so, where that is no row of a sheet
    # What became of it in the archive that hands it over.
    relations: list[tuple[str, str]] = []  # relation and target, beside ``relatesTo``
    replaced: bool = False  # another document of the case file stands in its place
    recalled_at: str = ""  # since when its issuer took it back, ISO 8601
    quarantined: bool = False  # closed to every reader
    handling: dict[str, Any] = {}  # receivers, stations and opinions; see ``handling.Handling``

    @property
    def is_called_annex(self) -> bool:
        """Whether its subject calls it an annex (phụ lục)."""
        return fold(self.fields.get("subject", "")).startswith(_ANNEX)

    @property
    def made_paths(self) -> set[str]:
        """Paths of files that were made in another archive."""
        return {file.path for file in self.files if file.made is not None}


class LeftOutDocument(_Declared):
    """A document that an archivist left out before acceptance, in the sender's words."""

    document: DeclaredDocument
    place: int  # among the documents before it was left out, from 0
    by: str
    at: str  # ISO 8601
    reason: str

    @property
    def title(self) -> str:
        """Its subject, or the name of its first file."""
        names = [file.path.rpartition("/")[2] for file in self.document.files]
        return self.document.fields.get("subject", "") or next(iter(names), "")


class DeclaredCaseFile(_Declared):
    """One row of sheet Hồ sơ and the documents that name its code."""

    row: int
    fields: dict[str, str] = {}
    documents: list[DeclaredDocument] = []
    origin: str = ""  # as of a document
    # The package that another archive handed over: kind, package (OBJID), archive, archiveCode;
    # arcFileCode and fonds are the case file's codes there. Empty: it comes from who made it.
    custody: dict[str, str] = {}
    left_out: list[LeftOutDocument] = []


class Submission(Base):
    """One case file in the sender's wording, with its files in staging and the findings on it."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    code: Mapped[str] = mapped_column(String(200), default="", index=True)  # as declared
    title: Mapped[str] = mapped_column(String(1000), default="")
    channel: Mapped[str] = mapped_column(String(20))  # folder, zip, web, rest
    source: Mapped[str] = mapped_column(String(500), default="")  # name of what was sent
    state: Mapped[SubmissionState] = mapped_column(default=SubmissionState.RECEIVED)
    declared: Mapped[dict[str, Any]] = mapped_column()  # DeclaredCaseFile
    door_findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # seen while reading
    document_count: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    submitted_by: Mapped[str] = mapped_column(String(100))
    keeper: Mapped[str] = mapped_column(String(100), default="", server_default="")  # handed to
    received_at: Mapped[dt.datetime] = mapped_column(index=True)
    checked_at: Mapped[dt.datetime | None] = mapped_column()
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    decision_reason: Mapped[str] = mapped_column(default="")
    # What it is to a case file in custody: NEW, SUPPLEMENT or REPLACEMENT (METS RECORDSTATUS).
    record_status: Mapped[str] = mapped_column(String(12), default=NEW, server_default=NEW)
    follows_id: Mapped[UUID | None] = mapped_column(index=True)  # the returned one it corrects
    package_id: Mapped[str] = mapped_column(  # the sender's: METS OBJID, edXML DocumentId
        String(200), default="", server_default="", index=True
    )
    content_sha256: Mapped[str] = mapped_column(  # of the declaration and its files' digests
        String(64), default="", server_default="", index=True
    )
    sent_at: Mapped[dt.datetime | None] = mapped_column()  # as the sender says
    delivery_id: Mapped[UUID | None] = mapped_column()  # of ``delivery``
    # Whether that delivery holds many: then its receipt is the one of this submission, too.
    delivery_receipt: Mapped[bool] = mapped_column(default=False, server_default="0")
    # Of an accepted SUPPLEMENT or REPLACEMENT: the case file it went into, the version of the
    # package that took it in, and its own receipt; those of a new case file stand there.
    case_file_id: Mapped[UUID | None] = mapped_column(index=True)
    version: Mapped[int | None] = mapped_column()
    receipt_number: Mapped[str | None] = mapped_column(String(40))
    receipt_year: Mapped[int | None] = mapped_column()
    receipt_sha256: Mapped[str | None] = mapped_column(String(64))
    receipt_issued_at: Mapped[dt.datetime | None] = mapped_column()
    claimed_by: Mapped[str | None] = mapped_column(String(100))  # who has it open on the desk
    claimed_at: Mapped[dt.datetime | None] = mapped_column()
    # What the verdict of the checks rests on: software, rules, trust; and the digests of its bytes.
    verdict: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    worst: Mapped[str] = mapped_column(String(10), default="")  # error, warning, info or nothing
    revision: Mapped[int] = mapped_column()

    files: Mapped[list["SubmissionFile"]] = relationship(
        order_by="SubmissionFile.ordinal", cascade="all, delete-orphan"
    )
    findings: Mapped[list[FindingRow]] = relationship(
        order_by=FindingRow.ordinal, cascade="all, delete-orphan"
    )
    packets: Mapped[list["SubmissionPacket"]] = relationship(
        order_by="SubmissionPacket.document_id", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": revision}
    # The desk's queue and a sender's list are read from these alone: the rows are wide.
    __table_args__ = (
        Index("ix_submission_waiting", "state", "worst", "received_at", "id", "agency_id"),
        Index("ix_submission_of_sender", "submitted_by", "received_at", "id", "state"),
        Index("ix_submission_counted", "submitted_by", "state"),
        Index("ix_submission_of_keeper", "keeper", "state"),
        Index("ix_submission_of_delivery", "delivery_id", "state"),
        # Asked for as a whole; a tree of PostgreSQL takes no key as long as a title may be.
        Index("ix_submission_title", "title", postgresql_using="hash"),
    )

    @property
    def is_marked(self) -> bool:
        """Whether a mark of secrecy was seen in it, and nobody said that it is none."""
        lifted = {(entry["place"], entry["mark"]) for entry in self.verdict.get(LIFTED, ())}
        seen = {(entry["place"], entry["mark"]) for entry in self.verdict.get(MARKS, ())}
        return bool(seen - lifted)

    @property
    def is_addition(self) -> bool:
        """Whether it goes into a case file in custody: SUPPLEMENT or REPLACEMENT."""
        return self.record_status != NEW

    def case_file(self) -> DeclaredCaseFile:
        """What was declared."""
        return DeclaredCaseFile.model_validate(self.declared)

    def read_case_file(self) -> DeclaredCaseFile:
        """The same for who changes nothing in it: made once of what is declared now."""
        kept: tuple[object, DeclaredCaseFile] | None = self.__dict__.get("_read")
        if kept is None or kept[0] is not self.declared:
            kept = self._read = (self.declared, self.case_file())
        return kept[1]

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of its files as they stand in the rows, by path."""
        return {file.path: file.sha256 for file in self.files}

    def named_files(self) -> list["SubmissionFile"]:
        """The files that a row of the declaration names."""
        named = self._paths_named()
        return [file for file in self.files if file.path in named]

    def unnamed_files(self) -> list["SubmissionFile"]:
        """What came beside the documents: the sheet that declares them."""
        others = self._paths_named() | self.paths_left_out()
        return [file for file in self.files if file.path not in others]

    def paths_left_out(self) -> set[str]:
        """Files of documents that an archivist left out: they get into no package."""
        return {
            file.path for left in self.case_file().left_out for file in left.document.files
        } - self._paths_named()

    def _paths_named(self) -> set[str]:
        return {file.path for row in self.case_file().documents for file in row.files}

    def sent_sha256(self) -> str:
        """Over what was declared and all files, as the event of its check tells it."""
        files = sorted((file.path, file.sha256, file.size_bytes) for file in self.files)
        sent = json.dumps([self.declared, files], ensure_ascii=False, sort_keys=True)
        return sha256(sent.encode()).hexdigest()

    def require_no_errors(self) -> None:
        """``UnresolvedFindingsError`` if a finding of severity error stands."""
        errors = [row for row in self.findings if row.severity is Severity.ERROR]
        if errors:
            first = errors[0]
            raise UnresolvedFindingsError(
                id=self.id,
                count=len(errors),
                first=first.code,
                check=first.check,
                place=first.place,
            )


def parted(submissions: Sequence[Submission]) -> tuple[Submission | None, list[Submission]]:
    """The one that became the case file, none where nobody handed it in; and what was added."""
    first = next((submission for submission in submissions if not submission.is_addition), None)
    return first, [submission for submission in submissions if submission.is_addition]


class SubmissionFile(Base):
    """One received file: its bytes lie in staging under ``sha256``."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    path: Mapped[str] = mapped_column(String(1000))  # relative, NFC
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    puid: Mapped[str | None] = mapped_column(String(40))  # what the format check saw
    format_name: Mapped[str | None] = mapped_column(String(200))
    media_type: Mapped[str | None] = mapped_column(String(200))
    pages: Mapped[int | None] = mapped_column()
    signatures: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    # Of sound or film, what its header says: container, codecs, duration_s, bit_rate_kbps, …
    recording: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # All that was seen in the file of a draft, so that it is read once; empty once handed in.
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)


class SubmissionPacket(Base):
    """An edXML packet that brought a document of the submission; each is answered by itself."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    document_id: Mapped[str] = mapped_column(String(200), index=True)  # DocumentId
    sha256: Mapped[str] = mapped_column(String(64), index=True)  # of the packet itself
    sender: Mapped[str] = mapped_column(String(40), default="")  # OrganId
    path: Mapped[str] = mapped_column(String(1000), default="")  # of its first file
    received_at: Mapped[dt.datetime] = mapped_column()  # itself, however old its submission is


class WaitingDocument(Base):
    """A digest by which a document of a waiting submission is known: of its number, of its id."""

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
