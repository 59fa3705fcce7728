"""What the acts on fields of an agency's own are given."""

from pydantic import Field

from archive_service.domain.agencies.own_field import OwnKind, OwnSubject
from archive_service.given import Given


class OwnFieldIn(Given):
    """A field to define; name and kind never change."""

    agency: str
    subject: OwnSubject
    name: str
    label: str
    kind: OwnKind
    choices: list[str] = Field(default=[])
    required: bool = False
    searchable: bool = True


class OwnFieldChange(Given):
    """What is not said stays; ``retired`` takes it out of use, or back into it."""

    label: str | None = None
    choices: list[str] | None = None
    required: bool | None = None
    searchable: bool | None = None
    retired: bool | None = None
