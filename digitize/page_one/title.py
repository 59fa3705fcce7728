"""Cells 5a, 5b, 9a and 10b of a first page: type, abstract, to whom, how urgent."""

import re
from collections.abc import Sequence

from archive_service.law import code_list
from archive_service.text import fold, place_tones
from digitize.ocr.edit_distance import edits
from digitize.ocr.layout import layout
from digitize.page_one.head import Found
from digitize.page_one.lines import Piece, like, rows

LETTER = "22"  # công văn, in the code list of types
TEXT_LEFT, TEXT_RIGHT = 0.143, 0.905  # margins of 30 and 20 mm
_CENTRED = 0.05  # share of the page by which both sides of a centred line may differ
_INDENTED = 0.025  # what a centred line keeps free at both sides at least
_APART = 1.45  # distance of two lines, against that of the first two: more parts them
_MOST_LINES = 8
_LONG_NAME, _MISREAD = 7, 1  # a type's name of so many letters may have so many wrong ones
_ABOUT = re.compile(r"^\W*(?:v\s*/?\s*v|v[il1]v|v\s*/\s*y|ve\s+viec)\b")
_PAGE_NUMBER = re.compile(r"^trang\s*\d+(?:\s*/\s*\d+)?\W*$")
_ADDRESSED = re.compile(r"^\W*k\S{2,3}\s+g\S{1,3}\s*[:;.]?\s*")


def find_type(pieces: Sequence[Piece], below: float) -> tuple[Piece, str] | None:
    """The heading that names a type of document, and its code; the topmost one."""
    cell, names = layout()["type"], code_list("typeName")
    for piece in pieces:
        if piece.top < below or not piece.within(cell.box) or not piece.is_capital:
            continue
        bare = fold(place_tones(piece.text)).strip(" .:;,-*|_'\"")
        apart = {code: _apart(bare, fold(label)) for code, label in names.codes.items()}
        nearest = min(apart, key=lambda code: apart[code])
        if apart[nearest] <= _MISREAD:
            return piece, nearest
    return None


def find_plain_type(pieces: Sequence[Piece], below: float) -> tuple[Piece, str] | None:
    """As ``find_type`` on a page without centred lines: a line that is a type's name alone."""
    names = {fold(label): code for code, label in code_list("typeName").codes.items()}
    lowest = layout()["type"].box[3]
    for piece in pieces:
        if below <= piece.top and piece.bottom <= lowest and piece.is_capital:
            code = names.get(fold(place_tones(piece.text)).strip(" .:;,-*|_'\""))
            if code is not None:
                return piece, code
    return None


def plain_abstract(pieces: Sequence[Piece], heading: Piece) -> Found | None:
    """The line under such a heading that says "Về việc", and what goes on in small letters."""
    lines: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.top):
        if piece.top < heading.bottom - 0.004:
            continue
        goes_on = piece.text[:1].islower() if lines else _ABOUT.match(piece.folded) is not None
        if not goes_on or _starts_other(piece) or len(lines) == _MOST_LINES:
            break
        lines.append(piece)
    return _joined(lines)


def type_of_symbol(symbol: str) -> str:
    """The code of the type that begins a symbol, as in QĐ-UBND or 12/2025/TT-BNV; or nothing."""
    begins = symbol.partition("-")[0].rpartition("/")[2] if "-" in symbol else ""
    short = code_list("typeName").abbreviations
    return next((code for code, letters in short.items() if letters == begins), "")


def abstract_below(pieces: Sequence[Piece], heading: Piece) -> Found | None:
    """The centred lines under the type, down to the rule that closes them."""
    lines: list[Piece] = []
    for row in rows(piece for piece in pieces if piece.top > heading.bottom - 0.004):
        line = row[0]
        if len(row) > 1 or not _is_centred(line) or _starts_other(line):
            break
        if not _follows(lines, line, heading) or len(lines) == _MOST_LINES:
            break
        if line.is_capital and lines and not lines[-1].is_capital:
            break
        lines.append(line)
    return _joined(lines)


def letter_abstract(pieces: Sequence[Piece], below: float) -> Found | None:
    """The lines that begin with V/v, under number and symbol of a công văn."""
    cell = layout()["letter-abstract"]
    column = [one for one in pieces if one.top > below - 0.004 and one.within(cell.box)]
    start = next((at for at, one in enumerate(column) if _ABOUT.match(one.folded)), None)
    if start is None:
        return None
    lines = [column[start]]
    for piece in column[start + 1 :]:
        step = piece.top - lines[-1].top
        usual = 2.2 * lines[0].height if len(lines) == 1 else _APART * (lines[1].top - lines[0].top)
        if step > usual or _starts_other(piece) or len(lines) == _MOST_LINES:
            break
        if step > 0.004:
            lines.append(piece)
    return _joined(lines)


def addressee(pieces: Sequence[Piece]) -> Found | None:
    """To whom it is addressed (Kính gửi), as one text; several parted by semicolons."""
    cell = layout()["addressee"]
    for row in rows(piece for piece in pieces if piece.within(cell.box)):
        words = tuple(word for piece in row for word in piece.words)
        text = " ".join(word.text for word in words)
        match = _ADDRESSED.match(fold(text))
        if match is None or not like(" ".join(fold(text).split()[:2]).strip(":"), "kinh gui"):
            continue
        lines = [text[match.end() :].strip()] if match.end() < len(text) else []
        used = list(words)
        first = row[0]
        for below in rows(piece for piece in pieces if piece.top > first.bottom - 0.004):
            wording = " ".join(piece.text for piece in below)
            ended = bool(lines) and lines[-1].endswith((".", "./."))
            listed = wording.lstrip().startswith("-")
            if ended or len(lines) >= _MOST_LINES or not (listed or _is_inset(below)):
                break
            if below[0].top - first.top > 3.2 * first.height * (len(lines) + 1):
                break
            lines.append(wording.lstrip(" -"))
            used.extend(word for piece in below for word in piece.words)
        value = " ".join(lines).strip(" .;,-")
        return Found(value, tuple(used)) if value else None
    return None


def urgency(pieces: Sequence[Piece]) -> Found | None:
    """The mark of cell 10b, alone and in capitals."""
    cell = layout()["urgency"]
    for piece in pieces:
        if not piece.is_capital or not piece.within(cell.box):
            continue
        text = " ".join("".join(filter(str.isalpha, word)) for word in piece.folded.split())
        for level, folded in zip(cell.words, cell.folded, strict=True):
            if text == folded or (len(folded) > 6 and edits(text, folded) <= 1):
                return Found(level, piece.words, text=piece.text)
    return None


def _apart(bare: str, wanted: str) -> int:
    """Letters that differ; a short name has to be read as it is."""
    if len(wanted) < _LONG_NAME:
        return 0 if bare == wanted else _MISREAD + 1
    return edits(bare, wanted)


def _is_centred(line: Piece) -> bool:
    left, right = line.left - TEXT_LEFT, TEXT_RIGHT - line.right
    return abs(left - right) < _CENTRED and min(left, right) > _INDENTED


def _is_inset(row: Sequence[Piece]) -> bool:
    """Whether the row stands well inside of the left margin, as addressees do."""
    return row[0].left > TEXT_LEFT + 0.09


def _starts_other(line: Piece) -> bool:
    """Whether another cell begins here: addressee, grounds, the words of enactment."""
    start = line.folded.lstrip(" -'\"*")
    if start.startswith(("kinh gui", "can cu", "xet ", "dieu 1", "thuc hien", "noi nhan")):
        return True
    return _PAGE_NUMBER.match(start) is not None or (
        _ADDRESSED.match(start) is not None and like(" ".join(start.split()[:2]), "kinh gui")
    )


def _follows(lines: Sequence[Piece], line: Piece, heading: Piece) -> bool:
    """Whether no gap parts the line from what stands above it."""
    if not lines:
        return line.top - heading.bottom < 2.2 * heading.height
    if len(lines) == 1:
        return line.top - lines[0].bottom < 1.3 * max(line.height, lines[0].height)
    return line.top - lines[-1].top < _APART * (lines[1].top - lines[0].top)


def _joined(lines: Sequence[Piece]) -> Found | None:
    words = tuple(word for line in lines for word in line.words)
    value = " ".join(line.text for line in lines).strip(" -_|*")
    return Found(value, words) if value else None
