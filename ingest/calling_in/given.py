"""What the acts of calling in are given."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed
from ingest.calling_in.lists import Wanted


class CollectionIn(Given):
    """Whose list of which year; by notation days of settlement and reasons for leaving out."""

    agency: str
    year: int
    settled: dict[str, dt.date] = Field(default={})
    left_out: dict[str, str] = Field(default={})

    def wanted(self) -> Wanted:
        """What the plan does not say."""
        return Wanted(settled=self.settled, left_out=self.left_out)


class UrgeIn(Given):
    """Which case file of the list."""

    code: Annotated[str, Typed(is_argument=True, may_be_blank=True)]


class KeepBackIn(Given):
    """One reason for one or more case files."""

    codes: Annotated[list[str], Typed(metavar="CODE...", is_argument=True)] = Field(
        min_length=1, max_length=1000
    )
    until: Annotated[dt.date, Typed(metavar="DAY")] = Field(description="Last day of keeping.")
    reason: Annotated[str, Typed(may_be_blank=True)] = Field(description="Why the unit needs them.")


class DecisionIn(Given):
    """What was decided; ``paper`` names number, date and issuer."""

    consent: Annotated[bool, Typed(option="--consent/--refuse")] = Field(
        description="What was decided."
    )
    paper: Annotated[str, Typed(may_be_blank=True)] = Field(
        description="Number, date and issuer of the decision."
    )
    reason: str = Field(default="", description="Why, if it is refused.")
