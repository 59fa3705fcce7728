"""A draft tried on what is kept, of the contract."""

import datetime as dt
from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment
from archive_service.domain.retention.retention import ScheduleState
from retention.schedules.what_if.rules import WhatIfCounts


class TriedScheduleDocument(Document):
    """The draft that is tried."""

    id: UUID
    code: str
    edition: int
    title: str
    state: ScheduleState


class WhatIfDocument(Document):
    """A draft tried on what is kept as of a day; over when ``done_at`` is told."""

    id: UUID
    schedule: TriedScheduleDocument
    asked_by: str
    asked_at: Moment
    as_of: dt.date
    done_at: Moment | None
    counts: WhatIfCounts


class WhatIfItemDocument(Document):
    """One case file whose last day would be another; null: for ever, or not known yet."""

    code: str
    rule: str
    ends_before: dt.date | None
    ends_after: dt.date | None
    turn: str
    conflicts: list[str]
    size_bytes: int


class WhatIfItems(BaseModel):
    """Some of them, by code."""

    items: list[WhatIfItemDocument]
