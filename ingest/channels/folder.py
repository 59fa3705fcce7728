"""A plain folder as it lies on a disk or a share."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from ingest.channels.names import CHECK, safe_name, shown_name
from ingest.channels.parcel import (
    Budget,
    Entry,
    Parcel,
    TooManyFilesError,
    require_names,
    require_sizes,
)


class FileUnreadableError(InputError):
    """A file of the folder went away, or may not be read by the service."""


@dataclass(frozen=True, slots=True)
class Found:
    """One file of a folder; ``raw`` is its path below the folder, as the disk has it."""

    path: Path
    raw: str
    size_bytes: int
    is_plain: bool  # a link or a special file is none, and is never read


def open_folder(folder: Path, limits: LimitSettings) -> Parcel:
    """Every regular file below ``folder``, in the order of their names; links are not followed.

    Raises:
        InputError: a limit is broken; nothing was read.
    """
    budget = Budget(limits)
    entries: dict[str, Entry] = {}
    findings: list[Finding] = []
    for count, found in enumerate(iter_found(folder), start=1):
        if count > limits.file_count + 1:  # one is the list of them
            raise TooManyFilesError(count=count - 1, limit=limits.file_count)
        if not found.is_plain:
            findings.append(_left_out(found.raw))
            continue
        name = safe_name(found.raw)
        findings.extend(name.findings)
        if name.path is None:
            continue
        if name.path in entries:
            findings.append(Finding(CHECK, "name-twice", Severity.ERROR, name.path))
            continue
        opener = _Opener(folder, found.raw, budget)
        entries[name.path] = Entry(name.path, found.raw, found.size_bytes, opener)
    require_names(entries, limits)
    require_sizes(((entry.path, entry.size_bytes) for entry in entries.values()), limits)
    ordered = tuple(entries[path] for path in sorted(entries))
    return Parcel("folder", folder.resolve().name, ordered, tuple(findings), side_by_side=True)


def iter_found(folder: Path) -> Iterator[Found]:
    """Every file below ``folder``; links are told and not followed, whatever they lead to."""
    for path in _paths(folder):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue  # it went away since its folder was listed
        raw = path.relative_to(folder).as_posix()
        yield Found(path, raw, status.st_size, stat.S_ISREG(status.st_mode))


def _paths(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in list(folders):
            if Path(parent, name).is_symlink():
                folders.remove(name)
                yield Path(parent, name)
        yield from (Path(parent, name) for name in sorted(names))


def _left_out(raw: str) -> Finding:
    shown = shown_name(raw)
    return Finding(CHECK, "not-a-plain-file", Severity.ERROR, shown, {"name": shown})


@dataclass(frozen=True, slots=True)
class _Opener:
    """Of one file; a delivery holds 50,000 of them, so that it keeps no path of its own."""

    folder: Path
    raw: str
    budget: Budget

    def __call__(self) -> IO[bytes]:
        path, shown = Path(self.folder, self.raw), shown_name(self.raw)
        try:
            source = path.open("rb", buffering=0)
        except (FileNotFoundError, PermissionError) as error:
            raise FileUnreadableError(name=shown, reason=str(error.strerror)) from None
        return self.budget.reader(source, shown)


def open_file(path: Path, limits: LimitSettings) -> Parcel:
    """A spreadsheet alone: case files whose paper is to come."""
    name = safe_name(path.name)
    if name.path is None:
        return Parcel("folder", shown_name(path.name), (), name.findings)
    size = path.stat().st_size
    require_sizes([(name.path, size)], limits)
    entry = Entry(name.path, path.name, size, _Opener(path.parent, path.name, Budget(limits)))
    return Parcel("folder", name.path, (entry,), name.findings)
