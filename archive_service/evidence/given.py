"""What acts about the trail are given."""

import datetime as dt
from typing import Annotated

from pydantic import Field, StringConstraints

from archive_service.given import Given


class LossKnown(Given):
    """What somebody who acknowledges a loss knows of it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        description="Why the trail ends earlier than somebody remembers, as far as it is known."
    )


class EventsSought(Given):
    """What the events of the trail are narrowed by; days are local, both of them taken in."""

    text: str = Field(
        "",
        description="A part of an event's name, of an account or of a person's name, or the whole "
        "code or number of what it is about.",
    )
    kind: str = Field("", description="What it is about, such as case-file or disposition.")
    account: str = Field("", description="Who did it: the whole name of the account.")
    address: str = Field(
        "", description="Where it came from: an address, or the name of a session or token."
    )
    field: str = Field(
        "", description="A field that was changed, such as mode, years, role or title."
    )
    was: str = Field(
        "", description="What it was, whole; of accounts and terms with the field alone."
    )
    becomes: str = Field("", description="What it became, likewise.")
    since: dt.date | None = Field(
        None,
        description="The first day; of field, was and becomes without one a year before the last.",
    )
    until: dt.date | None = Field(None, description="The last day.")
