"""The leaves of the tables of messages."""

from functools import cache

from archive_service import errors
from archive_service.errors import ArchiveError
from tests.guide.sources import PACKAGES, modules


@cache
def leaves() -> tuple[type[ArchiveError], ...]:
    """Every error of the product; the families themselves are never raised."""
    modules()
    found: list[type[ArchiveError]] = []
    open_ends: list[type[ArchiveError]] = [ArchiveError]
    while open_ends:
        below = open_ends.pop().__subclasses__()
        open_ends.extend(below)
        found.extend(kind for kind in below if kind.__module__.split(".")[0] in PACKAGES)
    return tuple(kind for kind in found if kind.__module__ != errors.__name__)
