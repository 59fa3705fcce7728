"""What the acts about reports of incidents are given."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from archive_service.domain.people.incident_duty import LONGEST_NOTE
from archive_service.given import Given, Typed

_Words = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"[^\W_]")]
Kind = Literal["security", "personal-data"]


class IncidentTold(Given):
    """A trouble that a person saw, and no machine."""

    summary: Annotated[_Words, Typed(is_argument=True, metavar="TEXT")] = Field(
        max_length=180, description="In a few words what happened."
    )


class IncidentNoted(Given):
    """What somebody found or did."""

    text: Annotated[_Words, Typed(is_argument=True, metavar="TEXT")] = Field(
        max_length=LONGEST_NOTE, description="What was found or done."
    )


class IncidentMarked(Given):
    """What kind of incident it is, and since when that is known."""

    kind: Kind = Field(
        description="An incident of information security, or a breach of personal data."
    )
    known_at: str = Field(
        default="",
        description="When it became known, on a Vietnamese clock; else when it was opened.",
    )


class ReportFilled(Given):
    """What the form says, by the names of its fields; an empty one is as it is known again."""

    fields: Annotated[
        Mapping[str, Annotated[str, StringConstraints(max_length=4000)]],
        Typed(option="--field", metavar="NAME=TEXT"),
    ] = Field(description="A field and what it says; may be repeated.")


class ReportSent(Given):
    """To whom the report went, and when."""

    to: _Words = Field(max_length=300, description="Who got it, and by which way or number.")
    at: str = Field(default="", description="When it was sent, on a Vietnamese clock; else now.")


class ReportDropped(Given):
    """Why nothing has to be told."""

    reason: _Words = Field(max_length=1000, description="Why it is no such incident after all.")


class ReportSigner(Given):
    """Who signs it."""

    account: Annotated[_Words, Typed(option="--for")] = Field(
        max_length=100, description="The account of whoever is to sign."
    )
