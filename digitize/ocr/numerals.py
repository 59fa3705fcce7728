"""Counts the strokes of a Roman numeral that opens a heading.

The engine takes II for I, III for II or HI: in capitals without any other letter its network has
nothing to go by. On the scan the strokes stand apart.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from digitize.ocr.clean import Image
from digitize.ocr.words import Line, Word

_STROKES = re.compile(r"(?=.*[IH])[IHLl1]{1,4}[.,:]?|L\.?")
_MOST = 3  # with four the numeral has another letter
_MIDDLE = (0.20, 0.42)  # of a capital's height above the baseline: no serif there, no bar of an H
_FOOT = 0.16  # up to here stands the stop behind it
_DARK = 0.5  # of the darkest column
_LEAST_DARK = 60.0  # levels of grey
_STOP = 0.30  # of a capital's height: from the last stroke to the stop behind it, at least


def counted(lines: Sequence[Line], grey: Image) -> tuple[Line, ...]:
    """The same lines, the numerals that open them as the scan shows them.

    Args:
        lines: as the engine read them.
        grey: the image that was read.
    """
    return tuple(_counted_line(line, grey) for line in lines)


def _counted_line(line: Line, grey: Image) -> Line:
    first, *others = line.words
    if not others or not others[0].text.isupper() or not _STROKES.fullmatch(first.text):
        return line
    text = _numeral(first, line.baseline_left, grey)
    return line if text is None else replace(line, words=(replace(first, text=text), *others))


def _numeral(word: Word, baseline: float, grey: Image) -> str | None:
    """What stands there; ``None`` unless it is one to three strokes of one width."""
    import numpy as np

    high = word.bottom - word.top
    low, upper = (max(0, round(baseline - part * high)) for part in _MIDDLE)
    seen = _darkness(grey[upper:low, word.left : word.right])
    if not seen.size or seen.max() < _LEAST_DARK:
        return None
    dark = seen > _DARK * seen.max()
    edges = np.flatnonzero(np.diff(np.concatenate(([0], dark.astype(np.int8), [0]))))
    starts, ends = edges[::2], edges[1::2]
    widths = ends - starts
    if len(widths) > _MOST or widths.max() > 1.7 * widths.min() + 1:
        return None
    if len(widths) == 1 and word.text.startswith("L"):
        return None  # one stroke is an L as well
    behind = word.left + int(ends[-1]) + round(_STOP * high)
    foot = slice(max(0, round(baseline - _FOOT * high)), round(baseline) + 2)
    after = _darkness(grey[foot, behind : word.right + 2])
    stop = "." if after.size and after.max() > _LEAST_DARK else ""
    return "I" * len(widths) + stop


def _darkness(part: Image) -> Any:
    """Of each column, 0 white to 255 black; nothing for no pixels."""
    return 255 - part.mean(axis=0) if part.size else part.reshape(-1)
