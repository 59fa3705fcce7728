"""Recalls of the contract."""

from typing import Any

from pydantic import BaseModel


class RecallDocument(BaseModel):
    """One recall, replacement or correction; ``files`` are ``{path, sha256, size_bytes}``."""

    id: str
    kind: str
    state: str
    target: str
    code: str
    ordinal: int | None
    title: str
    submission: str | None
    successor: str
    reason: str
    channel: str
    files: list[dict[str, Any]]
    asked_by: str
    asked_at: str
    decided_by: str
    decided_at: str | None
    decision_reason: str


class RecallList(BaseModel):
    """Recalls, the newest first."""

    recalls: list[RecallDocument]
    cursor: str | None = None
