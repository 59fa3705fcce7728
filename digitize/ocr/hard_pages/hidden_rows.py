"""Rows of print that the engine lost under a stamp, a pen or a stain, each read alone.

Its layout takes strokes that cross a row for part of a picture, and drops the row or half of it. A
lost word is in no figure of confidence: what was left unread is counted here, and told.
"""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from digitize.ocr.clean import INK, Image, Matrix, as_it_was_read, balance_white, remove_specks
from digitize.ocr.hard_pages.trust import GUESSED, mean_confidence
from digitize.ocr.tesseract import recognize
from digitize.ocr.word_list import is_surely_foreign
from digitize.ocr.words import Line, Word

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

Box = tuple[int, int, int, int]  # left, top, right, bottom

_SCALE, _PALER = 2, 20  # signs are looked for on the page in half its size, where ink is paler
_SURE = 70.0  # words that tell how high letters are, and that need not be read again
_LEAST_SURE = 8  # with fewer nothing is known of the letters
_HIGH, _WIDE = (0.35, 1.6), (0.08, 1.8)  # of a letter, in heights of the page's words
_LEAST_SIGNS = 4  # in a row that nobody read: fewer are strokes
_LEAST_NUMBERS, _NEAR_NUMBER = 5, 4.0  # of a list, and heights from one to the words beside it
_MOST_SHORT = 500  # of a page; more are specks
_OF_NUMBER = 0.8  # width of such a number, in heights of its row with the white around it
_NUMBER = re.compile(r"(\d{1,3})([.,:;)]*)")
_RUN_TOGETHER = re.compile(r"[^\W\d_][^\w\s]+[^\W\d_]")  # words, by ink that lies between them
_LEAST_NUMBER = 25.0  # its confidence; alone in its column it is read less surely than words
_MOST_ROWS = 40  # of a page; more is a picture or a map
_SAME_ROW = 0.6  # of a height between middles of signs
_TALLEST = 3.0  # of a line; what is taller goes through several rows
_PARTED = 3.0  # of a height; what stands farther apart is read by itself
_COLOURED = 30  # by how much one channel exceeds another in ink of a pen or a stamp
_VIVID = 0.35  # and by what share of the brightest
_DARK = 70  # print is darker in its brightest channel, under a stroke as well
_OF_PRINT = 0.1  # share of the print that goes with the colour: then it is of that colour itself
_LONG, _THIN = 5.0, 0.2  # of a stroke that joins letters, in heights of words
_WHITE = 12  # pixels around a row that is read alone


def without_colour(
    grey: Image, colour: Image, lines: Sequence[Line], to_page: Matrix, *, dpi: float
) -> Image:
    """The page less strokes of pens and stamps of any colour; black under them stays.

    Where the print itself is of a colour the page comes back as it is.

    Args:
        grey: the image that was read.
        colour: the upright page, rows of B, G, R, or one grey channel.
        lines: what was read of it.
        to_page: from ``grey`` to ``colour``.
    """
    import cv2
    import numpy as np

    if colour.ndim < 3:
        return grey
    white = balance_white(colour)
    brightest = white.max(axis=2)
    vivid = cv2.subtract(brightest, white.min(axis=2))
    stroke = (vivid > _COLOURED) & (vivid > _VIVID * brightest) & (brightest > _DARK)
    if not stroke.any():
        return grey
    dilated = cv2.dilate(stroke.astype(np.uint8), np.ones((3, 3), np.uint8))
    mask = np.asarray(dilated, dtype=np.uint8)
    mask[brightest <= _DARK] = 0
    there = as_it_was_read(mask, to_page, grey.shape, nearest=True)
    print_ink = (_covered(grey, lines) > 0) & (grey < INK)
    if (print_ink & (there > 0)).sum() > _OF_PRINT * print_ink.sum():
        return grey
    return remove_specks(np.where(there > 0, np.uint8(255), grey), dpi=dpi)


def _covered(image: Image, lines: Sequence[Line], *, scale: int = 1, edge: int = 0) -> Image:
    """1 where a sure word stands, on an image so many times smaller than the one that was read."""
    import numpy as np

    covered = np.zeros(image.shape, np.uint8)
    for line in lines:
        for word in filter(is_sure, line.words):
            top, left = (max(0, at - edge) // scale for at in (word.top, word.left))
            covered[top : (word.bottom + edge) // scale, left : (word.right + edge) // scale] = 1
    return covered


def read_hidden(
    engine: "PyTessBaseAPI",
    grey: Image,
    lines: Sequence[Line],
    *,
    dpi: float,
    signs: Image | None = None,
    least: int = _LEAST_SIGNS,
) -> tuple[Line, ...]:
    """The lines with the sure words of rows, or parts of rows, that nobody read.

    Args:
        signs: where they are looked for, if not in ``grey``, which is read.
        least: signs of a row; fewer are strokes.
    """
    high = usual_height(lines)
    if high is None:
        return tuple(lines)
    kept = [line for line in lines if not _is_read_downwards(line, high)]
    grey = _without_strokes(grey, high)
    looked_at = grey if signs is None else signs
    rows = sorted(_unread(looked_at, kept, high, least)[0], key=_is_number)  # these last
    for box in rows[:_MOST_ROWS]:
        kept = _with_row(engine, grey, kept, box, dpi)
    return tuple(kept)


def _is_number(box: Box) -> bool:
    """Whether it is as narrow as a list's number, for its height with the white around it."""
    left, top, right, bottom = box
    return right - left < _OF_NUMBER * (bottom - top)


def _is_read_downwards(line: Line, high: float) -> bool:
    """Whether it is a guess through several rows, such as the column of a list's numbers."""
    is_tall = line.bottom - line.top > _TALLEST * high
    return is_tall and mean_confidence([line]) < GUESSED and not any(map(is_sure, line.words))


def unread_share(grey: Image, lines: Sequence[Line]) -> float:
    """How much of what looks like letters nobody read; 0 where too little was read to tell."""
    high = usual_height(lines)
    if high is None:
        return 0.0
    return round(_unread(_without_strokes(grey, high), lines, high)[1], 4)


def _without_strokes(grey: Image, high: float) -> Image:
    """The page less long thin strokes along its rows, which join the letters that they cross."""
    import cv2
    import numpy as np

    ink = cv2.inRange(grey.astype(np.uint8, copy=False), 0, INK + _PALER)
    thin = max(3, round(_THIN * high)) | 1
    long = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(_LONG * high)), np.uint8))
    if not long.any():
        return grey
    bars = cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((thin + 2, 1), np.uint8))
    stroke = cv2.dilate(cv2.subtract(long, bars), np.ones((3, 1), np.uint8))
    rest = cv2.subtract(ink, stroke)
    reach = np.zeros((2 * thin + 1, 1), np.uint8)
    reach[: thin + 1] = 1
    below, above = cv2.dilate(rest, reach), cv2.dilate(rest, reach[::-1])
    stroke[(below > 0) & (above > 0)] = 0  # of a letter that goes through
    return np.where(stroke > 0, np.uint8(255), grey)


def usual_height(lines: Sequence[Line]) -> float | None:
    """Of the words that are sure, in pixels; ``None`` where they are too few to tell."""
    heights = [
        word.bottom - word.top
        for line in lines
        for word in line.words
        if is_sure(word) and len(word.text) > 1
    ]
    return statistics.median(heights) if len(heights) >= _LEAST_SURE else None


def _unread(
    grey: Image, lines: Sequence[Line], high: float, least: int = _LEAST_SIGNS
) -> tuple[list[Box], float]:
    """Boxes of rows without sure words, and their share of what is as large as letters."""
    import cv2
    import numpy as np

    half = cv2.resize(grey, None, fx=1 / _SCALE, fy=1 / _SCALE, interpolation=cv2.INTER_AREA)
    small = half.astype(np.uint8, copy=False)
    ink = cv2.inRange(small, 0, INK + _PALER)
    _, _, stats, middles = cv2.connectedComponentsWithStats(ink, connectivity=8)
    tall, wide = (stats[:, at] * _SCALE / high for at in (cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH))
    letter = (tall >= _HIGH[0]) & (tall <= _HIGH[1]) & (wide >= _WIDE[0]) & (wide <= _WIDE[1])
    letter[0] = False
    x, y = (np.rint(middles[letter, at]).astype(int) for at in (0, 1))
    covered = _covered(small, lines, scale=_SCALE, edge=round(0.1 * high))
    boxes = stats[letter][:, :4] * _SCALE
    runs = list(_rows(boxes[covered[y, x] == 0], high))
    numbers = _numbers([box for box, signs in runs if signs < least], lines, high)
    rows = [(box, signs) for box, signs in runs if signs >= least or box in numbers]
    return [box for box, _ in rows], sum(signs for _, signs in rows) / max(1, len(boxes))


def _numbers(short: Sequence[Box], lines: Sequence[Line], high: float) -> set[Box]:
    """Of rows of a sign or two, those of a list's numbers: one below another, beside its words.

    The engine takes their column for one line that is written downwards.
    """
    words = [word for line in lines for word in filter(is_sure, line.words)]

    def is_beside(box: Box) -> bool:
        middle = (box[1] + box[3]) / 2
        level = [word for word in words if word.top < middle < word.bottom]
        first = min((word.left for word in level), default=box[0])
        return 0 < first - box[2] < _NEAR_NUMBER * high

    beside = [box for box in short if is_beside(box)] if len(short) <= _MOST_SHORT else []
    found: set[Box] = set()
    for box in beside:
        column = {
            box_beside
            for box_beside in beside
            if min(abs(box_beside[0] - box[0]), abs(box_beside[2] - box[2])) < high
        }
        if len({round(box_beside[1] / high) for box_beside in column}) >= _LEAST_NUMBERS:
            found |= column
    return found


def _rows(boxes: Any, high: float) -> Iterator[tuple[Box, int]]:
    """Boxes around signs that stand beside each other, and how many they are."""
    import numpy as np

    middles = boxes[:, 1] + boxes[:, 3] / 2
    row: list[int] = []
    for at in [*np.argsort(middles).tolist(), None]:
        if row and (at is None or middles[at] - middles[row[0]] > _SAME_ROW * high):
            yield from _runs(boxes[row], high)
            row = []
        if at is not None:
            row.append(at)


def _runs(boxes: Any, high: float) -> Iterator[tuple[Box, int]]:
    """The row in parts, where nothing unread stands for a while; as high as most of its signs."""
    import numpy as np

    boxes = boxes[boxes[:, 0].argsort()]
    ends = np.maximum.accumulate(boxes[:, 0] + boxes[:, 2])
    gaps = np.flatnonzero(boxes[1:, 0] - ends[:-1] > _PARTED * high) + 1
    for run in np.split(boxes, gaps):
        middle = float(np.median(run[:, 1] + run[:, 3] / 2))
        left, right = int(run[0, 0]), int((run[:, 0] + run[:, 2]).max())
        yield (left, round(middle - high), right, round(middle + high)), len(run)


def _with_row(
    engine: "PyTessBaseAPI", grey: Image, lines: list[Line], box: Box, dpi: float
) -> list[Line]:
    """The lines with what is read surely in one row, where they have no sure word."""
    left, top, right, bottom = box
    level = [
        word for line in lines for word in line.words if top < (word.top + word.bottom) / 2 < bottom
    ]
    reach = bottom - top  # words at the edge are read whole, and tell how the row goes on
    number = _is_number(box)
    near = round(_NEAR_NUMBER * reach / 2) if number else reach
    beside = [word for word in level if word.right > left - reach and word.left < right + near]
    strip = (
        max(0, min(left - reach // 4, *(word.left for word in beside), left)),
        max(0, top),
        max(right + reach // 4, *(word.right for word in beside), right),
        bottom,
    )
    for word in _read_strip(engine, grey, strip, dpi):
        if not is_sure(word) and not (number and word.right < right + reach // 4):
            continue
        there = [known for line in lines for known in line.words if _same_place(known, word)]
        if len(there) > 1 and _RUN_TOGETHER.search(word.text):
            continue
        surest = max((word_there.confidence for word_there in there), default=0.0)
        if not any(map(is_sure, there)) and (is_sure(word) or word.confidence > surest):
            lines = _with_word(lines, word, there)
    return lines


def with_sure_words(lines: Sequence[Line], others: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with the sure words of another reading of the page where they have no word."""
    kept = list(lines)
    for word in (word for line in others for word in line.words if is_sure(word)):
        if not any(_same_place(known, word) for line in lines for known in line.words):
            kept = _with_word(kept, word, ())
    return tuple(kept)


def _same_place(one: Word, other: Word) -> bool:
    """Whether the middle of one of them lies in the other."""

    def holds(word: Word, x: float, y: float) -> bool:
        return word.left < x < word.right and word.top < y < word.bottom

    return holds(one, _middle(other), (other.top + other.bottom) / 2) or holds(
        other, _middle(one), (one.top + one.bottom) / 2
    )


def _middle(word: Word) -> float:
    return (word.left + word.right) / 2


def is_sure(word: Word) -> bool:
    """Whether a word need not be read again."""
    return word.confidence >= _SURE and (word.possible or is_surely_foreign(word))


def _with_word(lines: list[Line], word: Word, gone: Sequence[Word]) -> list[Line]:
    """The word in its line, in place of unsure ones."""
    kept = []
    for line in lines:
        words = [one for one in line.words if one not in gone]
        if words:
            kept.append(line.part(words))
    middle = (word.top + word.bottom) / 2
    near = [
        (abs(line.baseline_at(_middle(word)) - word.bottom), at)
        for at, line in enumerate(kept)
        if line.top < middle < line.bottom
    ]
    if not near:
        box = word.left, word.top, word.right, word.bottom
        alone = Line((word,), *box, word.bottom, word.bottom, starts_block=False)
        at = next((at for at, line in enumerate(kept) if line.top > middle), len(kept))
        return [*kept[:at], alone, *kept[at:]]
    at = min(near)[1]
    line = kept[at]
    whole = replace(line, words=tuple(sorted((*line.words, word), key=lambda each: each.left)))
    left, right = min(line.left, word.left), max(line.right, word.right)
    kept[at] = replace(
        whole,
        left=left,
        right=right,
        top=min(line.top, word.top),
        bottom=max(line.bottom, word.bottom),
        baseline_left=line.baseline_at(left),
        baseline_right=line.baseline_at(right),
    )
    return kept


def _plain(number: str, behind: str) -> str:
    """The number of a list: a point is read as several, or as a colon, where paper follows it."""
    return number + (")" if ")" in behind else "." if behind else "")


def _read_strip(engine: "PyTessBaseAPI", grey: Image, strip: Box, dpi: float) -> Iterator[Word]:
    """The words of one row that are sure, and its numbers, with one point behind them."""
    import cv2
    from tesserocr import PSM

    left, top, right, bottom = strip
    cut = grey[top:bottom, left:right]
    if not cut.size:
        return
    part = cv2.copyMakeBorder(cut, _WHITE, _WHITE, _WHITE, _WHITE, cv2.BORDER_CONSTANT, value=255)
    usual = engine.GetPageSegMode()
    try:
        engine.SetPageSegMode(PSM.SINGLE_LINE)
        read = recognize(engine, part.astype("u1", copy=False), dpi=dpi)
    finally:
        engine.SetPageSegMode(usual)
    across, down = left - _WHITE, top - _WHITE
    for line in read:
        for word in line.words:
            sure = is_sure(word) and any(map(str.isalnum, word.text))
            may_be = not sure and word.confidence >= _LEAST_NUMBER
            number = _NUMBER.fullmatch(word.text) if may_be else None
            if sure or number:
                yield replace(
                    word,
                    text=_plain(*number.groups()) if number else word.text,
                    possible=word.possible or number is not None,
                    left=word.left + across,
                    right=word.right + across,
                    top=word.top + down,
                    bottom=word.bottom + down,
                )
