"""Boxes of forms: one sign in each, or a tick; taken off the page before the engine sees it.

It reads their frames as brackets and strokes, and makes words of the two that nobody wrote. Signs
in a row of boxes are set side by side and read as the words that they spell; a word counts only if
it has as many signs as boxes were filled. What was not read so is told as unread. Ticks are no
words.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from digitize.ocr.clean import INK, MM_PER_INCH, SHADE, Image
from digitize.ocr.reading_order import in_reading_order
from digitize.ocr.tables import Table
from digitize.ocr.tesseract import recognize
from digitize.ocr.words import Line, Word

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

Box = tuple[int, int, int, int]  # left, top, right, bottom

_SCALE = 2  # boxes are looked for on the page in half its size
_SIDE_MM = (2.6, 11.0)  # of what is within a box
_LONGER = 2.2  # one side of a box than the other, at most
_SQUARE = 1.3  # the same, of a box to tick
_TICKED_MM = 8.0  # side of such a box, at most
_BROKEN = 0.1  # of a side that may be missing
_ROW = 0.25  # of the height by which boxes of a row may differ, in place and size
_APART = 0.7  # of the width between boxes of a row, at most
_EVEN = 0.15  # by which the way from box to box may differ
_LEAST = 4  # boxes of a row; fewer are to be ticked
_EDGE_MM = 0.35  # within a box that is its frame still
_RULE_MM = 0.9  # around it
_LEAST_INK_MM2 = 0.25  # of a sign
_GAP, _SPACE = 0.14, 0.7  # of a height, between signs that are read, and where a box is empty
_WHITE = 12  # pixels around them
_GUESSED = 60.0  # confidence of a word that is none


@dataclass(frozen=True, slots=True)
class BoxedRow:
    """Boxes side by side, from the left, each for one sign; what is within their frames."""

    cells: tuple[Box, ...]

    def holds(self, line: Line) -> bool:
        """Whether the middle of a line lies among the boxes."""
        x, y = (line.left + line.right) / 2, (line.top + line.bottom) / 2
        left, top, _, bottom = self.cells[0]
        return left <= x <= self.cells[-1][2] and top <= y <= bottom


def without_boxes(grey: Image, *, dpi: float) -> tuple[Image, tuple[BoxedRow, ...]]:
    """The levelled page without its boxes and what is in them; the very image where it has none."""
    mm = dpi / MM_PER_INCH
    found = [row for row in _rows(_boxes(grey, mm)) if _is_boxed(row, mm)]
    if not found:
        return grey, ()
    bare = grey.copy()
    rule = round(_RULE_MM * mm)
    for row in found:
        for left, top, right, bottom in row:
            there = slice(max(0, top - rule), bottom + rule)
            bare[there, max(0, left - rule) : right + rule] = 255
    return bare, tuple(BoxedRow(tuple(row)) for row in found if len(row) >= _LEAST)


def signs_alone(grey: Image, bare: Image, rows: Sequence[BoxedRow], *, dpi: float) -> Image:
    """``bare``, without boxes, with the signs in the rows of ``grey`` put back; without frames."""
    if not rows:
        return bare
    edge = round(_EDGE_MM * dpi / MM_PER_INCH)
    kept = bare.copy()
    for row in rows:
        for left, top, right, bottom in row.cells:
            inside = slice(top + edge, bottom - edge), slice(left + edge, right - edge)
            kept[inside] = grey[inside]
    return kept


def boxed_lines(
    engine: "PyTessBaseAPI", grey: Image, rows: Sequence[BoxedRow], *, dpi: float
) -> Iterator[Line]:
    """The words that stand in boxes, a row of boxes a line; ``grey`` has its boxes."""
    for row in rows:
        line = _read_row(engine, grey, row, dpi)
        if line is not None:
            yield line


def in_order_with_boxes(
    lines: Iterable[Line], tables: Sequence[Table], rows: Sequence[BoxedRow]
) -> tuple[Line, ...]:
    """All words in the order of reading; those in boxes after what is asked for at their left."""
    outside: list[Line] = []
    inside: dict[int, list[Line]] = {}
    for line in lines:
        at = next((at for at, row in enumerate(rows) if row.holds(line)), None)
        if at is None:
            outside.append(line)
        else:
            inside.setdefault(at, []).append(line)
    ordered = list(in_reading_order(outside, tables))
    for at in sorted(inside, key=lambda at: rows[at].cells[0][1]):
        for line in inside[at]:
            _put_in(ordered, line)
    return tuple(ordered)


def _put_in(ordered: list[Line], boxed: Line) -> None:
    """Into the line that ends at its left, or as a line of its own below what stands above."""
    middle = (boxed.top + boxed.bottom) / 2
    before = [
        (line.right, at)
        for at, line in enumerate(ordered)
        if line.top < middle < line.bottom and line.right <= boxed.left
    ]
    if before:
        at = max(before)[1]
        line = ordered[at]
        ordered[at] = replace(
            line,
            words=(*line.words, *boxed.words),
            top=min(line.top, boxed.top),
            right=boxed.right,
            bottom=max(line.bottom, boxed.bottom),
            baseline_right=line.baseline_at(boxed.right),
        )
        return
    above = [at for at, line in enumerate(ordered) if line.bottom <= middle]
    ordered.insert(max(above) + 1 if above else 0, boxed)


def _boxes(grey: Image, mm: float) -> list[Box]:
    """What lies within each frame of four straight sides, as large as a box for one sign."""
    import cv2
    import numpy as np

    half = cv2.resize(grey, None, fx=1 / _SCALE, fy=1 / _SCALE, interpolation=cv2.INTER_AREA)
    ink = np.asarray(half < SHADE, dtype=np.uint8)
    least, most = (round(side * mm / _SCALE) for side in _SIDE_MM)
    straight = [
        cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        for shape in ((1, least), (least, 1))
    ]
    if not straight[0].any() or not straight[1].any():
        return []
    frames = cv2.bitwise_or(*straight)
    _, _, found, _ = cv2.connectedComponentsWithStats(1 - frames, connectivity=4)
    sides = found[:, 2:4]
    fits = (sides.min(axis=1) >= least) & (sides.max(axis=1) <= most)
    fits &= sides.max(axis=1) <= _LONGER * sides.min(axis=1)
    return [
        (_SCALE * x, _SCALE * y, _SCALE * (x + wide), _SCALE * (y + high))
        for x, y, wide, high, _ in found[fits].tolist()
        if _is_framed(frames, x, y, wide, high)
    ]


def _is_framed(frames: Any, x: int, y: int, wide: int, high: int) -> bool:
    """Whether a straight line runs close along all four sides."""
    if min(x, y) < 1 or y + high >= frames.shape[0] or x + wide >= frames.shape[1]:
        return False
    across, down = slice(x, x + wide), slice(y, y + high)
    sides = (
        frames[y - 1, across],
        frames[y + high, across],
        frames[down, x - 1],
        frames[down, x + wide],
    )
    return all(side.mean() >= 1 - _BROKEN for side in sides)


def _rows(boxes: list[Box]) -> Iterator[list[Box]]:
    """Boxes side by side, as far from each other all along; none with another above or below."""
    alone = [box for box in boxes if not any(_is_over(box, other) for other in boxes)]
    rest = sorted(alone, key=lambda box: (box[0], box[1]))
    while rest:
        row = [rest.pop(0)]
        for box in list(rest):
            if _goes_on(row, box):
                row.append(box)
                rest.remove(box)
        yield row


def _is_over(one: Box, other: Box) -> bool:
    """Whether one of them stands right above the other: they are cells of a table."""
    if one is other:
        return False
    beside = min(one[2], other[2]) - max(one[0], other[0])
    away = max(one[1], other[1]) - min(one[3], other[3])
    return beside > 0 and away < 0.5 * (one[3] - one[1])


def _goes_on(row: Sequence[Box], box: Box) -> bool:
    last = row[-1]
    high, wide = last[3] - last[1], last[2] - last[0]
    level = abs(box[1] - last[1]) <= _ROW * high and abs(box[3] - last[3]) <= _ROW * high
    alike = abs(box[2] - box[0] - wide) <= _ROW * wide
    if not (level and alike and -2 <= box[0] - last[2] <= _APART * wide):
        return False
    if len(row) < 2:
        return True
    step = last[0] - row[-2][0]
    return abs(box[0] - last[0] - step) <= _EVEN * step + 2


def _is_boxed(row: Sequence[Box], mm: float) -> bool:
    """Whether signs, or a tick, were to be put there."""
    if len(row) >= _LEAST:
        return True
    sides = [(right - left, bottom - top) for left, top, right, bottom in row]
    return all(max(side) <= min(_SQUARE * min(side), _TICKED_MM * mm) for side in sides)


def _read_row(engine: "PyTessBaseAPI", grey: Image, row: BoxedRow, dpi: float) -> Line | None:
    """The words of a row of boxes that have as many signs as boxes; ``None`` without any."""
    from tesserocr import PSM

    signs = [_sign(grey, cell, dpi) for cell in row.cells]
    strip, ends = _side_by_side(signs)
    if strip is None:
        return None
    usual = engine.GetPageSegMode()
    try:
        engine.SetPageSegMode(PSM.SINGLE_LINE)
        read = [word for line in recognize(engine, strip, dpi=dpi) for word in line.words]
    finally:
        engine.SetPageSegMode(usual)
    words = [found for word in read if (found := _laid_back(word, ends, row.cells)) is not None]
    if not words:
        return None
    foot = max(word.bottom for word in words)
    top = min(word.top for word in words)
    left, right = words[0].left, words[-1].right
    return Line(tuple(words), left, top, right, foot, foot, foot, starts_block=False)


def _sign(grey: Image, cell: Box, dpi: float) -> Image | None:
    """What stands in a box, without its frame and the white beside it; ``None`` if it is empty."""
    import numpy as np

    mm = dpi / MM_PER_INCH
    left, top, right, bottom = cell
    edge = round(_EDGE_MM * mm)
    inside = grey[top + edge : bottom - edge, left + edge : right - edge]
    ink = inside < INK
    if ink.sum() < _LEAST_INK_MM2 * mm**2:
        return None
    columns = np.flatnonzero((inside < SHADE).any(axis=0))
    return inside[:, max(0, int(columns[0]) - 1) : int(columns[-1]) + 2]


def _side_by_side(
    signs: Sequence[Image | None],
) -> tuple[Image | None, list[tuple[int, int, int]]]:
    """The signs as a line of print; where each of them begins and ends in it, and its number."""
    import numpy as np

    filled = [sign for sign in signs if sign is not None]
    if not filled:
        return None, []
    high = min(sign.shape[0] for sign in filled)
    parts: list[Image] = [np.full((high, _WHITE), 255, np.uint8)]
    ends: list[tuple[int, int, int]] = []
    at = _WHITE
    for number, sign in enumerate(signs):
        gap = round(high * (_SPACE if sign is None else _GAP))
        if sign is not None:
            ends.append((at, at + sign.shape[1], number))
            parts.append(sign[:high])
            at += sign.shape[1]
        if sign is not None or (ends and ends[-1][2] == number - 1):
            parts.append(np.full((high, gap), 255, np.uint8))
            at += gap
    line = np.hstack(parts)
    white = ((_WHITE, _WHITE), (0, _WHITE))
    return np.pad(line, white, constant_values=255).astype(np.uint8, copy=False), ends


def _laid_back(
    word: Word, ends: Sequence[tuple[int, int, int]], cells: Sequence[Box]
) -> Word | None:
    """The word where its boxes are; ``None`` unless it can be one and has a sign for each box."""
    there = [number for left, right, number in ends if word.left < (left + right) / 2 < word.right]
    if len(there) != len(word.text) or word.confidence < _GUESSED:
        return None
    if not word.possible and not any(map(str.isdigit, word.text)):
        return None
    if any(after - before != 1 for before, after in pairwise(there)):
        return None
    first, last = cells[there[0]], cells[there[-1]]
    return replace(word, left=first[0], top=first[1], right=last[2], bottom=first[3])
