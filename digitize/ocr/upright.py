"""Whether a page was read as it stands, or lies on its side or upside down."""

from collections.abc import Iterable

from digitize.ocr.clean import MM_PER_INCH, Image, sharpest
from digitize.ocr.word_list import is_surely_foreign
from digitize.ocr.words import Line, Word

_READ = 60.0  # confidence of a word that was read, and not guessed
_LEAST_WORDS = 6  # that were read at the head of a page that stands upright
_LEAST_SHARE = 0.5  # of all letters there, in words that were read
_LONG = 4  # letters of a word that is wider than it is high
_INK = 170
_SIGN_MM = (1.2, 6.0)  # the longer side of a letter
_MANY = 60  # signs; a page number, a heading or a drawing has fewer
_SHARPER = 1.15  # the profile of lines that run down the page, than of those that run across


def stands_upright(lines: Iterable[Line]) -> bool:
    """Whether words were read in it, more than were guessed."""
    words = [word for line in lines for word in line.words]
    sure = _read_across(words)
    letters = sum(len(word.text) for word in words)
    return (
        len(sure) >= _LEAST_WORDS and sum(len(word.text) for word in sure) >= _LEAST_SHARE * letters
    )


def worth(lines: Iterable[Line]) -> float:
    """Letters of words that were read, each as sure as its word."""
    sure = _read_across([word for line in lines for word in line.words])
    return sum(len(word.text) * word.confidence for word in sure)


def _read_across(words: Iterable[Word]) -> list[Word]:
    """Words that were read, across the page: the engine finds its way along those that run down.

    A short word may be higher than it is wide; most of them are not.
    """
    read = [word for word in words if _is_read(word)]
    wide = sum(word.right - word.left for word in read)
    high = sum(word.bottom - word.top for word in read)
    return read if wide > high else []


def _is_read(word: Word) -> bool:
    across = word.right - word.left > word.bottom - word.top or len(word.text) < _LONG
    sure = word.confidence >= _READ if word.possible else is_surely_foreign(word)
    return len(word.text) > 1 and sure and across


def is_sideways(cleaned: Image) -> bool:
    """Whether lines of ink run down the page: columns full of it beside empty ones.

    However askew they are: a page on its side was levelled by what is no line.
    """
    across, down = sharpest(cleaned)
    return down > _SHARPER * across


def has_many_signs(cleaned: Image, *, dpi: float) -> bool:
    """Whether so much is as large as letters that it says how the page lies, read or not."""
    import cv2

    half = cv2.resize(cleaned, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    ink = cv2.inRange(half, 0, _INK)
    _, _, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    sides = found[1:, 2:4] * 2 * MM_PER_INCH / dpi
    longest = sides.max(axis=1)
    return int(((longest >= _SIGN_MM[0]) & (longest <= _SIGN_MM[1])).sum()) >= _MANY
