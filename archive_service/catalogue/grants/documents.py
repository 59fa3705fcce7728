"""A grant, as pages, programs and commands say and tell it."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from archive_service.document import Document, Moment
from archive_service.domain.people.reading_grant import GrantRight, GrantScope, Level
from archive_service.domain.people.some_days import Standing
from archive_service.given import Given, Typed


class Granting(Given):
    """Who may read or manage what, up to which level, from which day to which, and why."""

    account: Annotated[str, Typed(option="--to", metavar="ACCOUNT")] = Field(
        description="A reader; to manage, an officer or clerk of the agency."
    )
    scope: GrantScope = Field(description="What kind of thing is opened.")
    code: str = Field(description="The code of the case file, or of the fonds.")
    part: str = Field(default="", description="The ordinal of a document, or the code of a series.")
    level: Level = Field(description="Up to which level of information.")
    gives: GrantRight = Field(
        default=GrantRight.READ,
        description="To read it; or to manage it: describe it, but for term, end and access mode.",
    )
    first_day: Annotated[dt.date, Typed(option="--from", metavar="DAY")] = Field(
        description="First day; today at the earliest."
    )
    last_day: Annotated[dt.date, Typed(option="--until", metavar="DAY")] = Field(
        description="Last day; it ends by itself after it."
    )
    reason: str = Field(description="Why: the decision or paper that it rests on.")


class RemainingDocument(Document):
    """What is open still: a grant, by its part of the holdings, or a group, by its name."""

    name: str
    level: Level
    last_day: dt.date | None


class GrantDocument(Document):
    """One grant; ``ended_by`` is empty where it ended by itself.

    ``remaining``: told at its end, what opens some of the same to the account still.
    """

    id: UUID
    account: str
    person: str
    scope: GrantScope
    target: str
    level: Level
    gives: GrantRight
    first_day: dt.date
    last_day: dt.date
    reason: str
    state: Standing
    given_by: str
    given_at: Moment
    ended_at: Moment | None
    ended_by: str
    remaining: list[RemainingDocument] = Field(default_factory=list)


class GrantList(Document):
    """What counts or may yet, the first to end first; then what ended, the newest first."""

    grants: list[GrantDocument]
    total: int
