"""An incident with its notes and reports, as pages, programs and commands tell it."""

from typing import Any
from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.notices.documents import IncidentListed


class NoteDocument(Document):
    """One note."""

    at: Moment
    account: str
    text: str


class FieldDocument(Document):
    """One field of a form: what stands there, and whether a person wrote it."""

    name: str
    text: str
    written: bool


class ReportDocument(Document):
    """One report; ``left_s`` are the seconds that are left, below 0 past the end.

    ``state``: open, overdue, sent, sent-late or dropped. ``request_id`` is the paper that went out
    to be signed, ``signed`` whether it came back.
    """

    kind: str
    state: str
    citation: str
    certainty: str
    known_at: Moment
    due_at: Moment
    left_s: int | None
    marked_by: str
    marked_at: Moment
    to: str
    fields: list[FieldDocument]
    request_id: UUID | None
    signed: bool
    sent_at: Moment | None
    sent_to: str
    sent_by: str
    dropped_at: Moment | None
    dropped_by: str
    reason: str


class RunningDocument(Document):
    """A report whose clock runs; ``left_s`` as above, ``kind`` and ``facts`` of the incident."""

    incident: UUID
    report: str
    state: str
    kind: str
    facts: dict[str, Any]  # Any: whatever JSON can hold
    subject: str
    due_at: Moment
    left_s: int


class IncidentDocument(IncidentListed):
    """One incident with what people wrote of it and what has to be told."""

    notes: list[NoteDocument]
    reports: list[ReportDocument]


class IncidentList(Document):
    """Incidents, the newest first."""

    incidents: list[IncidentListed]
