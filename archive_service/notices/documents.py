"""Notices and incidents, as pages, programs and commands tell them."""

from typing import Any, Self
from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.people.incident import Incident


class NoticeDocument(Document):
    """One notice, in words of the asker's language."""

    id: UUID
    kind: str
    subject: str
    text: str
    subject_id: UUID | None
    facts: dict[str, Any]  # Any: whatever JSON can hold
    href: str | None
    urgent: bool
    created_at: Moment
    told_at: Moment
    read_at: Moment | None
    mailed_at: Moment | None


class NoticeList(Document):
    """Notices, the newest first; ``unread`` counts all of them."""

    notices: list[NoticeDocument]
    unread: int
    cursor: str | None = None


class ReadDocument(Document):
    """How many were marked."""

    read: int


class ContactDocument(Document):
    """How an account is reached."""

    account: str
    email: str | None
    digest: str
    urgent: bool
    unit: str | None
    unit_head: bool
    position: str | None


class IncidentListed(Document):
    """One incident."""

    id: UUID
    kind: str
    subject: str
    severity: str
    facts: dict[str, Any]  # Any: whatever JSON can hold
    owner: str | None
    times: int
    opened_at: Moment
    seen_at: Moment
    closed_at: Moment | None

    @classmethod
    def of(cls, row: Incident) -> Self:
        """The document of its row."""
        return cls.of_row(row, owner=row.owner or None)
