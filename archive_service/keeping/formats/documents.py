"""Formats held and batches of migration, as the API tells them."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment
from archive_service.domain.keeping.migration_batch import ItemState


class FormatDocument(BaseModel):
    """What is held of one format; ``puid`` is null where PRONOM knows none."""

    puid: str | None
    name: str
    files: int
    size_bytes: int
    case_files: int
    risk: str
    target: str
    reason: str
    citation: str
    certainty: str


class FormatList(BaseModel):
    """Every format held, the worst first."""

    formats: list[FormatDocument]


class MigrationBatchSummary(Document):
    """A batch without its files."""

    id: UUID
    puid: str
    target: str
    state: str
    items: int
    proposed_by: str
    proposed_at: Moment
    approved_by: str
    reviewers: list[str]


class MigrationBatchList(BaseModel):
    """Batches, newest first."""

    batches: list[MigrationBatchSummary]


class MigrationFile(Document):
    """One file of a batch; ``original`` is the file's id, ``checks`` what was compared."""

    id: UUID
    number: int
    code: str
    ordinal: int
    original: UUID
    name: str
    state: ItemState
    sha256: str | None
    size_bytes: int | None
    tool: str
    checks: dict[str, Any]
    refused: dict[str, str] | None
    reviewed_by: str


class MigrationBatchDocument(MigrationBatchSummary):
    """A batch with its files."""

    reason: str
    files: list[MigrationFile]
