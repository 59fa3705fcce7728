"""JSON of jobs, as the contract names it; ``cursor`` asks for more."""

from pydantic import BaseModel


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
