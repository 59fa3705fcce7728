"""The term of a case file and what moves it, of the contract."""

from typing import Any

from pydantic import BaseModel


class StepDocument(BaseModel):
    """One step of the reckoning."""

    text: str
    citation: str


class RetentionEventDocument(BaseModel):
    """What happened from which a term counts."""

    id: str
    kind: str
    happened_on: str
    basis: str
    recorded_by: str
    recorded_at: str
    withdrawn_by: str | None
    withdrawn_at: str | None
    withdrawn_reason: str


class RetentionChangeDocument(BaseModel):
    """The term before and after: ``{rule, starts_on, ends_on, permanent}``."""

    at: str
    by: str
    cause: str
    before: dict[str, Any]
    after: dict[str, Any]


class ExplainedDocument(BaseModel):
    """``retention explain`` of the contract; ``waits_for`` is the event that is still to come."""

    code: str
    steps: list[StepDocument]
    ends_on: str | None
    permanent: bool
    waits_for: str | None
    events: list[RetentionEventDocument]
    changes: list[RetentionChangeDocument]


class MovedDocument(ExplainedDocument):
    """The same after an act, and whether the term moved by it."""

    moved: bool
