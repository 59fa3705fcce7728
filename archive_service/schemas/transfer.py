"""Transfers of the contract."""

from typing import Any

from pydantic import BaseModel

from archive_service.schemas.disposition import NextActDocument


class TransferItemDocument(BaseModel):
    """One case file of a transfer; ``reason`` of one that is refused or declined says why.

    ``due_on``: last day to hand it over; ``version``: of its package when it was listed.
    """

    code: str
    title: str
    ordinal: int
    state: str
    reason: str
    refusal: dict[str, Any] | None
    version: int
    due_on: str
    documents: int
    pages: int
    package: str
    file: str
    size_bytes: int
    sha256: str | None
    receipt: str | None


class TransferDocument(BaseModel):
    """One transfer, as both of its sides read it."""

    id: str
    number: str
    state: str
    direction: str
    agency: str
    agency_name: str
    partner: str
    reason: str
    edition: int
    list_sha256: str
    composed_by: str
    composed_at: str
    approved_by: str | None
    approved_at: str | None
    approval_number: str
    registered_on: str | None
    register_number: str
    answer_due: str | None
    answered_on: str | None
    answer_number: str
    answer_reason: str
    built_at: str | None
    manifest_sha256: str | None
    withdrawn_by: str | None
    withdrawn_at: str | None
    items: list[TransferItemDocument]
    paths: list[str]
    next: list[NextActDocument]


class TransferList(BaseModel):
    """Transfers, the newest first."""

    transfers: list[TransferDocument]
    cursor: str | None = None
