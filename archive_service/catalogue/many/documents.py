"""DESCRIPTION_BATCH: one order for many case files, and what becomes of each."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment
from archive_service.domain.case_files.description_batch import (
    BatchState,
    DescriptionBatch,
    ItemState,
)
from archive_service.finding_document import FindingDocument


class DescriptionOrder(Document):
    """``scope`` is ``case-file`` or ``documents``; ``find`` is what ``replace`` looks for."""

    scope: str
    field: str
    act: str
    value: str = ""
    find: str = ""


class DescriptionBatchDocument(Document):
    """A batch and how far it is; ``counts`` by the state of its case files."""

    id: UUID
    state: BatchState
    reason: str
    orders: list[DescriptionOrder]
    made_by: str
    made_at: Moment
    ended_at: Moment | None
    undo_of: UUID | None
    undoing: UUID | None = None  # the batch that is to take this one back, told of one batch alone
    total: int
    counts: dict[ItemState, int]

    @classmethod
    def of(
        cls, row: DescriptionBatch, counts: Mapping[ItemState, int], undoing: UUID | None = None
    ) -> "DescriptionBatchDocument":
        """The document of a row."""
        return cls.of_row(row, counts=counts, undoing=undoing)


class DescriptionBatchList(BaseModel):
    """Batches, the newest first."""

    batches: list[DescriptionBatchDocument]
    cursor: str | None = None


class BatchChange(BaseModel):
    """One field of a case file (``ordinal`` 0), or of its document: before and after."""

    ordinal: int
    kind: str = "case-file"
    field: str
    was: str
    becomes: str


class KeptUntil(BaseModel):
    """The last day of keeping; neither a day nor ``permanent``: none is known."""

    ends_on: dt.date | None
    permanent: bool


class RetentionChange(BaseModel):
    """The last day of keeping before and after; as reckoned when it was looked at, or applied."""

    was: KeptUntil
    becomes: KeptUntil


class DescriptionItemDocument(BaseModel):
    """One case file of a batch: what changes, or why it does not.

    ``retention`` is told where a change touches what it rests on.
    """

    ordinal: int
    code: str
    state: str
    changes: list[BatchChange]
    retention: RetentionChange | None
    refusals: list[FindingDocument]


class DescriptionItemList(BaseModel):
    """Case files of a batch in their order."""

    case_files: list[DescriptionItemDocument]
    cursor: str | None = None
