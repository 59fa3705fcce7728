"""What a place beside the copies promises the destroy gate."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from archive_service.errors import BackendError


@dataclass(frozen=True, slots=True)
class Remains:
    """What is to go, as places are told of it; ``notes`` is what a place said in its survey."""

    removal_id: UUID
    case_file_id: UUID
    ocfl_id: str
    code: str
    notes: Mapping[str, Any] = field(default_factory=dict)

    def mark(self, sha256: str) -> str:
        """By which bytes are known again that came back, and of which no content can be told."""
        return hashlib.sha256(f"{self.ocfl_id} {sha256}".encode()).hexdigest()[:16]


class RemainsLeftError(BackendError):
    """A place was cleared, and something of the case file is there all the same: tried again."""


class CopyNotConnectedError(BackendError):
    """A copy that was enrolled once is not among those of the settings: retired, or put away."""


class Place(Protocol):
    """Somewhere beside the copies where bytes or words of case files lie; many are told at once."""

    @property
    def name(self) -> str:
        """As the certificate tells it, such as ``index``."""

    def survey(self, many: Sequence[Remains]) -> Mapping[UUID, dict[str, Any]]:
        """Before anything goes, by removal: ``{found: N, …}``, JSON, kept for ``remove``.

        No content in it; what begins with ``_`` is forgotten with the place.
        """

    def remove(self, many: Sequence[Remains]) -> None:
        """Take all of it away; fine if it is gone. ``BackendError``: another try."""

    def left(self, many: Sequence[Remains]) -> Mapping[UUID, BackendError]:
        """Asked afterwards: the removals of which something is still there, and why."""


@runtime_checkable
class FilePlace(Protocol):
    """A place whose files the gate itself erases, after ``remove``: keys of backups."""

    def files(self, remains: Remains) -> Sequence[Path]:
        """Which they are, whether they are there or not."""


def remains_left(place: str, counts: Mapping[UUID, int]) -> dict[UUID, BackendError]:
    """What ``left`` says where something was counted."""
    return {
        identifier: RemainsLeftError(place=place, count=count)
        for identifier, count in counts.items()
        if count
    }
