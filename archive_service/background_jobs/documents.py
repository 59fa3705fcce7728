"""JSON of jobs, as the contract names it; ``cursor`` asks for more."""

from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment
from archive_service.domain.keeping.job import JobState


class JobErrorDocument(BaseModel):
    """The last failure of a job, in words."""

    code: str
    message: str
    remedy: str


class JobDocument(Document):
    """A job of the ledger; ``progress`` runs from 0 to 1."""

    id: UUID
    name: str
    state: JobState
    subject: UUID | None
    attempts: int
    progress: float
    error: JobErrorDocument | None
    created_at: Moment
    run_at: Moment
    finished_at: Moment | None


class JobList(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobDocument]
    cursor: str | None = None
