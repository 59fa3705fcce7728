"""What converters share: their result, and the reasons why there is none."""

from dataclasses import dataclass, field
from typing import Any

from archive_service.errors import InputError


class MigrationNeedlessError(InputError):
    """The file is already in the form it should become."""


class MigrationImpossibleError(InputError):
    """The file holds something that the new format cannot, or its tool failed on it."""


class MigrationDiffersError(InputError):
    """The result does not say or show what the original does."""


class MigrationInvalidError(InputError):
    """What was made is not of the format that was wanted."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A result that stood its checks.

    ``checks`` are plain JSON: what was compared and what was found. ``is_copy`` is told of what
    cannot take the original's place, such as the twin of a signed PDF.
    """

    tool: str  # names with versions
    pages: int | None
    checks: dict[str, Any] = field(default_factory=dict)
    is_copy: bool = False
