"""JSON of jobs, as the contract names it; ``cursor`` asks for more."""

from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.keeping.job import JobState


class JobErrorDocument(Document):
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


class FoundJobDocument(JobDocument):
    """A job with the code of what it is about, where that has one."""

    code: str | None
    is_case_file: bool


class QueueDocument(Document):
    """Jobs of one kind that are not all done.

    ``dead`` counts those that wait for a person, ``oldest_s`` is how long the oldest open one has
    been there.
    """

    name: str
    waiting: int
    running: int
    dead: int
    oldest_s: float | None


class JobList(Document):
    """Jobs, newest first."""

    jobs: list[JobDocument]
    cursor: str | None = None
