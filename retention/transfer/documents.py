"""Transfers of the contract."""

from typing import Any

from pydantic import BaseModel

from retention.disposition.documents import NextActDocument


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
    due_on: str | None
    documents: int
    pages: int
    package: str
    file: str
    size_bytes: int
    sha256: str | None
    medium: int
    receipt: dict[str, Any] | None


class TransferDocument(BaseModel):
    """One transfer, as both of its sides read it.

    ``items`` are its first, and ``counts`` tell of all, by state. ``wanted_on``: the receiver takes
    it from this day on; ``fonds``: of what is announced to us, as its register names them.
    """

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
    wanted_on: str | None
    register_sequence: int
    answer_sequence: int
    fonds: str
    built_at: str | None
    manifest_sha256: str | None
    media: int
    partner_code: str
    partner_number: str
    sent_at: str | None
    received_at: str | None
    decide_by: str | None
    decided_by: str | None
    decided_at: str | None
    reply_sequence: int
    replied_at: str | None
    notice_sequence: int
    closed_by: str | None
    closed_at: str | None
    removable_on: str | None
    removal_by: str | None
    removal_at: str | None
    withdrawn_by: str | None
    withdrawn_at: str | None
    counts: dict[str, int]
    items: list[TransferItemDocument]
    paths: list[str]
    next: list[NextActDocument]


class TransferItemList(BaseModel):
    """Case files of a transfer, in the order of its register."""

    items: list[TransferItemDocument]
    cursor: str | None = None


class TransferList(BaseModel):
    """Transfers, the newest first."""

    transfers: list[TransferDocument]
    cursor: str | None = None
