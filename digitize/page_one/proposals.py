"""Data read from the first and the signed page of a document: proposals, never facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from digitize.ocr.layout import layout
from digitize.ocr.words import PageReading
from digitize.page_one.foot import find_recipients_anchor, recipients, signer
from digitize.page_one.head import (
    Found,
    find_number,
    initials,
    issuer_found,
    issuer_lines,
    number_and_symbol,
    place_and_date,
)
from digitize.page_one.lines import Box, Piece, pieces_of, place_of
from digitize.page_one.secrecy import secrecy_mark
from digitize.page_one.title import (
    LETTER,
    abstract_below,
    addressee,
    find_plain_type,
    find_type,
    letter_abstract,
    plain_abstract,
    type_of_symbol,
    urgency,
)

# In the order in which people are shown them; each is a key of labels.page-one.
FIELDS = (
    "superior",
    "issuer",
    "number",
    "symbol",
    "place",
    "date",
    "type",
    "abstract",
    "addressee",
    "signer",
    "position",
    "recipients",
    "urgency",
    "secrecy",
)
_GUESSED_LETTER = 0.9  # a công văn is told by what is missing: a type in the heading
_OF_SYMBOL = 0.9  # a type that its symbol tells, and no heading
_FOOT_PAGES = 6  # from the end: annexes may follow the page that is signed


@dataclass(frozen=True, slots=True)
class Proposal:
    """One field as it was read. ``value``: dates ISO 8601, types their code; else as printed."""

    value: str
    text: str  # as printed
    confidence: float  # 0 to 100
    page: int  # of the document's pages, from 0
    box: Box  # shares of the upright page

    def as_dict(self) -> dict[str, Any]:
        """Plain data, to be kept."""
        return {
            "value": self.value,
            "text": self.text,
            "confidence": self.confidence,
            "page": self.page,
            "box": list(self.box),
        }


def read_page_one(readings: Sequence[PageReading]) -> dict[str, Proposal]:
    """What the layout cells of NĐ 30/2020 hold, by field; a cell that is not found is absent.

    Args:
        readings: the document's pages in order, blank ones left out.
    """
    if not readings:
        return {}
    first = pieces_of(readings[0])
    found = {name: (value, 0) for name, value in _head_and_title(first).items()}
    mark = secrecy_mark(readings[0])
    for number, pieces in _foot_pages(readings, first):
        anchor = find_recipients_anchor(pieces)
        signer_read = signer(pieces, anchor)
        if anchor is None and "signer" not in signer_read:
            continue
        if anchor is not None and (receiving := recipients(pieces, anchor)) is not None:
            signer_read["recipients"] = receiving
        found |= {name: (value, number) for name, value in signer_read.items()}
        break
    proposals = {
        name: _proposal(found[name][0], found[name][1], readings)
        for name in FIELDS
        if name in found
    }
    if mark is not None:
        proposals["secrecy"] = Proposal(mark.level, mark.level, mark.confidence, 0, mark.box)
    return proposals


def _head_and_title(pieces: Sequence[Piece]) -> dict[str, Found]:
    numbered = find_number(pieces)
    number = numbered[0] if numbered is not None else None
    lines = issuer_lines(pieces, number)
    found = issuer_found(lines)
    dated = place_and_date(pieces, number)
    issuer = initials(found.get("issuer", Found("", ())).value)
    if numbered is not None:
        found |= number_and_symbol(*numbered, issuer)
    if not (number or dated):  # a page that opens no document
        return {}
    found |= dated
    below = number.bottom if number is not None else layout()["number"].box[3]
    found |= _type_and_abstract(pieces, below, found.get("symbol"), issuer)
    if (receiver := addressee(pieces)) is not None:
        found["addressee"] = receiver
    if (urgent := urgency(pieces)) is not None:
        found["urgency"] = urgent
    return found


def _type_and_abstract(
    pieces: Sequence[Piece], below: float, symbol: Found | None, issuer: str
) -> dict[str, Found]:
    """The heading says of which type it is, else the symbol, else that it is about something."""
    if (headed := find_type(pieces, below)) is not None:
        return _under(headed, abstract_below(pieces, headed[0]))
    if (headed := find_plain_type(pieces, below)) is not None:
        return _under(headed, plain_abstract(pieces, headed[0]))
    about = letter_abstract(pieces, below)
    found = {} if about is None else {"abstract": about}
    code = "" if symbol is None else type_of_symbol(symbol.value)
    # CT is a chỉ thị, and begins the symbol of each công văn of a Cục Thuế.
    own = symbol is not None and issuer.startswith(symbol.value.partition("-")[0])
    if symbol is not None and code and not (own and about is not None):
        return found | {"type": Found(code, symbol.words, _OF_SYMBOL * symbol.sure, symbol.value)}
    if about is None:
        return {}
    return found | {"type": Found(LETTER, about.words[:1], _GUESSED_LETTER, "V/v")}


def _under(headed: tuple[Piece, str], abstract: Found | None) -> dict[str, Found]:
    piece, code = headed
    found = {"type": Found(code, piece.words, text=piece.text)}
    return found if abstract is None else found | {"abstract": abstract}


def _foot_pages(
    readings: Sequence[PageReading], first: Sequence[Piece]
) -> list[tuple[int, Sequence[Piece]]]:
    """The pages on which a signature may stand, the last one first."""
    last = range(len(readings) - 1, max(-1, len(readings) - 1 - _FOOT_PAGES), -1)
    return [(number, first if number == 0 else pieces_of(readings[number])) for number in last]


def _proposal(found: Found, page: int, readings: Sequence[PageReading]) -> Proposal:
    letters = sum(len(word.text) for word in found.words)
    read = sum(len(word.text) * word.confidence for word in found.words) / max(letters, 1)
    return Proposal(
        value=found.value,
        text=found.text or found.value,
        confidence=round(found.sure * read, 1),
        page=page,
        box=place_of(readings[page], found.words),
    )
