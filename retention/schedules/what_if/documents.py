"""A draft tried on what is kept, of the contract."""

from pydantic import BaseModel


class WhatIfCounts(BaseModel):
    """What a trial counted: pairs are case files and bytes; ``years`` as it is and would be."""

    looked: int
    moved: int
    moved_bytes: int
    gone: int
    unclear: int
    due: int
    turns: dict[str, list[int]]
    conflicts: dict[str, int]
    rules: dict[str, list[int]]
    years: dict[str, list[int]]


class TriedScheduleDocument(BaseModel):
    """The draft that is tried."""

    id: str
    code: str
    edition: int
    title: str
    state: str


class WhatIfDocument(BaseModel):
    """A draft tried on what is kept as of a day; over when ``done_at`` is told."""

    id: str
    schedule: TriedScheduleDocument
    asked_by: str
    asked_at: str
    as_of: str
    done_at: str | None
    counts: WhatIfCounts


class WhatIfItemDocument(BaseModel):
    """One case file whose last day would be another; null: for ever, or not known yet."""

    code: str
    rule: str
    ends_before: str | None
    ends_after: str | None
    turn: str
    conflicts: list[str]
    size_bytes: int


class WhatIfItems(BaseModel):
    """Some of them, by code."""

    items: list[WhatIfItemDocument]
