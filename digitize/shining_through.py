"""Where the other side shines through, a page is read both ways, and the better reading kept.

Cleaning is made for ink on white paper. Measured on reference pages, it can make the reading of a
page with the other side's ink worse: there the page itself decides.
"""

from collections.abc import Iterable

from digitize.clean import Image
from digitize.words import Line

SHINES = 0.008  # share of the page; from here on measurement tells of it too
DOUBTED = 50.0  # confidence at which a letter counts nothing, below it against the reading
MUCH_BETTER = 1.03  # the cleaned page is kept unless the other reading is worth so much more


def shines_through(image: Image, *, dpi: float) -> bool:
    """Whether so much of the other side is seen that cleaning may do harm."""
    from archive_service.formats.measure.marks import bleed_through
    from archive_service.formats.measure.prepared import prepare

    return bleed_through(prepare(image, dpi=dpi)) >= SHINES


def is_worth_more(plain: Iterable[Line], cleaned: Iterable[Line]) -> bool:
    """Whether the reading of the page as scanned is better than that of the cleaned one."""
    return _worth(plain) > MUCH_BETTER * max(0.0, _worth(cleaned))


def _worth(lines: Iterable[Line]) -> float:
    """Letters, each as sure as its word; a word that cannot be counts against the reading."""
    return sum(
        len(word.text) * ((word.confidence if word.possible else 0.0) - DOUBTED)
        for line in lines
        for word in line.words
    )
