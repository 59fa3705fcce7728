"""What is asked of an account's rights, and how they stand."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from archive_service.accounts.leaving.documents import OpenKindDocument
from archive_service.document import Document
from archive_service.domain.people.account import Role
from archive_service.given import Given, Typed


class RightsChange(Given):
    """What is to be another from now on; what is not given stays."""

    role: Role | None = Field(default=None, description="What the account is for.")
    agency: str | None = Field(
        default=None, description="Identifier of its agency; empty: it acts for all."
    )
    unit: str | None = Field(default=None, description="The unit that the person works in.")
    unit_head: Literal["yes", "no"] | None = Field(
        default=None, description="Whether they head that unit."
    )
    reason: str = Field(description="Why: the decision with its number and day.")
    to: str = Field(
        default="", description="The account that takes over what they may not go on with."
    )
    each: Annotated[Mapping[str, str], Typed(option="--hand", metavar="KIND=ACCOUNT")] = Field(
        default={}, description="The account that takes over what is of one kind."
    )


class RightsDocument(Document):
    """The rights of one account, what waits for a second person, and what is open with it.

    An agency is told by its identifier; an empty one stands for all. ``open`` of an answer: what
    went to somebody else.
    """

    account: str
    person: str
    role: str
    agency: str
    unit: str
    unit_head: bool
    active: bool
    waits: bool
    next_role: str
    next_agency: str
    open: list[OpenKindDocument]
