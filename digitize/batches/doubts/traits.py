"""Traits of a page that are kept to compare it with others: few, as pages are thousands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive_service.text import fold
from digitize.ocr.layout import layout
from digitize.ocr.words import PageReading
from digitize.page_one.head import find_number, place_and_date
from digitize.page_one.lines import Piece, pieces_of

_PRINTED = re.compile(r"^\W*(?:trang|tr|page)?\W*(\d{1,3})(?:\s*/\s*\d{1,3})?\W*$")
_CODE = re.compile(
    r"\b(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){1,3})"
    r"\.(?:19|20)\d{2}\.\d{1,4}(?:\.[A-Z\u0110]{1,10})?\b"
)
_TOKEN = re.compile(r"\w+")
_TOUCHING = 0.004  # share of the page by which a number's line may reach into the next one
# "a)", "12.", "IV.", "-": an item of a list begins anew, in whatever case.
_ITEM = re.compile(r"^\W*(?:(?:\d{1,3}|[^\W\d_]|[ivxl]{1,5})[.)]|[-+*\u2022])\s", re.IGNORECASE)
_CLOSING = re.compile(r"[.:;!?/]\W*$")
_TEXT_TOP, _TEXT_BOTTOM = 0.045, 0.97  # between them stands the text; above, the page number
# Codes stand on labels and stamps at the head or in the foot margin; in the text, as mentions.
_CODE_BELOW, _CODE_ABOVE = 0.20, 0.93
_CODE_WORDS = 4
_FULL_LINE = 0.86  # of the page's width: a line that reaches it goes on in the next one
_SURE = 60.0  # confidence below which a word says nothing about names
_LEAST_LINES = 4


@dataclass(frozen=True, slots=True)
class PageTraits:
    """``printed`` is the page number in its margin; ``words`` its text folded, in order.

    ``goes_on`` tells that its last line ends within a sentence, ``continues`` that its first one
    begins within one; ``None`` where that cannot be told. ``names`` are proper names, folded.
    """

    printed: int | None = None
    opens: bool = False
    words: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    goes_on: bool | None = None
    continues: bool | None = None


def traits_of(reading: PageReading) -> PageTraits:
    """The traits of one page."""
    pieces = pieces_of(reading)
    number = _printed(pieces)
    text = [piece for piece in pieces if piece is not number]
    body = [piece for piece in text if piece.top > _TEXT_TOP and piece.bottom < _TEXT_BOTTOM]
    printed = _PRINTED.match(number.folded) if number is not None else None
    return PageTraits(
        printed=int(printed[1]) if printed is not None else None,
        opens=_opens(pieces),
        words=tuple(token for piece in text for token in _TOKEN.findall(piece.folded)),
        names=_names(text),
        codes=_codes(text),
        goes_on=_goes_on(body),
        continues=_continues(body),
    )


def _printed(pieces: Sequence[Piece]) -> Piece | None:
    """The piece that holds the page number: alone above all text, or else below it."""
    found = [piece for piece in pieces if _PRINTED.match(piece.folded)]
    text = [
        piece for piece in pieces if piece not in found and sum(map(str.isalpha, piece.text)) > 1
    ]
    top = min((piece.top for piece in text), default=1.0) + _TOUCHING
    bottom = max((piece.bottom for piece in text), default=0.0) - _TOUCHING
    head, foot = layout()["page-number"].box, layout()["page-number-foot"].box
    above = (word for word in found if word.within(head) and word.bottom <= top)
    below = (word for word in found if word.within(foot) and word.top >= bottom)
    return next(above, None) or next(below, None)


def _opens(pieces: Sequence[Piece]) -> bool:
    """Whether a document begins here: two of state, number, place and date at the head."""
    box = layout()["state"].box
    state = any("cong hoa xa hoi" in piece.folded for piece in pieces if piece.within(box))
    signs = state, find_number(pieces) is not None, bool(place_and_date(pieces))
    return sum(signs) >= 2


def _codes(pieces: Sequence[Piece]) -> frozenset[str]:
    head = [
        piece.text.upper()
        for piece in pieces
        if (piece.bottom < _CODE_BELOW or piece.top > _CODE_ABOVE)
        and len(piece.words) <= _CODE_WORDS
    ]
    return frozenset(code for text in head for code in _CODE.findall(text))


def _names(pieces: Sequence[Piece]) -> frozenset[str]:
    """Two to four capitalized words in a row within a sentence, read well: Nà Sáng, Đà Ngân."""
    found = set()
    for piece in pieces:
        if piece.is_capital:
            continue
        run: list[str] = []
        before = "."  # what opens a line may open a sentence
        for word in (*piece.words, None):
            bare = word.text.strip("\"'“”().,;:") if word is not None else ""
            capital = word is not None and bare[:1].isupper() and bare[1:].islower()
            starts = not run and before.endswith((".", ":", ";", "-"))
            if capital and word is not None and word.confidence >= _SURE and not starts:
                run.append(fold(bare))
                ended = word.text.endswith((",", ".", ";", ":", ")"))
            else:
                ended = True
            if ended and run:
                if len(run) > 1:
                    found.add(" ".join(run[:4]))
                run = []
            before = word.text if word is not None else ""
    return frozenset(found)


def _goes_on(body: Sequence[Piece]) -> bool | None:
    if len(body) < _LEAST_LINES:
        return None
    last = body[-1]
    if _CLOSING.search(last.text):
        return False
    return True if last.right > _FULL_LINE and len(last.words) > 4 else None


def _continues(body: Sequence[Piece]) -> bool | None:
    if len(body) < _LEAST_LINES:
        return None
    first = body[0]
    if _ITEM.match(first.text):
        return False
    letter = next((sign for sign in first.text if sign.isalpha()), "")
    if not letter or first.is_capital or len(first.words) < 3:
        return None
    return letter.islower()
