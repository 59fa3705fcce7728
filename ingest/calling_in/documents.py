"""Calling in, of the contract."""

import datetime as dt
from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.intake.collection import KeepBackState
from ingest.file_plan.standing import DueState


class CalledEntry(Document):
    """A case file to be submitted; ``state``: how it stands, if it may be known."""

    entry_id: str
    notation: str
    code: str
    title: str
    term: str
    unit: str
    person: str
    due_on: dt.date
    settled_on: dt.date | None
    state: DueState | None = None


class LeftOut(Document):
    """An entry of the plan whose work goes on."""

    notation: str
    title: str
    reason: str


class PreviewDocument(Document):
    """What would be published; ``too_short``: entries whose term is too short to be submitted."""

    agency: str
    agency_name: str
    year: int
    due_on: dt.date
    entries: list[CalledEntry]
    left_out: list[LeftOut]
    too_short: int


class CollectionHead(Document):
    """A published list without its entries."""

    id: UUID
    agency: str
    agency_name: str
    year: int
    number: str
    due_on: dt.date
    count: int
    published_by: str
    published_at: Moment
    signed_at: Moment | None


class CollectionDocument(CollectionHead):
    """A published list."""

    entries: list[CalledEntry]
    left_out: list[LeftOut]


class CollectionLists(Document):
    """Published lists, the newest year first."""

    collections: list[CollectionHead]


class TallyDocument(Document):
    """Counts of a unit or a person that add up to ``called``; ``share``: what part was sent."""

    agency: str
    unit: str
    person: str
    called: int
    submitted: int
    faulty: int
    kept: int
    late: int
    due: int
    share: float


class LateDocument(Document):
    """A case file that is late; ``urged_at``: when somebody was last told by hand."""

    list: UUID
    agency: str
    code: str
    title: str
    unit: str
    person: str
    due_on: dt.date
    urged_at: Moment | None


class UrgedDocument(Document):
    """Who was told; ``by_name``: the plan names them, else they answer for the unit or agency."""

    code: str
    told: list[str]
    by_name: bool


class ProgressDocument(Document):
    """Per unit, per person, and what is late, the longest first."""

    units: list[TallyDocument]
    people: list[TallyDocument]
    late: list[LateDocument]


class KeepBackDocument(Document):
    """A request to keep a case file longer."""

    id: UUID
    agency: str
    code: str
    title: str
    year: int
    unit: str
    person: str
    due_on: dt.date
    until_on: dt.date
    reason: str
    state: KeepBackState
    asked_by: str
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    paper: str
    decision_reason: str


class KeepBackList(Document):
    """Requests, the newest first."""

    requests: list[KeepBackDocument]
