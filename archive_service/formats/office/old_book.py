"""Old binary workbooks: names of their sheets, words of their cells, formulas without a value.

Read in a child. What is damaged ends the stream, not what was read before.

Source: [MS-XLS] 2.1.4 (records), 2.4.28 (BoundSheet8), 2.4.127 (Formula), 2.4.265 (SST), 2.4.329
(TxO), 2.5.198.89 (PtgStr), 2.5.293 (XLUnicodeRichExtendedString).
"""

import codecs
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from archive_service.formats.office.rows import Row, Table, of_margin

STREAMS = ("Workbook", "Book")
_END, _BEGIN, _GOES_ON, _CODE_PAGE, _SHEET = 0x0A, 0x809, 0x3C, 0x42, 0x85
_EXCEL_97 = 0x600  # version in the first record; Excel 5 and 95 write 0x500
_LOCKED = 0x2F
_STRINGS, _SHARED_CELL, _RESULT, _BOX, _SERIES = 0xFC, 0xFD, 0x207, 0x1B6, 0x100D
_LABELS, _FORMULAS, _MARGINS = (0x204, 0xD6), (0x06, 0x206, 0x406), (0x14, 0x15)
_NUMBER, _SMALL_NUMBER, _SMALL_NUMBERS = 0x203, 0x27E, 0xBD
_IN_FORMULA = re.compile(rb"\x17(.)([\0\1])", re.DOTALL)
_JOINS, _COMPARES = b"\x08", b"\x09\x0a\x0b\x0c\x0d\x0e"  # operators stand behind what they take
_NOT_COUNTED = 0x03  # flags of a formula that is counted when the book is opened
_NO_NUMBER = b"\xff\xff"  # at the end of its place: a text, an error or nothing
_TEXT_FOLLOWS = re.compile(rb"\0.{5}\xff\xff", re.DOTALL)  # in place of a number
_OF_FORMULA = (0x4BC, 0x221, 0x236)  # may stand between a formula and its text


class Sheet(NamedTuple):
    """``state`` 1 is hidden, 2 is named by no menu; ``begins_at`` is where its records begin."""

    name: str
    state: int
    kind: int
    begins_at: int


class Record(NamedTuple):
    """``pieces`` are its bytes and those of the records that go on with it."""

    at: int
    kind: int
    pieces: tuple[bytes, ...]

    @property
    def body(self) -> bytes:
        """Its own bytes."""
        return self.pieces[0]


@dataclass(slots=True)
class Part:
    """What one stretch of records says: of the book, or of a sheet."""

    name: str = ""
    rows: list[Row] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)  # of each row what they show
    beside: list[str] = field(default_factory=list)  # in boxes, notes and margins
    unkept: list[tuple[str, list[str]]] = field(default_factory=list)  # cell, texts of its formula


def sheets(data: bytes) -> list[Sheet]:
    """As the head of the book names them."""
    letters = _Letters()
    found = []
    for record in _records(data):
        letters.told(record)
        if record.kind == _END:
            break
        if record.kind == _SHEET and len(record.body) > 7:
            at, state, kind = struct.unpack_from("<IBB", record.body)
            found.append(Sheet(letters.short(record.body, 6), state & 3, kind, at))
    return found


def parts_of_book(data: bytes) -> Iterator[Part]:
    """The head of the book, then its sheets."""
    named = {sheet.begins_at: sheet.name for sheet in sheets(data)}
    reading = _Reading(Part())
    for record in _records(data):
        if record.kind == _BEGIN and record.at:
            yield reading.ended()
            reading = _Reading(Part(named.get(record.at, "")), reading.letters, reading.strings)
        try:
            reading.read(record)
        except (struct.error, IndexError):
            continue  # a record cut short
    yield reading.ended()


def is_locked(data: bytes) -> bool:
    """Whether a password is asked for before anything of the book can be read."""
    return any(record.kind == _LOCKED for record in _records(data))


class _Letters:
    """How texts of this book are written: in Unicode, before Excel 97 in a code page."""

    def __init__(self) -> None:
        self._version, self._page = _EXCEL_97, "cp1252"

    def told(self, record: Record) -> None:
        if record.kind == _BEGIN and len(record.body) > 1 and not record.at:
            self._version = int.from_bytes(record.body[:2], "little")
        elif record.kind == _CODE_PAGE and len(record.body) > 1:
            self._page = _code_page(int.from_bytes(record.body[:2], "little"))

    def short(self, body: bytes, at: int) -> str:
        """A text behind one byte with the number of its letters."""
        return self._text(body, at + 1, body[at])

    def long(self, body: bytes, at: int) -> str:
        """A text behind two bytes with the number of its letters."""
        return self._text(body, at + 2, int.from_bytes(body[at : at + 2], "little"))

    def margin(self, body: bytes) -> str:
        return self.long(body, 0) if self._version >= _EXCEL_97 else self.short(body, 0)

    def _text(self, body: bytes, at: int, count: int) -> str:
        if self._version < _EXCEL_97:
            return body[at : at + count].decode(self._page, "replace")
        return _Pieces((body[at:],)).letters(count)


class _Pieces:
    """Bytes that are parted in records; each piece of a text says anew how its letters lie."""

    def __init__(self, pieces: tuple[bytes, ...]) -> None:
        self._pieces, self._piece, self._at = pieces, 0, 0

    def has_more(self) -> bool:
        self._settle()
        return self._piece < len(self._pieces)

    def take(self, count: int) -> bytes:
        """The next bytes, fewer at the end."""
        found = b""
        while count > len(found) and self.has_more():
            here = self._pieces[self._piece][self._at : self._at + count - len(found)]
            self._at += len(here)
            found += here
        return found

    def letters(self, count: int) -> str:
        """A text of so many letters, the byte that says how they lie first."""
        return self._letters(count, self.take(1)[0])

    def rich(self) -> str:
        """One of the strings that cells share, with what stands behind its letters."""
        count, flags = struct.unpack("<HB", self.take(3))
        runs = int.from_bytes(self.take(2), "little") if flags & 8 else 0
        beside = int.from_bytes(self.take(4), "little") if flags & 4 else 0
        text = self._letters(count, flags)
        self.take(4 * runs + beside)
        return text

    def _letters(self, count: int, flags: int) -> str:
        found = ""
        while count > 0:
            width = 1 + (flags & 1)
            here = self._pieces[self._piece][self._at : self._at + count * width]
            self._at += len(here)
            found += here.decode("utf-16-le" if width == 2 else "latin-1", "replace")
            count -= len(here) // width
            if count <= 0 or not self.has_more():
                break
            flags = self.take(1)[0]
        return found

    def _settle(self) -> None:
        while self._piece < len(self._pieces) and self._at >= len(self._pieces[self._piece]):
            self._piece, self._at = self._piece + 1, 0


class _Reading:
    """The records of one part, one after the other."""

    def __init__(
        self, part: Part, letters: _Letters | None = None, strings: list[str] | None = None
    ) -> None:
        self.part, self.letters = part, letters or _Letters()
        self.strings: list[str] = [] if strings is None else strings
        self.table, self._row = Table(), -1
        self._awaits: tuple[str, list[str]] | None = None  # of a formula whose text should follow
        self._reads = {
            _STRINGS: self._shared,
            _SHARED_CELL: self._shared_cell,
            _RESULT: self._result,
            _BOX: self._box,
            _SERIES: lambda record: self._beside(self.letters.short(record.body, 2)),
            _SHEET: lambda record: self._beside(self.letters.short(record.body, 6)),
            **dict.fromkeys(_LABELS, self._label),
            **dict.fromkeys(_FORMULAS, self._formula),
            **dict.fromkeys(_MARGINS, self._margin),
            **dict.fromkeys((_NUMBER, _SMALL_NUMBER, _SMALL_NUMBERS), self._number),
        }

    def read(self, record: Record) -> None:
        self.letters.told(record)
        if self._awaits and record.kind not in (_RESULT, *_OF_FORMULA):
            self.part.unkept.append(self._awaits)
            self._awaits = None
        if (reads := self._reads.get(record.kind)) is not None:
            reads(record)

    def ended(self) -> Part:
        """The part, with its last row."""
        self.part.rows += self.table.end_row()
        return self.part

    def _shared(self, record: Record) -> None:
        pieces = _Pieces(record.pieces)
        pieces.take(8)
        while pieces.has_more():
            self.strings.append(pieces.rich())

    def _shared_cell(self, record: Record) -> None:
        self._cell(record.body, self.strings[int.from_bytes(record.body[6:10], "little")])

    def _label(self, record: Record) -> None:
        self._cell(record.body, self.letters.long(record.body, 6))

    def _number(self, record: Record) -> None:
        """The first of a row may be its number in a list."""
        if record.kind == _NUMBER:
            value: float = struct.unpack_from("<d", record.body, 6)[0]
        else:
            value = _small(int.from_bytes(record.body[6:10], "little"))
        self._place(record.body)
        self.part.cells[-1].append(f"{value:.15g}")
        if record.kind == _SMALL_NUMBERS:  # of cells side by side
            further = struct.iter_unpack("<2xI", record.body[10 : len(record.body) // 6 * 6 - 2])
            self.part.cells[-1] += (f"{_small(packed):.15g}" for (packed,) in further)
        self.table.add(f"{value:.6g}")
        self.table.end_cell()

    def _formula(self, record: Record) -> None:
        """A text that it gave stands in the next record."""
        self._place(record.body)
        value, flags = record.body[6:14], int.from_bytes(record.body[14:16], "little")
        tokens = record.body[22 : 22 + int.from_bytes(record.body[20:22], "little")]
        formula = _place(record.body), [*_texts(tokens)]
        if value[6:] != _NO_NUMBER:
            self.part.cells[-1].append(f"{struct.unpack('<d', value)[0]:.15g}")
        if _TEXT_FOLLOWS.match(value):
            self._awaits = formula
        elif value == bytes(8) and flags & _NOT_COUNTED and (formula[1] or tokens[-1:] == _JOINS):
            self.part.unkept.append(formula)

    def _result(self, record: Record) -> None:
        self._awaits = None
        self._say(self.letters.long(record.body, 0))

    def _box(self, record: Record) -> None:
        count = int.from_bytes(record.body[10:12], "little")
        if count and len(record.pieces) > 1:
            for line in re.split(r"[\r\n]", _Pieces(record.pieces[1:]).letters(count)):
                self.part.rows.append(Row(line))
                self.part.beside.append(line)
            self.part.rows.append(Row(""))

    def _margin(self, record: Record) -> None:
        if record.body:
            for text in of_margin(self.letters.margin(record.body)):
                self._beside(text)

    def _beside(self, text: str) -> None:
        self.part.rows.append(Row(text, in_margin=True))
        self.part.beside.append(text)

    def _cell(self, body: bytes, text: str) -> None:
        self._place(body)
        self._say(text)

    def _place(self, body: bytes) -> None:
        row = int.from_bytes(body[:2], "little")
        if row != self._row:
            self.part.rows += self.table.end_row()
            self.part.cells.append([])
            self._row = row

    def _say(self, text: str) -> None:
        self.part.rows.append(Row(text, in_table=True, in_list=self.table.in_list))
        if self.part.cells:
            self.part.cells[-1].append(text)
        self.table.add(text)
        self.table.end_cell()


def _records(data: bytes) -> Iterator[Record]:
    at, begun = 0, None
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        body = data[at + 4 : at + 4 + size]
        if kind == _GOES_ON and begun is not None:
            begun = begun._replace(pieces=(*begun.pieces, body))
        else:
            if begun is not None:
                yield begun
            begun = Record(at, kind, (body,))
        at += 4 + size
    if begun is not None:
        yield begun


def _texts(tokens: bytes) -> Iterator[str]:
    """Those of a formula that are not compared with what stands before them."""
    for found in _IN_FORMULA.finditer(tokens):
        ends = found.end() + found[1][0] * (2 if found[2] == b"\1" else 1)
        tokens_within = tokens[found.end() : ends]
        if len(tokens) >= ends and not _COMPARES.count(tokens[ends : ends + 1] or b"\0"):
            yield tokens_within.decode("utf-16-le" if found[2] == b"\1" else "latin-1", "replace")


def _place(body: bytes) -> str:
    """A1 and the like."""
    row, column = struct.unpack_from("<HH", body)
    letters = chr(ord("A") + column % 26)
    return f"{chr(ord('A') + column // 26 - 1) if column > 25 else ''}{letters}{row + 1}"


def _small(packed: int) -> float:
    """A number in four bytes: a whole one, or the upper half of another, perhaps in hundredths."""
    if packed & 2:
        value: float = (packed >> 2) - ((packed >> 31) << 30)
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return value / 100 if packed & 1 else value


def _code_page(number: int) -> str:
    """Of the letters of an old book; what is not known here is read as Western."""
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
