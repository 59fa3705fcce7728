"""How the first page of an annex begins: Phụ lục, its title, and the document it goes with."""

import re
from collections.abc import Sequence

from archive_service.text import fold
from digitize.ocr.words import PageReading
from digitize.page_one.lines import pieces_of

# Folded. Alone in its line, with its number at most (NĐ 30/2020, Phụ lục I, Phần II, Mục III.1).
_HEADING = re.compile(r"^phu luc(\s+(so\s+)?[\divxlcdm]{1,6})?\s*[.:]?$")
_BEFORE = 3  # a page's number, a form's number or a mark may stand above
_BELOW = 8  # pieces: title, and (Kèm theo Quyết định số …)
_LENGTH = 500  # letters


def annex_head(readings: Sequence[PageReading]) -> str:
    """The words with which page 1 begins where it is an annex's; else empty.

    Args:
        readings: the document's pages in order, blank ones left out.
    """
    if not readings:
        return ""
    pieces = pieces_of(readings[0])
    for at, piece in enumerate(pieces[: _BEFORE + 1]):
        if _HEADING.match(fold(piece.text).strip()):
            return " ".join(one.text for one in pieces[at : at + _BELOW])[:_LENGTH]
    return ""
