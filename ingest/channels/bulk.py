"""Where a delivery of many case files lies: a spreadsheet beside its folders, a folder, a ZIP."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive_service.formats import workbook
from archive_service.settings import LimitSettings
from archive_service.storage.durable import our_errors
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import Entry, FileTooLargeError, Parcel, ParcelNotFoundError
from ingest.channels.spreadsheet import (
    SheetAmbiguousError,
    SheetNotFoundError,
    SheetOtherFormatError,
    in_another_format,
)
from ingest.channels.uploads import open_sent

FILES_AT_ONCE = 1_000_000  # of a whole delivery; of one case file the limits of a submission hold
BYTES_AT_ONCE = 1 << 50


@dataclass(frozen=True, slots=True)
class Bulk:
    """A delivery that is open: a copy of its spreadsheet, and everything that lies beside it."""

    source: str
    sheet: Path
    sheet_name: str
    entries: Mapping[str, Entry]


@contextmanager
def open_bulk(place: Path, name: str, limits: LimitSettings, *, channel: str) -> Iterator[Bulk]:
    """The delivery at ``place``, known to its sender as ``name``; a ZIP stays open for the block.

    Raises:
        ParcelNotFoundError: nothing lies there.
        SheetNotFoundError, SheetOtherFormatError, SheetAmbiguousError: there is no such list.
        InputError: a limit is broken; nothing was read.
    """
    if not place.exists():
        raise ParcelNotFoundError(path=name)
    wide = limits.model_copy(
        update={"file_count": FILES_AT_ONCE, "submission_bytes": BYTES_AT_ONCE}
    )
    alone = place.suffix.lower() == ".xlsx" and place.is_file()
    with (
        _opened(place.parent if alone else place, name, wide, channel) as parcel,
        tempfile.TemporaryDirectory(prefix="sheet-") as folder,
    ):
        entries = {entry.path: entry for entry in parcel.entries}
        sheet = _sheet(entries, parcel, place.name if alone else "")
        if sheet.size_bytes > workbook.SHEET_BYTES:
            raise FileTooLargeError(name=sheet.path, limit=workbook.SHEET_BYTES)
        copy = Path(folder, "sheet.xlsx")
        with our_errors("", Path(folder)), sheet.open() as source, copy.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        del entries[sheet.path]
        yield Bulk(name, copy, sheet.path, entries)


def _opened(place: Path, name: str, limits: LimitSettings, channel: str) -> Parcel:
    if place.is_dir():
        return open_parcel(place, limits)
    return open_sent(place, name, limits, channel=channel)


def _sheet(entries: Mapping[str, Entry], parcel: Parcel, named: str) -> Entry:
    """The spreadsheet itself, or the only one at the root."""
    at_root = [
        entry for path, entry in entries.items() if "/" not in path and path.lower()[-5:] == ".xlsx"
    ]
    if named:
        at_root = [entry for entry in at_root if entry.original == named]
    if not at_root and (other := in_another_format(parcel)) is not None:
        raise SheetOtherFormatError(name=other)
    if not at_root:
        raise SheetNotFoundError(source=parcel.source)
    if len(at_root) > 1:
        raise SheetAmbiguousError(names=[entry.path for entry in at_root][:8])
    return at_root[0]
