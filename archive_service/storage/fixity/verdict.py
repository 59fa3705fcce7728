"""The words in which a comparison of a stored file with its record ends."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from archive_service.storage.port import ObjectStore


class Fixity(StrEnum):
    """What became of one file in one copy; trouble with the copy itself is not damage."""

    INTACT = "intact"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class FixityResult:
    """One file of one copy; without ``sha256_expected`` there is no record to be trusted.

    ``unsteady``: it was wrong at first and came right on another connection. ``second``: its digest
    by another algorithm, where one was asked for.
    """

    copy: str
    key: str
    status: Fixity
    size_bytes: int = 0
    sha256_expected: str | None = None
    sha256_found: str | None = None
    unsteady: bool = False
    second: str = ""


@dataclass(frozen=True, slots=True)
class ToRead:
    """A file whose bytes are still to be read and compared."""

    copy: ObjectStore
    key: str
    sha256: str


@dataclass
class FixityTally:
    """Counts of a check, and only its troubles by name: memory stays flat."""

    checked: int = 0  # files compared with their record: intact, damaged or missing
    bytes: int = 0
    intact: int = 0
    unsteady: int = 0
    damaged: list[FixityResult] = field(default_factory=list)
    missing: list[FixityResult] = field(default_factory=list)
    unexpected: list[FixityResult] = field(default_factory=list)
    unreachable: list[FixityResult] = field(default_factory=list)

    def add(self, result: FixityResult) -> None:
        """Count one result."""
        self.bytes += result.size_bytes
        self.unsteady += result.unsteady
        self.checked += result.status in (Fixity.INTACT, Fixity.DAMAGED, Fixity.MISSING)
        if result.status is Fixity.INTACT:
            self.intact += 1
        else:
            self._named()[result.status].append(result)

    def troubles(self) -> list[FixityResult]:
        """All that was not intact, as ``repair.py`` takes it."""
        return [result for results in self._named().values() for result in results]

    def as_document(self) -> dict[str, Any]:
        """The JSON document of ``fixity check``."""
        named = {
            str(status): [{"copy": result.copy, "key": result.key} for result in results]
            for status, results in self._named().items()
        }
        return {"checked": self.checked, "bytes": self.bytes, "intact": self.intact, **named}

    def _named(self) -> dict[Fixity, list[FixityResult]]:
        return {
            Fixity.DAMAGED: self.damaged,
            Fixity.MISSING: self.missing,
            Fixity.UNREACHABLE: self.unreachable,
            Fixity.UNEXPECTED: self.unexpected,
        }


def agreed(votes: "Counter[str]") -> str | None:
    """The digest with more voices than any other; ``None`` if there is none."""
    leading = votes.most_common(2)
    if not leading or (len(leading) == 2 and leading[0][1] == leading[1][1]):
        return None
    return leading[0][0]


def printable_key(key: str) -> str:
    """A foreign file may have a name that is no text at all."""
    return key.encode("utf-8", "backslashreplace").decode()
