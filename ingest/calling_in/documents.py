"""Calling in, of the contract."""

from pydantic import BaseModel


class CalledEntry(BaseModel):
    """A case file to be submitted; ``state``: see ``DueState``, if it may be known."""

    entry_id: str
    notation: str
    code: str
    title: str
    term: str
    unit: str
    person: str
    due_on: str
    settled_on: str | None
    state: str | None = None


class LeftOut(BaseModel):
    """An entry of the plan whose work goes on."""

    notation: str
    title: str
    reason: str


class PreviewDocument(BaseModel):
    """What would be published."""

    agency: str
    agency_name: str
    year: int
    due_on: str
    entries: list[CalledEntry]
    left_out: list[LeftOut]
    too_short: int


class CollectionHead(BaseModel):
    """A published list without its entries."""

    id: str
    agency: str
    agency_name: str
    year: int
    number: str
    due_on: str
    count: int
    published_by: str
    published_at: str
    signed_at: str | None = None


class CollectionDocument(CollectionHead):
    """A published list."""

    entries: list[CalledEntry]
    left_out: list[LeftOut]


class CollectionLists(BaseModel):
    """Published lists, the newest year first."""

    collections: list[CollectionHead]


class TallyDocument(BaseModel):
    """Counts of a unit or a person."""

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


class LateDocument(BaseModel):
    """A case file that is late."""

    list: str
    agency: str
    code: str
    title: str
    unit: str
    person: str
    due_on: str
    urged_at: str | None = None


class UrgedDocument(BaseModel):
    """Who was told; ``by_name``: the plan names them, else they answer for the unit or agency."""

    code: str
    told: list[str]
    by_name: bool


class ProgressDocument(BaseModel):
    """Per unit, per person, and what is late, the longest first."""

    units: list[TallyDocument]
    people: list[TallyDocument]
    late: list[LateDocument]


class KeepBackDocument(BaseModel):
    """A request to keep a case file longer."""

    id: str
    agency: str
    code: str
    title: str
    year: int
    unit: str
    person: str
    due_on: str
    until_on: str
    reason: str
    state: str
    asked_by: str
    asked_at: str
    decided_by: str | None
    decided_at: str | None
    paper: str
    decision_reason: str


class KeepBackList(BaseModel):
    """Requests, the newest first."""

    requests: list[KeepBackDocument]
