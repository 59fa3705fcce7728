"""Groups of readers and managers, as pages, programs and commands say and tell them."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from archive_service.catalogue.grants.documents import RemainingDocument
from archive_service.document import Document, Moment
from archive_service.domain.people.reading_grant import GrantRight, GrantScope, Level
from archive_service.given import Given, Typed


class Grouping(Given):
    """A group to be: its name, what its members read or manage, and up to which level."""

    name: str = Field(description="The name of the group.")
    level: Level = Field(description="Up to which level of information.")
    gives: GrantRight = Field(
        default=GrantRight.READ, description="What its members do there: read it, or manage it."
    )
    agency: str = Field(default="", description="Of which agency; its code.")
    fonds: str = Field(default="", description="Of one fonds alone; its code.")
    case_file: str = Field(default="", description="Of one case file alone; its code.")
    part: str = Field(
        default="",
        description="Of a series of the fonds, by its code; of a document, by its ordinal.",
    )


class Joining(Given):
    """Who joins a group, and why."""

    account: Annotated[str, Typed(option="--member", metavar="ACCOUNT")] = Field(
        description="A reader; of a group that manages, an officer or clerk of the agency."
    )
    reason: str = Field(description="Why: the decision or paper that it rests on.")
    last_day: Annotated[dt.date | None, Typed(option="--until", metavar="DAY")] = Field(
        default=None, description="Last day; without one until somebody ends it."
    )


class MemberDocument(Document):
    """One member; ``waits``: for a second person; ``remaining``: as of a grant at its end."""

    id: UUID
    account: str
    person: str
    reason: str
    waits: bool
    given_by: str
    given_at: Moment
    last_day: dt.date | None
    ended_at: Moment | None
    remaining: list[RemainingDocument] = Field(default_factory=list)


class GroupDocument(Document):
    """One group; ``fonds`` and ``target`` are empty where it is of the whole agency.

    ``members`` are the first of ``total`` by their names.
    """

    id: UUID
    name: str
    level: Level
    gives: GrantRight
    agency: str
    fonds: str
    scope: GrantScope | None
    target: str
    made_by: str
    made_at: Moment
    members: list[MemberDocument]
    total: int


class GroupList(Document):
    """The first of ``total`` groups by name."""

    groups: list[GroupDocument]
    total: int
