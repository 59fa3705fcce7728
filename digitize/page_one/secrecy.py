"""The mark of a state secret (MẬT, TỐI MẬT, TUYỆT MẬT) in its cell of a page, and only there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive_service.errors import InputError
from archive_service.text import fold
from digitize.ocr.edit_distance import edits
from digitize.ocr.layout import Cell, layout
from digitize.ocr.words import PageReading
from digitize.page_one.lines import Box, Piece, pieces_of, place_of, stamps_of

SECRECY_MARK = "secrecy-mark-found"  # kind of the incident, and code of the finding
_SURE, _LIKELY = 1.0, 0.8  # of the engine's confidence: with its marks right, or badly read
_TOP_OF_NEXT = 0.20  # on a page that opens no document the mark stands above the text
_TWICE = re.compile(r"(\w)\1+")
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

    A mark stands alone, in capitals, at the upper left under number and symbol. Words of running
    text (bảo mật, bí mật), of headings (MẬT MÃ) and of tables are none. Red or framed letters that
    say so and nothing else are one wherever they stand at the upper left.

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
        and piece.within(cell.box)
        and not _is_running_text(piece, pieces)
        and (opens or _stands_alone(piece, pieces))
    ]
    # A stamp stands by itself, whatever it is set upon, and not always in its cell.
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
    """The level whose words, all of them and no others, the piece holds in capitals."""
    words = [word.text for word in piece.words if sum(map(str.isalpha, word.text)) > 1]
    if not words or len(words) > 2 or not piece.is_capital:
        return None
    if any(letter.isdigit() for letter in piece.text):
        return None
    said = " ".join("".join(filter(str.isalpha, fold(word))) for word in words)
    said = _TWICE.sub(r"\1", said)  # a letter with two marks is read as two letters
    for level, folded in zip(cell.words, cell.folded, strict=True):
        if edits(said, folded) <= len(folded) // 5:
            return level
    return None


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
    before, after = layout()["secret-compounds"], layout()["secret-continued"]
    for piece in pieces:
        if piece is mark or piece.left > mark.right or piece.right < mark.left - 0.25:
            continue
        if 0 <= mark.top - piece.bottom < _NEAR * mark.height:
            if _bare(piece.folded.split()[-1:]) in before.folded:
                return True
        elif 0 <= piece.top - mark.bottom < _NEAR * mark.height and (
            _bare(piece.folded.split()[:1]) in after.folded
        ):
            return True
    return False


def _stands_alone(mark: Piece, pieces: Sequence[Piece]) -> bool:
    """On a page that opens no document: near its top, nothing beside it, not one of many."""
    if mark.top > _TOP_OF_NEXT:
        return False
    middle = (mark.top + mark.bottom) / 2
    beside = [one for one in pieces if one is not mark and one.top < middle < one.bottom]
    return not beside


def _bare(words: Sequence[str]) -> str:
    return "".join("".join(filter(str.isalpha, word)) for word in words)
