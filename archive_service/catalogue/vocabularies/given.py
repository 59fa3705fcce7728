"""What the acts on controlled lists are given."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from archive_service.given import Given

Kind = Literal["keyword", "person", "place"]


class TermIn(Given):
    """A term to add."""

    kind: Kind
    name: str
    variants: list[str] = Field(default=[])
    note: str = ""


class TermChange(Given):
    """What is not named stays; a former name becomes a variant unless ``variants`` are given."""

    name: str | None = None
    variants: list[str] | None = None
    note: str | None = None


class MergeIn(Given):
    """The term that stands."""

    into: UUID


class ReasonIn(Given):
    """Why the case files are described anew."""

    reason: str
