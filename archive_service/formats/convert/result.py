"""What converters share: their result, and the reasons why there is none."""

from dataclasses import dataclass, field
from typing import Any

from archive_service.errors import InputError


class MigrationNeedlessError(InputError):
    """The file is already in the form it should become."""

    code = "migration-needless"


class MigrationImpossibleError(InputError):
    """The file holds something that the new format cannot, or its tool failed on it."""

    code = "migration-impossible"


class MigrationDiffersError(InputError):
    """The result does not say or show what the original does."""

    code = "migration-differs"


class MigrationInvalidError(InputError):
    """What was made is not of the format that was wanted."""

    code = "migration-invalid"


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
