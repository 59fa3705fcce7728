"""The mark of a state secret (MẬT, TỐI MẬT, TUYỆT MẬT) in its cell of a page, and only there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive_service.errors import InputError
from archive_service.formats.secrecy import beside_mark, nouns_of_mark, without_copy_number
from archive_service.text import fold, is_word_of, nfc
from digitize.ocr.edit_distance import edits
from digitize.ocr.layout import Cell, layout
from digitize.ocr.words import PageReading
from digitize.page_one.lines import Box, Piece, pieces_of, place_of, stamps_of

SECRECY_MARK = "secrecy-mark-found"  # kind of the incident, and code of the finding
_SURE, _LIKELY = 1.0, 0.8  # of the engine's confidence: with its marks right, or badly read
_TOP_OF_NEXT = 0.20  # on a page that opens no document the mark stands above the text
_WORD = re.compile(r"[^\W\d_]+")
_TWICE = re.compile(r"(\w)\1+")
_APART = 0.06  # of the page's width: as near as that, something stands beside it
_NEAR = 1.2  # heights of a line: nearer than that, print goes on from one line to the next


class SecrecyMarkFoundError(InputError):
    """The page bears the mark of a state secret: nothing is made of it."""

    code = SECRECY_MARK


@dataclass(frozen=True, slots=True)
class SecrecyMark:
    """What was found: the level as it is printed, in capitals, and where."""

    level: str
    confidence: float  # 0 to 100
    box: Box  # shares of the upright page

    def as_facts(self) -> dict[str, object]:
        """For a finding, an event or an incident."""
        return {"level": self.level, "confidence": self.confidence, "box": list(self.box)}


def secrecy_mark(reading: PageReading) -> SecrecyMark | None:
    """The mark in cell 10a of the page, the highest level where there are several.

    A mark stands alone, in capitals, at the upper left under number and symbol; at the head or the
    foot of the page, where some put it, nothing may stand beside it. Words of running text (bảo
    mật, bí mật), of headings (MẬT MÃ) and of tables are none. Coloured, framed or tilted letters
    that say so and nothing else are one wherever they stand.

    Source:
        NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục IV, ô 10a.
    """
    cell = layout()["secrecy"]
    pieces = pieces_of(reading)
    opens = _opens_document(pieces)
    found = [
        (level, piece)
        for piece in pieces
        if (level := _level(piece, cell)) is not None
        and _is_placed(piece, cell, pieces)
        and not _is_running_text(piece, pieces)
        and (opens or _stands_alone(piece, pieces))
    ]
    # A stamp stands by itself, whatever it is set upon, and seldom in its cell.
    stamps = ((_level(piece, cell), piece) for piece in stamps_of(reading))
    found += [(level, piece) for level, piece in stamps if level is not None]
    if not found:
        return None
    level, piece = max(found, key=lambda one: cell.words.index(one[0]))
    sure = _SURE if level.upper() in piece.text.upper() else _LIKELY
    confidence = round(sure * piece.confidence, 1)
    return SecrecyMark(level.upper(), confidence, place_of(reading, piece.words))


def refuse_secret(name: str, reading: PageReading) -> None:
    """``SecrecyMarkFoundError`` where the page of this name bears a mark."""
    if (mark := secrecy_mark(reading)) is not None:
        raise SecrecyMarkFoundError(name=name, **mark.as_facts())


def _level(piece: Piece, cell: Cell) -> str | None:
    """The level whose words, all of them and no others, the piece holds in capitals.

    Words that are set beside a mark (HỎA TỐC), or name what it is on (TÀI LIỆU), do not count.
    """
    text = without_copy_number(piece.text)
    if not piece.is_capital or any(letter.isdigit() for letter in text):
        return None
    folded = _WORD.findall(fold(text))
    words = _stripped([word for word in folded if len(word) > 1] or ["".join(folded)])
    if not 0 < len(words) <= 2:
        return None
    wording = _TWICE.sub(r"\1", " ".join(words))  # a letter with two marks is read as two letters
    for level, wanted in zip(cell.words, cell.folded, strict=True):
        if edits(wording, wanted) <= len(wanted) // 5:
            return level
    return None


def _stripped(words: list[str]) -> list[str]:
    """Without what stands beside a mark, on one side of it or on both, and a noun before it."""
    for phrases, at_end in (
        (beside_mark(), True),
        (beside_mark(), False),
        (nouns_of_mark(), False),
    ):
        for phrase in phrases:
            count = len(phrase.split())
            part = words[-count:] if at_end else words[:count]
            if count < len(words) and _is_like(" ".join(part), phrase):
                words = words[:-count] if at_end else words[count:]
                break
    return words


def _is_like(read: str, phrase: str) -> bool:
    return edits(read, phrase) <= len(phrase) // 5


def _is_placed(mark: Piece, cell: Cell, pieces: Sequence[Piece]) -> bool:
    """Whether it stands in its cell, or with nothing near it at the head or foot of the page."""
    if mark.within(cell.box):
        return True
    if not any(mark.within(layout()[key].box) for key in ("secrecy-head", "secrecy-foot")):
        return False
    middle = (mark.top + mark.bottom) / 2
    return not any(
        piece is not mark
        and piece.top < middle < piece.bottom
        and max(piece.left - mark.right, mark.left - piece.right) < _APART
        and any(map(str.isalpha, piece.text))
        for piece in pieces
    )


def _opens_document(pieces: Sequence[Piece]) -> bool:
    """Whether the name of the state, or number and symbol, stand at the head of the page."""
    state = layout()["state"]
    return any(
        "cong hoa xa hoi" in piece.folded or "viet nam" in piece.folded[-10:]
        for piece in pieces
        if piece.within(state.box)
    )


def _is_running_text(mark: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether the line above leads to it, or the line below goes on from it."""
    before, after = layout()["secret-compounds"].words, layout()["secret-continued"].words
    named = mark.folded.strip(" |[]()").startswith(nouns_of_mark())
    for piece in pieces:
        if piece is mark or piece.left > mark.right or piece.right < mark.left - 0.25:
            continue
        if 0 <= mark.top - piece.bottom < _NEAR * mark.height:
            if _is_one(piece.text.split()[-1:], before, piece):
                return True
            if named and piece.is_capital and not _is_office(piece):  # a title goes on
                return True
        elif 0 <= piece.top - mark.bottom < _NEAR * mark.height and _is_one(
            piece.text.split()[:1], after, piece
        ):
            return True
    return False


def _is_office(piece: Piece) -> bool:
    """Whether it is the name of an agency, or of the state, and no title."""
    keys = ("superiors", "agencies", "state")
    return piece.folded.startswith(tuple(folded for key in keys for folded in layout()[key].folded))


def _stands_alone(mark: Piece, pieces: Sequence[Piece]) -> bool:
    """On a page that opens no document: near its top, nothing beside it, not one of many."""
    if mark.top > _TOP_OF_NEXT:
        return False
    middle = (mark.top + mark.bottom) / 2
    beside = [piece for piece in pieces if piece is not mark and piece.top < middle < piece.bottom]
    return not beside


def _is_one(printed: Sequence[str], words: Sequence[str], line: Piece) -> bool:
    """Whether it is one of these words; with its marks, unless the line was read without any."""
    word = "".join(filter(str.isalpha, nfc("".join(printed)))).casefold()
    is_bare = fold(line.text) == nfc(line.text).casefold()
    return word in words or (is_bare and is_word_of(word, words))
