"""Cells 2, 3 and 4 of a first page: who issued it, its number and symbol, place and date."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive_service import clock
from archive_service.text import fold
from digitize.ocr.edit_distance import edits
from digitize.ocr.layout import layout
from digitize.ocr.words import Word
from digitize.page_one.lines import Piece, like

# "Số: 126/QĐ-SCT", as it may be read: Só, S6, 5ố; a dot for the colon; blanks anywhere.
_NUMBER = re.compile(
    r"^\W*[s5$][o06e]\s*[:;.,*'\"]*\s*(?P<number>[0-9oilszbgq|\s.,]*?)"
    r"\s*[/|\u2044\u2215]+\s*(?P<symbol>\S.*)$"
)
# The slash was lost, or joined to what stands beside it.
_SLASHLESS = re.compile(
    r"^\W*[s5$][o06e]\s*[:;.,]\s*(?P<number>[0-9]{1,5})\W?\s?(?P<symbol>[a-z]{2,6}\s*-\s*[a-z]\S*)$"
)
_BARE_NUMBER = re.compile(
    r"^\W*(?P<number>[0-9]{1,6})\s*[/\u2044]\s*(?P<symbol>[a-z0-9]+\s*-\s*\S.*)$"
)
_DATE = re.compile(
    r"(?P<place>.*?)\W*\b(?P<ngay>[a-z]{3,5})\W{0,2}(?P<day>[0-9oilsz|]{1,2})\W{0,3}"
    r"(?P<thang>[a-z]{4,6})\W{0,2}(?P<month>[0-9oilsz|]{1,2})\W{0,3}"
    r"(?P<nam>[a-z]{2,4})\W{0,2}(?P<year>[0-9oilsz|]{4})\b"
)
# A place of a few words, a comma, the date, and nothing after it.
_DATE_LINE = re.compile(r"^(?:[^\W\d]+\W){1,5}\s*ngay\W.*\bnam\W+\S{4}\W*$")
_DIGITS = str.maketrans({"o": "0", "i": "1", "l": "1", "|": "1", "s": "5", "z": "2", "b": "8"})
_DIGITS.update(str.maketrans({"g": "9", "q": "9"}))
_LETTERS = str.maketrans("0158", "OISB")
_LEAST_GROUP = 3
_LONG_HEAD = 4  # letters of a name's first words, from which one in four may be misread
_D_WITH_STROKE = chr(0x110)
_FIRST_YEAR = 1945
_UNSURE = 0.85  # of the confidence, where letters had to be put right
_DATE_WORDS = ("ngay", "thang", "nam")
_BESIDE = 0.035  # share of the page by which number and date may stand apart in height
_UNDER = 3.5  # heights of the number's line within which the next two lines begin
_ROW = 0.012  # share of the page: pieces of one row differ by less


@dataclass(frozen=True, slots=True)
class Found:
    """A value with the words it was read from; ``sure`` is from 0 to 1."""

    value: str
    words: tuple[Word, ...]
    sure: float = 1.0
    text: str = ""  # as printed, where the value is another form of it


def find_number(pieces: Sequence[Piece]) -> tuple[Piece, re.Match[str]] | None:
    """The piece of cell 3, matched on its folded text."""
    within = [piece for piece in pieces if piece.within(layout()["number"].box)]
    for pattern in (_NUMBER, _BARE_NUMBER, _SLASHLESS):
        for piece in within:
            if (match := pattern.match(piece.folded)) is not None:
                return piece, match
    return None


def number_and_symbol(piece: Piece, match: re.Match[str], issuer: str) -> dict[str, Found]:
    """``number`` where it was filled in, and ``symbol`` with its letters put right."""
    found = {}
    read = "".join(filter(str.isalnum, match["number"]))
    digits = read.translate(_DIGITS)
    if digits.isdecimal():
        sure = 1.0 if digits == read and match.re is not _SLASHLESS else _UNSURE
        found["number"] = Found(digits, piece.words, sure)
    printed = _printed(piece, match, "symbol")
    symbol, sure = _symbol(printed, issuer)
    if symbol:
        found["symbol"] = Found(symbol, piece.words, sure, printed)
    return found


def issuer_lines(pieces: Sequence[Piece], number: Piece | None) -> list[Piece]:
    """The lines of cell 2, from the top."""
    cell = layout()["issuer"]
    above = number.top if number is not None else cell.box[3]
    lines = [
        piece
        for piece in pieces
        if piece.within(cell.box) and piece.bottom <= above + 0.004 and piece.is_capital
    ]
    return lines[-4:]


def issuer_found(lines: Sequence[Piece]) -> dict[str, Found]:
    """``superior``, where the first lines name it, and ``issuer``."""
    start = _own_line(lines)
    found = {}
    if start:
        found["superior"] = _joined(lines[:start])
    if lines[start:]:
        found["issuer"] = _joined(lines[start:])
    return found


def place_and_date(pieces: Sequence[Piece], number: Piece | None = None) -> dict[str, Found]:
    """``place`` and ``date`` (ISO 8601) of cell 4, beside ``number`` where that was found.

    A day that was left open gives none.
    """
    cell = layout()["date"].box
    within = [piece for piece in pieces if piece.within(cell) and piece.left > cell[0]]
    if number is not None:
        within = [piece for piece in within if abs(piece.top - number.top) < _BESIDE]
    return _dated(within) or ({} if number is None else _dated_below(pieces, number))


def _dated_below(pieces: Sequence[Piece], number: Piece) -> dict[str, Found]:
    """Of a head in one column: the line under the number, which holds place and date alone."""
    below = [piece for piece in pieces if 0 < piece.top - number.top < _UNDER * number.height]
    return _dated([piece for piece in below if _DATE_LINE.match(piece.folded)])


def _dated(within: Sequence[Piece]) -> dict[str, Found]:
    for piece in within:
        row = [
            neighbour
            for neighbour in within
            if abs(neighbour.top - piece.top) < _ROW and neighbour.left >= piece.left
        ]
        words = tuple(
            word for piece in sorted(row, key=lambda piece: piece.left) for word in piece.words
        )
        text = " ".join(word.text for word in words)
        match = _DATE.match(fold(text))
        if match is None or any(edits(match[name], name) > 1 for name in _DATE_WORDS):
            continue
        figures = [match[part] for part in ("day", "month", "year")]
        day = _day(figures)
        if day is None:
            continue
        sure = 1.0 if all(part.isdecimal() for part in figures) else _UNSURE
        found = {"date": Found(day.isoformat(), words, sure, text)}
        place = text[: match.end("place")].strip(" ,.;-") if len(fold(text)) == len(text) else ""
        if place:
            found["place"] = Found(place, words[: len(place.split())] or words)
        return found
    return {}


def initials(name: str) -> str:
    """First letters of a name's words in capitals, đ kept: how a symbol names its issuer."""
    kept = []
    for word in name.upper().split():
        letter = word[0]
        if not letter.isalpha():
            continue
        kept.append(letter if letter == _D_WITH_STROKE else fold(letter).upper())
    return "".join(kept)


def _day(figures: Sequence[str]) -> dt.date | None:
    try:
        day, month, year = (int(part.translate(_DIGITS)) for part in figures)
        told = dt.date(year, month, day)
    except ValueError:
        return None
    return told if told.year >= _FIRST_YEAR and told <= clock.today() else None


def _printed(piece: Piece, match: re.Match[str], group: str) -> str:
    """The group as it is printed; folded where folding changed the number of letters."""
    text = piece.text
    start, end = match.span(group)
    return text[start:end] if len(text) == len(match.string) else match[group]


def _symbol(printed: str, issuer: str) -> tuple[str, float]:
    """Groups joined by hyphens without blanks; each put right where it is nearly a known one."""
    text = re.sub(r"\s*[-–—_~]+\s*", "-", printed.strip(" .,;:'\"*|"))
    text = re.sub(r"\s*/\s*", "/", text).split("  ")[0]
    # A blank inside of a group.
    text = re.sub(r"(?<=[A-Z\u0110a-z])\s+(?=[A-Z\u0110]{1,4}$)", "", text)
    text = text.split(" ")[0].strip(".,;:'\"*|-")
    known = (*layout()["types"].words, *layout()["notations"].words, issuer)
    sure = 1.0
    groups = []
    for group in text.split("-"):
        year, slash, rest = group.rpartition("/")
        right, trust = _group(rest, [name for name in known if name])
        groups.append(f"{year}{slash}{right}")
        sure = min(sure, trust)
    return "-".join(groups), sure


def _group(group: str, known: Sequence[str]) -> tuple[str, float]:
    if group in known or not group:
        return group, 1.0
    bare = fold(group.translate(_LETTERS))
    for name in known:
        if fold(name) == bare:
            return name, 0.95
    # One letter misread, where only one known group is so near.
    near = {name for name in known if len(name) == len(bare) and edits(fold(name), bare) <= 1}
    if len(bare) >= _LEAST_GROUP and len(near) == 1:
        return near.pop(), _UNSURE
    return group, 0.95


def _own_line(lines: Sequence[Piece]) -> int:
    """With which line the issuer's own name begins, after the superior's."""
    superiors, agencies = layout()["superiors"].folded, layout()["agencies"].folded
    if len(lines) < 2 or not _begins(lines[0], superiors):
        return 0
    for number in range(len(lines) - 1, 0, -1):
        if _begins(lines[number], agencies):
            return number
    # The committee of a district or commune stands under that of its province or district.
    for number in range(len(lines) - 1, 0, -1):
        if _begins(lines[number], ("uy ban nhan dan", "ubnd", "hoi dong nhan dan", "hdnd")):
            return number
    return 0


def _begins(line: Piece, names: Sequence[str]) -> bool:
    words = fold(line.text.translate(_LETTERS)).split()
    for name in names:
        count = name.count(" ") + 1
        head = " ".join(words[:count])
        if head == name or (len(name) >= _LONG_HEAD and like(head, name, share=0.25)):
            return True
    return False


def _joined(lines: Sequence[Piece]) -> Found:
    words = tuple(word for line in lines for word in line.words)
    return Found(" ".join(line.text for line in lines).strip(" -_.,|"), words)
