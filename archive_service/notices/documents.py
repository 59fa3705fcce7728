"""Notices of the contract."""

from typing import Any

from pydantic import BaseModel


class NoticeDocument(BaseModel):
    """One notice, in words of the asker's language."""

    id: str
    kind: str
    subject: str
    text: str
    subject_id: str | None
    facts: dict[str, Any]
    href: str | None
    urgent: bool
    created_at: str
    told_at: str
    read_at: str | None
    mailed_at: str | None


class NoticeList(BaseModel):
    """Notices, the newest first; ``unread`` counts all of them."""

    notices: list[NoticeDocument]
    unread: int
    cursor: str | None = None


class ReadDocument(BaseModel):
    """How many were marked."""

    read: int


class ContactDocument(BaseModel):
    """How an account is reached."""

    account: str
    email: str | None
    digest: str
    urgent: bool
    unit: str | None
    unit_head: bool
    position: str | None
