"""What is given for the acts on the term of a case file."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from archive_service.given import Given, Typed


class EventIn(Given):
    """What happened, on which day, and the paper that shows it."""

    kind: str
    on: dt.date
    basis: str


class WithdrawIn(Given):
    """Why it is taken back."""

    reason: str


class RuleIn(Given):
    """The entry of a schedule, why it is the one, and years where they are more than its own."""

    rule: Annotated[str, Typed(may_be_blank=True)] = Field(
        description="Code of the equivalent group in a schedule."
    )
    reason: Annotated[str, Typed(may_be_blank=True, default="")] = Field(
        description="Why this group: it stands with the case file."
    )
    years: int | None = Field(
        default=None, description="Longer than the group's term; never fewer."
    )
