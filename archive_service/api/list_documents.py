"""What lists and short answers hold, as the contract names them; ``cursor`` asks for more."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from archive_service.catalogue.case_files.documents import CaseSummary
from archive_service.domain.agencies.agency import Agency
from archive_service.finding_document import FindingDocument
from ingest.submissions.documents import SubmissionDocument


class AgencyDocument(BaseModel):
    """An agency under the identifier in use; ``identifiers`` are all it bears or bore."""

    code: str
    form: str
    level: int
    name: str
    served: bool
    identifiers: list[str]

    @classmethod
    def of(cls, row: Agency) -> "AgencyDocument":
        """The document of a row."""
        current = next(item for item in row.identifiers if item.code == row.code)
        return cls(
            code=row.code,
            form=current.form,
            level=current.level,
            name=row.name,
            served=row.served,
            identifiers=[item.code for item in row.identifiers],
        )


class AgencyList(BaseModel):
    """Agencies by identifier."""

    agencies: list[AgencyDocument]


class FilePlanDocument(BaseModel):
    """A file plan; ``entries`` counts them, ``findings`` are those of reading it."""

    id: str
    agency: str
    year: int
    state: str
    version: int = 1
    entries: int
    findings: list[FindingDocument]


class FilePlanList(BaseModel):
    """File plans, the newest year first."""

    file_plans: list[FilePlanDocument]


class SubmissionList(BaseModel):
    """Submissions, oldest first."""

    submissions: list[SubmissionDocument]
    cursor: str | None = None


class CaseList(BaseModel):
    """Case files by code."""

    cases: list[CaseSummary]
    total: int
    cursor: str | None = None


class PageTextDocument(BaseModel):
    """One page; ``confidence`` is 0 to 100, null where nobody had to guess."""

    number: int
    text: str
    confidence: float | None


class DocumentTextDocument(BaseModel):
    """The words of a document."""

    id: str
    ordinal: int
    pages: list[PageTextDocument]


class CaseTextDocument(BaseModel):
    """The words of a case file, of those documents that the account may read."""

    code: str
    documents: list[DocumentTextDocument]


class HitDocument(BaseModel):
    """One hit; found words in ``snippet`` stand between « and »."""

    code: str
    document: str | None
    title: str
    page: int | None
    snippet: str
    score: float
    year: int
    type: str | None
    date: str | None
    also_in: list[dict[str, Any]] = []  # {code, ordinal} of other case files it belongs to
    outdated: list[str] = []  # replaced-by, corrected-by


class SearchDocument(BaseModel):
    """A page of hits."""

    total: int
    hits: list[HitDocument]
    cursor: str | None
    took_ms: float


class JobErrorDocument(BaseModel):
    """The last failure of a job, in words."""

    code: str
    message: str
    remedy: str


class JobDocument(BaseModel):
    """A job of the ledger; ``progress`` runs from 0 to 1."""

    id: str
    name: str
    state: str
    subject: str | None
    attempts: int
    progress: float
    error: JobErrorDocument | None
    created_at: str
    run_at: str
    finished_at: str | None


class JobList(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobDocument]
    cursor: str | None = None


class EventDocument(BaseModel):
    """One event of the audit trail, as it stands under its digest."""

    number: int
    at: str
    tag: str
    subject_id: str | None
    account: str
    role: str
    os_user: str
    agency_id: str | None
    data: dict[str, object]
    previous_sha256: str
    sha256: str


class EventList(BaseModel):
    """Events, newest first."""

    events: list[EventDocument]
    cursor: str | None = None


class TrailVerdict(BaseModel):
    """What walking the whole chain saw; ``first_bad`` names what does not fit."""

    events: int
    segments: int
    ok: bool
    first_bad: str | None


class FixityReport(BaseModel):
    """One pass over the copies: how much was read, and what was found."""

    number: int
    at: str
    account: str
    started_at: str
    copies: list[str]
    checked: int
    bytes: int
    intact: int
    damaged: int
    missing: int
    unexpected: int
    unreachable: list[str]


class FixityTroubles(BaseModel):
    """Files of a copy that are not as recorded now."""

    damaged: int
    missing: int
    unexpected: int
    unreachable: int


class FixityCoverage(BaseModel):
    """How lately the bytes of one copy were read again; ``months`` by age, 30 days each."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    role: str
    every_days: int
    due_by: str | None
    started_at: str | None
    part: str | None
    covered_bytes: int
    total_bytes: int
    oldest_verified_at: str | None
    verified_30d_bytes: int
    verified_90d_bytes: int
    verified_360d_bytes: int
    months: list[int]
    behind: bool
    paused: str | None
    unsteady: int
    trouble: FixityTroubles


class FixityCoverageList(BaseModel):
    """Every copy in use."""

    copies: list[FixityCoverage]


class FixityReportList(BaseModel):
    """Passes, newest first."""

    fixity_reports: list[FixityReport]
    cursor: str | None = None


class UploadDocument(BaseModel):
    """An upload that is not whole: of ``size`` bytes ``received`` are here."""

    id: UUID
    name: str
    size: int
    received: int


class UploadList(BaseModel):
    """Uploads of the account by name."""

    uploads: list[UploadDocument]


class StretchDocument(BaseModel):
    """The SHA-256 of a stretch of an upload."""

    sha256: str
