"""The term of a case file and what moves it, of the contract."""

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment


class StepDocument(BaseModel):
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


class RetentionChangeDocument(BaseModel):
    """The term before and after: ``{rule, starts_on, ends_on, permanent}``."""

    at: str
    by: str
    cause: str
    before: dict[str, Any]
    after: dict[str, Any]


class ForcingDocument(BaseModel):
    """A document that asks for a longer term than the rule of its case file; null is permanent."""

    ordinal: int
    number: str
    symbol: str
    title: str
    maintenance: str
    years: int | None
    permanent: bool
    citation: str


class ExplainedDocument(BaseModel):
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


class ChosenRuleDocument(BaseModel):
    """The rule that a person chose, what it makes of the term, and whether that moved."""

    code: str
    rule: dict[str, Any]
    ends_on: str | None
    permanent: bool
    moved: bool
