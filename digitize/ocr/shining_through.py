"""Where the other side shines through, a page is read both ways, and the better reading kept.

Cleaning is made for ink on white paper. Measured on reference pages, it can make the reading of a
page with the other side's ink worse: there the page itself decides. What reads well once cleaned is
not read again: on papers drawn by lot the other reading was never worth more.
"""

from collections.abc import Iterable

from digitize.ocr.clean import Image
from digitize.ocr.words import Line

SHINES = 0.008  # share of the page; from here on measurement tells of it too
DOUBTED = 50.0  # confidence at which a letter counts nothing, below it against the reading
WELL_READ = 93.0  # mean confidence; from here on the other reading is not asked for
MUCH_BETTER = 1.03  # the cleaned page is kept unless the other reading is worth so much more


def shines_through(image: Image, *, dpi: float) -> bool:
    """Whether so much of the other side is seen that cleaning may do harm."""
    from archive_service.formats.measure.marks import bleed_through
    from archive_service.formats.measure.prepared import prepare

    return bleed_through(prepare(image, dpi=dpi)) >= SHINES


def is_well_read(lines: Iterable[Line]) -> bool:
    """Whether cleaning did no harm that another reading could undo."""
    read = list(lines)
    letters = sum(len(word.text) for line in read for word in line.words)
    return letters > 0 and worth_of(read) >= letters * (WELL_READ - DOUBTED)


def is_worth_more(plain: Iterable[Line], cleaned: Iterable[Line]) -> bool:
    """Whether the reading of the page as scanned is better than that of the cleaned one."""
    return worth_of(plain) > MUCH_BETTER * max(0.0, worth_of(cleaned))


def worth_of(lines: Iterable[Line]) -> float:
    """Letters, each as sure as its word; a word that cannot be counts against the reading."""
    return sum(
        len(word.text) * ((word.confidence if word.possible else 0.0) - DOUBTED)
        for line in lines
        for word in line.words
    )
