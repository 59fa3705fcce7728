"""Outages, and what was entered late, as programs read them; the bodies of their acts too."""

from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment


class ReservedNumberDocument(Document):
    """A number used on paper: ``used_by`` minutes, spoilt, or waiting for them."""

    form: str
    year: int
    number: int
    text: str
    used_by: UUID | None
    void_reason: str


class OutageDocument(Document):
    """One outage."""

    id: UUID
    began_at: Moment
    ended_at: Moment
    reason: str
    entered_by: str
    entered_at: Moment
    acts_meanwhile: int  # of people, in the log of that time
    numbers: list[ReservedNumberDocument]


class OutageList(BaseModel):
    """The newest first."""

    outages: list[OutageDocument]


class LateEntryDocument(Document):
    """One entry, with both times."""

    id: UUID
    outage_id: UUID
    subject_id: UUID
    what: str
    happened_at: Moment
    entered_at: Moment
    entered_by: str
    done_by: str
    reason: str
    paper: str
    acts_meanwhile: int  # of people, in the log of its outage


class LateEntryList(BaseModel):
    """In the order in which it was done."""

    late_entries: list[LateEntryDocument]
