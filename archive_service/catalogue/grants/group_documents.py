"""Groups of readers, as pages, programs and commands say and tell them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from archive_service.document import Document, Moment
from archive_service.domain.people.reading_grant import Level
from archive_service.given import Given, Typed


class Grouping(Given):
    """A group to be: its name, what its members read, and up to which level."""

    name: str = Field(description="The name of the group.")
    level: Level = Field(description="Up to which level of information its members read.")
    agency: str = Field(default="", description="Of which agency; its code.")
    fonds: str = Field(default="", description="Of one fonds alone; its code.")


class Joining(Given):
    """Who joins a group, and why."""

    account: Annotated[str, Typed(option="--member", metavar="ACCOUNT")] = Field(
        description="The reader."
    )
    reason: str = Field(description="Why: the decision or paper that it rests on.")


class MemberDocument(Document):
    """One member; ``waits``: for a second person."""

    id: UUID
    account: str
    person: str
    reason: str
    waits: bool
    given_by: str
    given_at: Moment
    ended_at: Moment | None


class GroupDocument(Document):
    """One group; ``fonds`` is empty where its members read of the whole agency.

    ``members`` are the first of ``total`` by their names.
    """

    id: UUID
    name: str
    level: Level
    agency: str
    fonds: str
    made_by: str
    made_at: Moment
    members: list[MemberDocument]
    total: int


class GroupList(Document):
    """The first of ``total`` groups by name."""

    groups: list[GroupDocument]
    total: int
