"""What a place beside the copies promises the destroy gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Remains:
    """What is to go, as places are told of it; ``notes`` is what a place said in its survey."""

    removal_id: UUID
    case_file_id: UUID
    ocfl_id: str
    code: str
    notes: Mapping[str, Any] = field(default_factory=dict)


class Place(Protocol):
    """Somewhere beside the copies where bytes or words of a case file lie."""

    @property
    def name(self) -> str:
        """As the certificate tells it, such as ``index``."""

    def survey(self, remains: Remains) -> dict[str, Any]:
        """Before anything goes: ``{found: N, …}``, JSON, kept for ``remove``; no content."""

    def remove(self, remains: Remains) -> None:
        """Take all of it away; fine if it is gone. ``BackendError``: another try."""

    def left(self, remains: Remains) -> int:
        """Asked afterwards: how much of it is still there."""


@runtime_checkable
class FilePlace(Protocol):
    """A place whose files the gate itself erases, after ``remove``: keys of backups."""

    def files(self, remains: Remains) -> Sequence[Path]:
        """Which they are, whether they are there or not."""
