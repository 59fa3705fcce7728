"""Batches of scans, as API and commands show them."""

from typing import Any

from pydantic import BaseModel


class BatchIntakeDocument(BaseModel):
    """A batch on its way in; ``refused`` are findings about files that give no page."""

    batch: str
    id: str
    state: str
    files: int
    pages: int
    documents: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    refused: list[dict[str, Any]]


class BatchList(BaseModel):
    """Batches, newest first, as ``digitize.batches.desk.batch_documents`` tells them."""

    batches: list[dict[str, Any]]
    total: int
    cursor: str | None = None
