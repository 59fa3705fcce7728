"""What is open with a person, and who goes on with it, as pages, programs and commands tell it."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from archive_service.accounts.leaving.duties import Way
from archive_service.document import Document
from archive_service.given import Given, Typed


class Leaving(Given):
    """Since when a person is gone, why, and who goes on with what is open with them."""

    left_on: Annotated[dt.date, Typed(option="--from", metavar="DAY")] = Field(
        description="First day on which the person is not there any more; today at the latest."
    )
    reason: str = Field(description="Why, as the paper says: moved, retired.")
    to: str = Field(default="", description="The account that takes over, where no other is named.")
    each: Annotated[Mapping[str, str], Typed(option="--hand", metavar="KIND=ACCOUNT")] = Field(
        default={}, description="The account that takes over what is of one kind."
    )


class OpenKindDocument(Document):
    """So many things of one kind are open; ``to``: who goes on with them, once that is known.

    ``way``: ``over`` what another goes on with, ``answer`` what waits for others, whose answer
    another hears, ``ends`` what ends with the account, ``first`` what is to be settled before.
    """

    kind: str
    way: Way
    count: int
    to: str = ""


class LeavingDocument(Document):
    """One person, and all that is open with them; of a leaver what was, and who took it over."""

    account: str
    person: str
    role: str
    active: bool
    left_on: dt.date | None
    reason: str
    open: list[OpenKindDocument]
