"""Gaps inside lines that are full of ink: words that strokes over them made into one large sign.

A signature or a stamp over print joins its letters to one figure that is no letter any more, so
that nothing looks unread. The line itself tells: between two of its words ink stands where letters
would, as dense as letters and as high.
"""

from collections.abc import Sequence
from itertools import pairwise

from digitize.ocr.clean import INK, Image
from digitize.ocr.hard_pages.hidden_rows import is_sure, usual_height
from digitize.ocr.words import Line

_WIDE = 2.0  # of a gap, in heights of the page's words; what is narrower is a word or less
_LETTER = 0.5  # width of a letter, likewise
_BAND = (0.1, 0.75)  # above the baseline, likewise: no leaders, no marks
_COLUMNS = 0.35  # of the gap's columns that bear ink; print has two thirds
_ROWS = 0.6  # of the band's rows; a rule has few


def inked_share(grey: Image, lines: Sequence[Line]) -> float:
    """How many of the page's letters such gaps would hold; 0 where too little was read to tell."""
    high = usual_height(lines)
    if high is None:
        return 0.0
    read = sum(len(word.text) for line in lines for word in line.words)
    lost = sum(width for line in lines for width in _inked(grey, line, high)) / (_LETTER * high)
    return round(lost / max(1.0, read + lost), 4)


def _inked(grey: Image, line: Line, high: float) -> list[int]:
    """The widths of the gaps between sure words of a line that are full of ink."""
    found = []
    for before, after in pairwise(sorted(filter(is_sure, line.words), key=lambda word: word.left)):
        width = after.left - before.right
        if width <= _WIDE * high:
            continue
        foot = line.baseline_at((before.right + after.left) // 2)
        top, bottom = (max(0, round(foot - part * high)) for part in reversed(_BAND))
        ink = grey[top:bottom, before.right : after.left] < INK
        if not ink.size:
            continue
        if ink.any(axis=0).mean() >= _COLUMNS and ink.any(axis=1).mean() >= _ROWS:
            found.append(width)
    return found
