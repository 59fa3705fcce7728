"""Takes out what was read from specks, rules, signatures and stamps: ink that is no word.

A word goes only if its own shape says so: too small to be a sign, or far wider or taller than the
letters of the page and uncertain besides. Uncertain words of the usual shape stay.
"""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from digitize.ocr.clean import INK, Image
from digitize.ocr.words import Line, Word

MM_PER_INCH = 25.4
SPECK_MM = 0.42  # both ways; a printed full stop has 0.5
WIDE = 1.8  # width of one letter, in heights of the page's words
TALL = 1.6  # height, likewise
SHORT = 4  # signs; what is longer is a word that ran into a rule or a stroke
UNSURE_WIDE = 75.0  # confidence below which a wide word is none
UNSURE = 60.0  # likewise a tall one
EMPTY = 0.02  # share of ink in its box, below which an unsure word is none
HOPELESS = 50.0  # all words of a line below it: none is left, once one of them is no word
SURE = 70.0  # words that tell how high this page's letters are
USUAL_MM = 4.2  # where too few of them are; a line of 13 pt with its marks
LEAST_SURE = 8


def without_noise(lines: Sequence[Line], grey: Image, *, dpi: float) -> tuple[Line, ...]:
    """The lines without what is no word; a line that has none left goes.

    Args:
        grey: the image that was read.
        dpi: its resolution.
    """
    usual = _usual_height(lines, dpi)
    kept = (_cleared(line, grey, usual, dpi) for line in lines)
    return _blocks_kept(list(lines), list(kept))


def _usual_height(lines: Sequence[Line], dpi: float) -> float:
    heights = [
        word.bottom - word.top
        for line in lines
        for word in line.words
        if word.confidence >= SURE and len(word.text) > 1
    ]
    if len(heights) < LEAST_SURE:
        return USUAL_MM / MM_PER_INCH * dpi
    return statistics.median(heights)


def _cleared(line: Line, grey: Image, usual: float, dpi: float) -> Line | None:
    words = tuple(
        word for word in line.words if not _is_noise(word, usual, dpi) and not _is_empty(word, grey)
    )
    odd = any(_is_odd(word, usual) for word in line.words)
    if odd and all(word.confidence < HOPELESS for word in line.words):
        return None
    if not words:
        return None
    return replace(line.part(words), starts_block=line.starts_block)


def _is_noise(word: Word, usual: float, dpi: float) -> bool:
    speck = SPECK_MM / MM_PER_INCH * dpi
    if max(word.right - word.left, word.bottom - word.top) <= speck:
        return True
    if not word.possible and not any(letter.isalnum() for letter in word.text):
        return True  # such as the rule of a table, read as a stroke
    return _is_odd(word, usual)


def _is_empty(word: Word, grey: Image) -> bool:
    """Whether the engine made the word up, over a gap between columns."""
    if word.confidence >= UNSURE:
        return False
    box = grey[word.top : word.bottom, word.left : word.right]
    return bool((box < INK).mean() < EMPTY) if box.size else True


def _is_odd(word: Word, usual: float) -> bool:
    """Whether it has not the shape of words of this page, nor was read with certainty."""
    letter = (word.right - word.left) / len(word.text)
    wide = letter > WIDE * usual and word.confidence < UNSURE_WIDE
    tall = word.bottom - word.top > TALL * usual and word.confidence < UNSURE
    return wide or (tall and len(word.text) <= SHORT)


def _blocks_kept(lines: list[Line], kept: list[Line | None]) -> tuple[Line, ...]:
    """What remains; a block whose first line went begins with the next one."""
    found: list[Line] = []
    begins = False
    for line, left in zip(lines, kept, strict=True):
        begins |= line.starts_block
        if left is not None:
            found.append(
                left if left.starts_block == begins else replace(left, starts_block=begins)
            )
            begins = False
    return tuple(found)
