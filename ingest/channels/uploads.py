"""Files that a browser uploaded one by one, with the paths they had in the sender's folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from ingest.channels.names import CHECK, safe_name, shown_name, wrapping_folder
from ingest.channels.parcel import (
    Budget,
    Entry,
    NothingSentError,
    Parcel,
    require_names,
    require_sizes,
)
from ingest.channels.web_form import UploadedFile
from ingest.channels.zip_file import open_zip


def open_uploads(files: Sequence[UploadedFile], limits: LimitSettings, *, channel: str) -> Parcel:
    """The files as the folder they were; the one folder that holds everything is left out.

    Raises:
        NothingSentError: no file.
        SeveralZipsError: nothing but ZIPs.
        InputError: a limit is broken.
    """
    if len(files) > 1 and all(file.name.lower().endswith(".zip") for file in files):
        raise SeveralZipsError(count=len(files))
    budget = Budget(limits)
    entries: dict[str, Entry] = {}
    findings: list[Finding] = []
    for file in files:
        name = safe_name(file.name.replace("\\", "/"))
        findings.extend(name.findings)
        if name.path is None:
            continue
        if name.path in entries:
            findings.append(Finding(CHECK, "name-twice", Severity.ERROR, name.path))
            continue
        entries[name.path] = Entry(
            name.path, file.name, file.size_bytes, _Opener(file, name.path, budget)
        )
    if not entries:
        raise NothingSentError(source=channel)
    prefix = wrapping_folder(entries)
    ordered = tuple(
        Entry(path.removeprefix(prefix), entry.original, entry.size_bytes, entry.open)
        for path, entry in sorted(entries.items())
    )
    require_names((entry.path for entry in ordered), limits)
    require_sizes(((entry.path, entry.size_bytes) for entry in ordered), limits)
    return Parcel(channel, prefix.rstrip("/") or ordered[0].path, ordered, tuple(findings))


def open_sent(path: Path, name: str, limits: LimitSettings, *, channel: str) -> Parcel:
    """One file sent by itself: a ZIP is opened, anything else is a folder with this file alone."""
    if name.lower().endswith(".zip"):
        packed = open_zip(path, limits, name=shown_name(name))
        return Parcel(channel, packed.source, packed.entries, packed.findings, held=packed.held)
    file = UploadedFile(name, path.stat().st_size, lambda: path.open("rb"))
    return open_uploads([file], limits, channel=channel)


class SeveralZipsError(InputError):
    """More than one ZIP at once: each is a submission of its own."""


class _Opener:
    def __init__(self, file: UploadedFile, path: str, budget: Budget) -> None:
        self._file, self._path, self._budget = file, path, budget

    def __call__(self) -> IO[bytes]:
        return self._budget.reader(self._file.open(), self._path)
