"""Where a PDF ends, and what lies behind that."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

_PIECE_BYTES = 1 << 20
_OVERLAP_BYTES = 64  # more than any mark that is looked for
_MARK = re.compile(rb"%%EOF")
_BLANKS = b"\0\t\n\f\r \x1a\x04"
_NOTHING = re.compile(  # blanks, comments, an end told again, what ends a printer's job (UEL, PJL)
    rb"[\0\s\x1a\x04]*+"
    rb"(?:(?:%[^\r\n]*+(?=[\r\n]|\Z)|startxref\s{1,8}\d{1,12}(?=\s)"
    rb"|\x1b%-12345X|@PJL[^\r\n\x1b]*+)[\0\s\x1a\x04]*+)*+"
)
_SECTION = re.compile(rb"startxref[\0\s]{1,8}(\d{1,12})[\0\s]{0,8}%%EOF")
_TABLE = re.compile(rb"xref|\d\s+\d+\s+obj\b")
_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b|\bendobj\b|\bstartxref\b")


def lacks_end(path: Path) -> bool:
    """Whether objects of a PDF have no end mark behind them; a long comment there is none."""
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            return False
        if (at := _behind_mark(file)) is None:
            return True
        file.seek(at)
        return any(map(_OBJECT.search, iter_overlapping(file, _OVERLAP_BYTES)))


def iter_overlapping(file: IO[bytes], overlap_bytes: int) -> Iterator[bytes]:
    """The rest of a file in pieces, each with the end of the one before: a mark lies in one."""
    before = b""
    while piece := file.read(_PIECE_BYTES):
        data = before + piece
        yield data
        before = data[-overlap_bytes:]


def bytes_behind(path: Path) -> int:
    """A few bytes that pad the file, or a comment, are nothing that anybody hid there."""
    with path.open("rb") as file:
        if (at := _behind_section(file)) is None:
            return 0
        size = file.seek(0, 2) - at
        file.seek(at)
        if size <= _PIECE_BYTES and _NOTHING.fullmatch(file.read()):
            return 0
        file.seek(at)
        pieces = iter(partial(file.read, _PIECE_BYTES), b"")
        return size if any(piece.strip(_BLANKS) for piece in pieces) else 0


def _behind_section(file: IO[bytes]) -> int | None:
    """Behind the section that leads to the table of objects in use, else the last end mark.

    Of sections that lead to one table it is the first behind it: a copy of it ends nothing.
    """
    for start, found in _from_end(file, _SECTION):
        at = start + found.start()
        if table := _table_of(file, found, at):
            return _first_section(file, table, at) or start + found.end()
    return _behind_mark(file)


def _table_of(file: IO[bytes], section: re.Match[bytes], at: int) -> int:
    """Where the table begins to which a section at ``at`` leads; 0 where it leads to none."""
    place = int(section[1])
    if not 0 < place < at:
        return 0
    begin = max(0, place - 16)  # some programs are a few bytes out
    file.seek(begin)
    found = _TABLE.search(file.read(48))
    return begin + found.start() if found else 0


def _first_section(file: IO[bytes], table: int, before: int) -> int | None:
    """Behind the first section that leads to the table, of those between it and ``before``."""
    at = table
    while at < before:
        file.seek(at)
        for found in _SECTION.finditer(file.read(_PIECE_BYTES + _OVERLAP_BYTES)):
            if _table_of(file, found, at + found.start()) == table:
                return at + found.end()
        at += _PIECE_BYTES
    return None


def _behind_mark(file: IO[bytes]) -> int | None:
    """Where the last end mark has ended."""
    return next((start + found.end() for start, found in _from_end(file, _MARK)), None)


def _from_end(file: IO[bytes], mark: re.Pattern[bytes]) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Marks from the last to the first, read in pieces, each with where its piece begins."""
    at, after = file.seek(0, 2), b""
    while at > 0:
        start = max(0, at - _PIECE_BYTES)
        file.seek(start)
        piece = file.read(at - start) + after
        for found in reversed([*mark.finditer(piece)]):
            if found.start() < at - start:  # else it was told with the piece behind
                yield start, found
        at, after = start, piece[:_OVERLAP_BYTES]
