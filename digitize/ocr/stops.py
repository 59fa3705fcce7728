"""Stops as the scan shows them: the engine makes up some, takes ; for :, and passes others over.

Words of capitals without another word behind them often end in a stop that the paper does not have.
A stop within a number is passed over: 1.250 becomes 1250, and 17,5 becomes 175.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from digitize.ocr.clean import INK, Image
from digitize.ocr.words import Line, Word

STOPS = ".,:'’"
_SEEN = INK + 20  # grey below this; a stop is paler than letters
_SURE = 95.0  # confidence of a word whose stop is believed
_END = 0.10  # of the word's height: so wide is what its last columns are
_LETTER = 0.35  # of it, above the baseline: higher than a stop reaches; a colon's dots stand apart
_FIGURE = 0.6  # and so high is a digit at least
_LEAST_STOP = 0.01  # of the square of a digit's height: less ink is dust
_NUMBER = re.compile(r"\d{3,}")
_TAIL = 0.06  # of it, below the baseline: so far goes a semicolon and no colon


def stops_seen(lines: Sequence[Line], grey: Image) -> tuple[Line, ...]:
    """The same words, some with another stop or none; ``grey`` is the image that was read."""
    return tuple(
        replace(line, words=tuple(_word_seen(word, line, grey) for word in line.words))
        for line in lines
    )


def stops_within(lines: Sequence[Line], grey: Image) -> tuple[Line, ...]:
    """The same lines, numbers with the stops between their digits, where these stand apart."""
    return tuple(
        replace(line, words=tuple(_with_stops_within(word, grey) for word in line.words))
        for line in lines
    )


def _word_seen(word: Word, line: Line, grey: Image) -> Word:
    bare = word.text.rstrip(STOPS)
    if word.text == bare or not bare:
        return word
    import numpy as np

    high, baseline = word.bottom - word.top, line.baseline_at(word.right)
    tail = round(_TAIL * high)
    ink = grey[word.top : word.bottom + 2 * tail, word.left : word.right + 2] < _SEEN
    columns = np.flatnonzero(ink.any(axis=0))
    if not len(columns):
        return word
    end = int(columns[-1]) + 1
    last = _rows(ink[:, max(0, end - max(2, round(_END * high))) : end])
    if word.text.endswith(":"):
        gaps = np.flatnonzero(np.diff(columns) > 1)
        sign = _rows(ink[:, columns[gaps[-1] + 1] : end]) if len(gaps) else last
        tailed = word.top + sign[-1] > baseline + tail
        return replace(word, text=f"{word.text[:-1]};") if tailed else word
    if word.confidence < _SURE and baseline - word.top - last[0] > _LETTER * high:
        return replace(word, text=bare)
    return word


def _with_stops_within(word: Word, grey: Image) -> Word:
    digits = word.text.rstrip(STOPS)
    if _NUMBER.fullmatch(digits) is None:
        return word
    import cv2
    import numpy as np

    ink = (grey[word.top : word.bottom + 3, word.left : word.right] < _SEEN).astype(np.uint8)
    _, _, every, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    signs = every[np.argsort(every[1:, cv2.CC_STAT_LEFT]) + 1]
    tops, tall = signs[:, cv2.CC_STAT_TOP], signs[:, cv2.CC_STAT_HEIGHT]
    is_digit = tall >= _FIGURE * tall.max(initial=1)
    if is_digit.sum() != len(digits):
        return word
    high, foot = np.median(tall[is_digit]), np.median((tops + tall)[is_digit])
    is_stop = ~is_digit & (signs[:, cv2.CC_STAT_AREA] >= _LEAST_STOP * high**2)
    is_stop &= tops > foot - _LETTER * high
    behind = np.cumsum(is_digit)
    ends = (tops + tall)[is_stop]
    within = {
        int(at): "," if end > foot + 2 * _TAIL * high else "."
        for at, end in zip(behind[is_stop], ends, strict=True)
    }
    text = "".join(within.get(at, "") + digit for at, digit in enumerate(digits) if at)
    return replace(word, text=digits[0] + text + word.text[len(digits) :])


def _rows(ink: Any) -> Any:
    """The rows, from above, in which there is ink."""
    import numpy as np

    return np.flatnonzero(ink.any(axis=1))
