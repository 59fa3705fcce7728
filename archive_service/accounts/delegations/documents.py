"""What is handed to a colleague, as pages, programs and commands say and tell it."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from archive_service.accounts.delegations.duties import HandedDuty
from archive_service.document import Document, Moment
from archive_service.domain.people.some_days import Standing
from archive_service.given import Given, Typed


class Handing(Given):
    """Which duties go to whom, from which day to which, and why."""

    receiver: Annotated[str, Typed(option="--to", metavar="ACCOUNT")] = Field(
        description="The colleague who does it meanwhile."
    )
    duties: Annotated[list[HandedDuty], Typed(option="--duty")] = Field(
        min_length=1, description="A duty of yours; may be repeated."
    )
    first_day: Annotated[dt.date, Typed(option="--from", metavar="DAY")] = Field(
        description="First day; today at the earliest."
    )
    last_day: Annotated[dt.date, Typed(option="--until", metavar="DAY")] = Field(
        description="Last day; it ends by itself after it."
    )
    reason: str = Field(description="Why: the leave or the journey, with its paper.")


class DelegationDocument(Document):
    """One delegation; ``ended_by`` is empty where it ended by itself."""

    id: UUID
    giver: str
    giver_person: str
    receiver: str
    receiver_person: str
    duties: list[str]
    first_day: dt.date
    last_day: dt.date
    reason: str
    state: Standing
    given_at: Moment
    ended_at: Moment | None
    ended_by: str


class DelegationList(Document):
    """The newest first."""

    delegations: list[DelegationDocument]
