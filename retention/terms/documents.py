"""The term of a case file and what moves it, of the contract."""

import datetime as dt
from typing import Any
from uuid import UUID

from archive_service.document import Document, Moment


class StepDocument(Document):
    """One step of the reckoning."""

    text: str
    citation: str


class RetentionEventDocument(Document):
    """What happened from which a term counts."""

    id: UUID
    kind: str
    happened_on: dt.date
    basis: str
    recorded_by: str
    recorded_at: Moment
    withdrawn_by: str | None
    withdrawn_at: Moment | None
    withdrawn_reason: str


class RetentionChangeDocument(Document):
    """The term before and after: ``{rule, starts_on, ends_on, permanent}``."""

    at: Moment
    by: str
    cause: str
    before: dict[str, Any]
    after: dict[str, Any]


class ForcingDocument(Document):
    """A document that asks for a longer term than the rule of its case file; null is permanent."""

    ordinal: int
    number: str
    symbol: str
    title: str
    maintenance: str
    years: int | None
    permanent: bool
    citation: str


class TermDocument(Document):
    """A term as it would be; ``waits_for`` is the event that is still to come."""

    ends_on: str | None
    permanent: bool
    waits_for: str | None


class TriedEventDocument(TermDocument):
    """The term if this had happened, and whether it counts from such an event."""

    counts: bool


class ExplainedDocument(Document):
    """``retention explain`` of the contract; ``waits_for`` is the event that is still to come.

    ``forced_by``: documents of a mixed case file that make its term longer.
    """

    code: str
    steps: list[StepDocument]
    ends_on: str | None
    permanent: bool
    waits_for: str | None
    forced_by: list[ForcingDocument]
    newer: dict[str, Any] | None
    events: list[RetentionEventDocument]
    changes: list[RetentionChangeDocument]


class MovedDocument(ExplainedDocument):
    """The same after an act, and whether the term moved by it."""

    moved: bool


class TermPageDocument(ExplainedDocument):
    """What the page of a term shows beyond it.

    ``may`` tells which acts are offered: ``event``, ``choose`` an equivalent group, ``renew`` by
    the newer edition of its own entry.
    """

    title: str
    rule: dict[str, Any]
    held: bool
    may: dict[str, bool]


class DueDocument(Document):
    """A case file whose last day has passed."""

    code: str
    ends_on: str | None
    rule: str
    citation: str | None
    held: bool


class DueList(Document):
    """Such case files, the soonest first."""

    due: list[DueDocument]


class ChosenRuleDocument(Document):
    """The rule that a person chose, what it makes of the term, and whether that moved."""

    code: str
    rule: dict[str, Any]
    ends_on: str | None
    permanent: bool
    moved: bool
