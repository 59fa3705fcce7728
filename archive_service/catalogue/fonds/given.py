"""What the acts on fonds and series are given."""

import datetime as dt
from typing import Annotated

from pydantic import Field, StringConstraints

from archive_service.given import Given, Typed

_Line = Annotated[str, StringConstraints(strip_whitespace=True)]
_WORDS = Typed(may_be_blank=True)  # the act tells what is wrong with them


class FondsIn(Given):
    """A new fonds; ``fields`` by name, such as ``history`` or ``period``."""

    code: str
    agency: str
    name: str
    fields: dict[str, str] = Field(default={})


class FondsChange(Given):
    """Fields of a fonds, and why they change."""

    fields: dict[str, str]
    reason: str


class FondsClose(Given):
    """Why it is closed, its last day, and which fonds goes on."""

    reason: Annotated[str, _WORDS] = Field(description="Why: it stands in its act in every copy.")
    successor: _Line = Field(default="", description="Code of the fonds that goes on.")
    on: dt.date | None = Field(default=None, description="Its last day; today unless given.")


class SeriesIn(Given):
    """A new series."""

    code: Annotated[str, Typed(is_argument=True, may_be_blank=True)]
    title: Annotated[str, _WORDS] = Field(description="Its title.")
    parent: str = Field(default="", description="Code of the series it stands below.")
    note: str = Field(default="", description="What belongs in it.")


class SeriesChange(Given):
    """What is not said stays; an empty ``parent`` is the top of the tree."""

    title: str | None = Field(default=None, description="Another title.")
    parent: str | None = Field(
        default=None, description="Another place in the tree; empty for the top."
    )
    note: str | None = Field(default=None, description="Another note.")


class SeriesPut(Given):
    """Case files that go into a series."""

    codes: Annotated[list[str], Typed(metavar="CASE...", is_argument=True)] = Field(
        min_length=1, max_length=1000
    )
    reason: Annotated[str, _WORDS] = Field(description="Why: it stands in the audit trail.")
