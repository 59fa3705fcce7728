"""Schedules, of the contract."""

import datetime as dt
from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.signing.desk.documents import SigningRequestDocument


class RuleOut(Document):
    """One entry of a schedule: ``years``, with ``event`` counted from that; or ``permanent``."""

    code: str
    title: str
    article: str
    instrument: str | None = None
    group: str | None = None
    years: int | None = None
    permanent: bool = False
    event: str | None = None


class ScheduleDocument(Document):
    """One schedule; ``id`` is null of one that ships; ``count`` are its entries.

    ``valid_to`` of one that holds is the day before the next edition begins, if that is sooner;
    ``replaced``: the next one began no later than it would have.
    """

    id: UUID | None
    code: str
    edition: int
    state: str
    title: str
    instrument: str
    article: str
    valid_from: dt.date
    valid_to: dt.date | None
    replaced: bool = False
    count: int
    loaded_by: str | None = None
    loaded_at: Moment | None = None
    decided_by: str | None = None
    decided_at: Moment | None = None
    reason: str = ""
    sha256: str = ""  # of the content


class ScheduleWithRulesDocument(ScheduleDocument):
    """The same with its entries."""

    rules: list[RuleOut]


class ScheduleFaultDocument(Document):
    """What is wrong in a line of a file; 0 is all of it."""

    line: int
    code: str
    text: str


class ScheduleCheckDocument(Document):
    """How many entries a file has, and its faults."""

    rules: int
    faults: list[ScheduleFaultDocument]


class ScheduleList(Document):
    """Schedules by code."""

    schedules: list[ScheduleDocument]


class ChangedRule(Document):
    """One entry as it was and as it becomes."""

    code: str
    before: RuleOut
    after: RuleOut


class ScheduleComparedDocument(Document):
    """What differs between two schedules; ``same`` counts what does not."""

    before: ScheduleDocument
    after: ScheduleDocument
    added: list[RuleOut]
    removed: list[RuleOut]
    changed: list[ChangedRule]
    same: int


class DecisionPaper(Document):
    """The decision that adopts a schedule; ``signature`` tells what came back of it, if asked."""

    signature: SigningRequestDocument | None
    may_ask: bool
