"""Reads an .xlsx in a child process, under limits, into plain cells; nothing is computed."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.settings import LimitSettings

SHEET_BYTES = 64 << 20  # of the .xlsx
UNPACKED_BYTES = 512 << 20  # of its parts
COLUMNS = 200
ROWS = 200_000
BLANK_ROWS = 2_000  # after so many in a row the sheet is taken to end
CELL_CHARACTERS = 32_767  # what a cell of Excel can hold
_ZEROS = re.compile(r"0+$")


class SheetUnreadableError(InputError):
    """The .xlsx is no workbook, is damaged, or needs too much time or memory to open."""

    code = "sheet-unreadable"


class SheetTooLargeError(InputError):
    """The .xlsx holds more than a list of case files and documents can need."""

    code = "sheet-too-large"


class CellKind(StrEnum):
    """What a cell holds; the value of a formula is never trusted."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not empty: ``column`` from 0, ``text`` as a person reads it, dates ISO."""

    column: int
    reference: str  # such as C3
    kind: CellKind
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty; ``number`` from 1, as the program shows it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet by its name."""

    name: str
    rows: tuple[Row, ...]


def read_workbook(path: Path, name: str, limits: LimitSettings) -> tuple[Sheet, ...]:
    """All sheets of the .xlsx at ``path``.

    Raises:
        SheetUnreadableError: not a workbook, or its parser failed.
        SheetTooLargeError: more bytes or rows than we read.
    """
    outcome = run_limited(
        read_workbook_here, path, name, limit_s=limits.parser_s, memory_mib=limits.parser_mib
    )
    if isinstance(outcome, ParserFailure):
        raise SheetUnreadableError(name=name, reason=outcome.reason.value)
    return outcome


def read_workbook_here(path: Path, name: str) -> tuple[Sheet, ...]:
    """``read_workbook`` in this very process."""
    import warnings

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    with path.open("rb") as source:
        _require_small(source, name)
        with warnings.catch_warnings():  # of parts that we do not read, such as printer settings
            warnings.simplefilter("ignore")
            try:
                book = load_workbook(source, read_only=True, data_only=False, keep_links=False)
            except (InvalidFileException, KeyError, ValueError, OSError) as error:
                raise SheetUnreadableError(name=name, reason=type(error).__name__) from None
            sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
            return tuple(Sheet(sheet.title, tuple(_rows(sheet, name))) for sheet in sheets)


def _require_small(source: Any, name: str) -> None:
    try:
        with zipfile.ZipFile(source) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            packed = sum(part.compress_size for part in parts.infolist())
    except zipfile.BadZipFile:
        raise SheetUnreadableError(name=name, reason="BadZipFile") from None
    if unpacked > UNPACKED_BYTES or packed > SHEET_BYTES:
        raise SheetTooLargeError(name=name, limit=UNPACKED_BYTES)
    source.seek(0)


def _rows(sheet: Any, name: str) -> Iterator[Row]:
    sheet.reset_dimensions()  # what the file says of its own size is not to be trusted
    blank = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=COLUMNS), start=1):
        if number > ROWS:
            raise SheetTooLargeError(name=name, limit=ROWS)
        found = tuple(cell for raw in cells if (cell := _cell(raw)) is not None)
        if found:
            blank = 0
            yield Row(number, found)
        elif (blank := blank + 1) > BLANK_ROWS:
            return


def _cell(raw: Any) -> Cell | None:
    value = raw.value
    if value is None:
        return None
    if raw.data_type == "f":
        kind, text = CellKind.FORMULA, ""
    elif raw.data_type == "e":
        kind, text = CellKind.ERROR, str(value)
    else:
        kind, text = _shown(value, raw.number_format or "")
    if kind is not CellKind.FORMULA and not text.strip():
        return None
    return Cell(raw.column - 1, raw.coordinate, kind, text[:CELL_CHARACTERS])


def _shown(value: Any, number_format: str) -> tuple[CellKind, str]:
    match value:
        case bool():
            return CellKind.NUMBER, "1" if value else "0"
        case int():
            return CellKind.NUMBER, _padded(value, number_format)
        case float():
            whole = value.is_integer() and abs(value) < 1e15
            return CellKind.NUMBER, _padded(int(value), number_format) if whole else repr(value)
        case dt.datetime():
            if (value.hour, value.minute, value.second) == (0, 0, 0):
                return CellKind.DATE, value.date().isoformat()
            return CellKind.DATE, value.isoformat(timespec="seconds")
        case dt.date() | dt.time():
            return CellKind.DATE, value.isoformat()
        case _:
            return CellKind.TEXT, str(value)


def _padded(value: int, number_format: str) -> str:
    """A number format of zeros, such as ``00``, says how many digits the person sees."""
    zeros = _ZEROS.fullmatch(number_format)
    return str(value).zfill(len(number_format)) if zeros and value >= 0 else str(value)
