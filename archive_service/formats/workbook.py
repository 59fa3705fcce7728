"""Reads an .xlsx in a child process, under limits, into plain cells; nothing is computed."""

import datetime as dt
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.office.rows import unescaped
from archive_service.formats.office.shown import day_shown, number_shown
from archive_service.formats.office.strict import in_usual_form
from archive_service.formats.zip_damage import ZIP_DAMAGE
from archive_service.settings import LimitSettings

SHEET_BYTES = 64 << 20  # of the .xlsx
UNPACKED_BYTES = 512 << 20  # of its parts
COLUMNS = 200
ROWS = 200_000
BLANK_ROWS = 2_000  # after so many in a row the sheet is taken to end
CELL_CHARACTERS = 32_767  # what a cell of Excel can hold
ODD_ONES = 50  # merged cells and hidden rows that are told
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:$]{2,40})"')
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_SPAN = (re.compile(rb'\smin="(\d{1,5})"'), re.compile(rb'\smax="(\d{1,5})"'))
_ROW_NUMBER = re.compile(rb'\sr="(\d{1,7})"')
# Parts are unpacked and read as they are asked for: damage shows at any row.
_DAMAGE = (
    *(OSError, *ZIP_DAMAGE),
    *(TypeError, AttributeError, SyntaxError),  # of openpyxl, for XML that says otherwise
)


class SheetUnreadableError(InputError):
    """The .xlsx is no workbook, is damaged, or needs too much time or memory to open."""


class SheetTooLargeError(InputError):
    """The .xlsx holds more than a list of case files and documents can need."""


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
    """One sheet by its name; what is hidden or merged in it is told, the first few by reference."""

    name: str
    rows: tuple[Row, ...]
    is_hidden: bool = False
    merged: tuple[str, ...] = ()  # such as B3:B7
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()  # from 0, as cells count them


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
    with open_book(path, name) as book:
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
        return tuple(
            Sheet(sheet.title, tuple(_rows(sheet, name)), *oddities(sheet)) for sheet in sheets
        )


def spool_workbook_here(path: Path, name: str, target: Path) -> None:
    """All sheets into ``target``, a line of JSON each sheet and row: nothing is held in memory.

    A line is ``[name, *oddities]`` of a sheet, or ``[number, cells]`` of a row of
    the sheet before it.
    """
    with open_book(path, name) as book, target.open("w", encoding="utf-8") as out:
        for sheet in book.worksheets:
            if not hasattr(sheet, "iter_rows"):
                continue
            out.write(json.dumps([sheet.title, *oddities(sheet)], ensure_ascii=False) + "\n")
            for row in _rows(sheet, name):
                cells = [(c.column, c.reference, c.kind.value, c.text) for c in row.cells]
                out.write(json.dumps([row.number, cells], ensure_ascii=False) + "\n")


def spooled(source: IO[str]) -> Iterator[Sheet | Row]:
    """What ``spool_workbook_here`` wrote: each sheet without its rows, then those."""
    for line in source:
        first, *rest = json.loads(line)
        if isinstance(first, str):
            hidden, *cells = rest
            yield Sheet(first, (), hidden, *map(tuple, cells))
        else:
            found = (Cell(place, ref, CellKind(kind), text) for place, ref, kind, text in rest[0])
            yield Row(first, tuple(found))


@contextmanager
def open_book(path: Path, name: str) -> Iterator[Any]:
    """The .xlsx for reading row by row; errors as ``read_workbook``."""
    import warnings

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    with path.open("rb") as source:
        _require_small(source, name)
    with warnings.catch_warnings():  # of parts that we do not read, such as printer settings
        warnings.simplefilter("ignore")
        try:
            with in_usual_form(path) as usual, usual.open("rb") as source:
                yield load_workbook(source, read_only=True, data_only=False, keep_links=False)
        except (InvalidFileException, *_DAMAGE) as error:
            raise SheetUnreadableError(name=name, reason=type(error).__name__) from None


def oddities(sheet: Any) -> tuple[bool, tuple[str, ...], tuple[int, ...], tuple[int, ...]]:
    """Whether the sheet is hidden, which cells are merged, which rows and columns are hidden.

    Raises:
        ValueError: a row stands behind one of a higher number; the reader would leave it out.
    """
    merged: list[str] = []
    hidden: list[int] = []
    columns: list[int] = []
    rest, last = b"", 0
    with sheet._get_source() as source:  # noqa: SLF001 - read-only openpyxl skips both
        while piece := source.read(1 << 20):
            text = rest + piece
            end = text.rfind(b">") + 1
            merged += [ref.decode() for ref in _MERGED.findall(text, 0, end)]
            columns += _hidden_columns(text[:end])
            for row, number in _numbered_rows(text[:end]):
                if number <= last:
                    raise ValueError(f"row {number} stands behind row {last}")
                last = number
                hidden += [number] if _HIDDEN.search(row) else []
            rest = text[end:]
    state = sheet.sheet_state != "visible"
    return state, tuple(merged[:ODD_ONES]), tuple(hidden[:ODD_ONES]), tuple(columns[:COLUMNS])


def _hidden_columns(text: bytes) -> Iterator[int]:
    """Columns that one does not see; each element names a span of them."""
    for column in filter(_HIDDEN.search, _COLUMN.findall(text)):
        span = [int(found[1]) for end in _SPAN if (found := end.search(column))]
        if len(span) == len(_SPAN):
            yield from range(span[0] - 1, min(span[1], COLUMNS))


def _numbered_rows(text: bytes) -> Iterator[tuple[bytes, int]]:
    for row in _ROW.findall(text):
        if found := _ROW_NUMBER.search(row):
            yield row, int(found[1])


def _require_small(source: Any, name: str) -> None:
    try:
        with zipfile.ZipFile(source) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            packed = sum(part.compress_size for part in parts.infolist())
    except _DAMAGE as error:
        raise SheetUnreadableError(name=name, reason=type(error).__name__) from None
    if unpacked > UNPACKED_BYTES or packed > SHEET_BYTES:
        raise SheetTooLargeError(name=name, limit=UNPACKED_BYTES)


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
        case int() | float():
            return CellKind.NUMBER, number_shown(value, number_format)
        case dt.datetime():
            return CellKind.DATE, day_shown(value, number_format)
        case dt.date() | dt.time():
            return CellKind.DATE, value.isoformat()
        case _:
            return CellKind.TEXT, unescaped(str(value))
