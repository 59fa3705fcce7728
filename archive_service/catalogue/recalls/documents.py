"""Recalls of the contract."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment
from archive_service.domain.case_files.recall import Recall, RecallKind, RecallState


class RecallDocument(Document):
    """One recall, replacement or correction; ``files`` are ``{path, sha256, size_bytes}``."""

    id: UUID
    kind: RecallKind
    state: RecallState
    target: str
    code: str
    ordinal: int | None
    title: str
    submission: UUID | None
    successor: str
    reason: str
    channel: str
    files: list[dict[str, Any]]
    asked_by: str
    asked_at: Moment
    decided_by: str
    decided_at: Moment | None
    decision_reason: str

    @classmethod
    def of(cls, row: Recall) -> "RecallDocument":
        """The document of a row."""
        return cls.of_row(row, submission=row.submission_id, files=row.digests)


class NamedDocument(Document):
    """A document in custody that others name; of one not to be known only its ordinal is told."""

    code: str
    ordinal: int
    number: str
    title: str


class RecallList(BaseModel):
    """Recalls, the newest first."""

    recalls: list[RecallDocument]
    cursor: str | None = None
