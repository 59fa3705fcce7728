"""Reads again, each alone, the small things that the engine passed over or was unsure of.

Page numbers and figures in narrow cells: a sign or two with white around them, which its layout
takes for dust, and its network for anything. What is read so counts only if the engine is sure.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from digitize.ocr.clean import INK, Image
from digitize.ocr.tables import Table
from digitize.ocr.words import Line, Word

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

MM_PER_INCH = 25.4
SCALE = 2  # ink is looked for on the page in half its size
LETTER_MM = (1.7, 5.5)  # height of a sign with its marks
WIDEST_MM = 22.0
NARROWEST_MM = 0.5
JOIN_MM = 1.6  # signs nearer than this are one word
ALONE_MM = ((12.0, 1.2), (6.0, 6.0))  # no other ink is nearer, across and down, unless in a cell
MARGIN_MM = 2.0  # of white, around what is read again
SURE = 65.0
DOUBTFUL = 75.0  # a short word below it is read again, where it stands alone
SHORT = 5  # signs
RULE_MM = 0.4  # nearer to the edge of a column there is a piece of its rule
MOST = 24  # places a page; more is a picture or a map
Box = tuple[int, int, int, int]


def read_again(
    engine: "PyTessBaseAPI",
    grey: Image,
    lines: Sequence[Line],
    tables: Sequence[Table],
    *,
    dpi: float,
) -> tuple[Line, ...]:
    """``lines`` with what stands where they have no sure word: in its line's gap, or as a line."""
    places = find_unread(grey, lines, tables, dpi=dpi)
    if len(places) > MOST:
        return tuple(lines)
    kept = list(lines)
    for place in places:
        there = [word for line in kept for word in line.words if _overlap(place, word)]
        found = _read(engine, grey, place, dpi)
        if found is None or any(word.confidence >= found.words[0].confidence for word in there):
            continue
        kept = [left for line in kept if (left := _without(line, there)) is not None]
        at = next((at for at, line in enumerate(kept) if _in_gap(place, line)), None)
        if at is None:
            kept.append(found)
        else:
            words = sorted((*kept[at].words, *found.words), key=lambda word: word.left)
            kept[at] = replace(kept[at], words=tuple(words))
    return tuple(kept)


def _is_doubtful(word: Word) -> bool:
    """Whether a word is read again if it stands alone."""
    unsure = word.confidence < DOUBTFUL or not word.possible
    return unsure and len(word.text) <= SHORT


def _overlap(place: Box, word: Word) -> bool:
    """Whether the middle of one of them lies in the other."""
    left, top, right, bottom = place

    def holds(box: Box, x: float, y: float) -> bool:
        return box[0] <= x <= box[2] and box[1] <= y <= box[3]

    here: Box = (word.left, word.top, word.right, word.bottom)
    return holds(here, (left + right) / 2, (top + bottom) / 2) or holds(
        place, (word.left + word.right) / 2, (word.top + word.bottom) / 2
    )


def _without(line: Line, gone: Sequence[Word]) -> Line | None:
    """The line less these words; ``None`` where none is left."""
    words = tuple(word for word in line.words if word not in gone)
    return line.part(words) if words else None


def _in_gap(place: Box, line: Line) -> bool:
    """Whether a place lies between two words of a line."""
    left, top, right, bottom = place
    level = line.top <= (top + bottom) / 2 <= line.bottom
    return level and any(
        before.right <= left and right <= after.left for before, after in pairwise(line.words)
    )


def find_unread(
    grey: Image, lines: Sequence[Line], tables: Sequence[Table], *, dpi: float
) -> list[Box]:
    """Boxes of ink as high as letters that no sure word covers: in a cell, a gap, or alone."""
    import cv2
    import numpy as np

    step = dpi / MM_PER_INCH / SCALE
    small = cv2.resize(grey, None, fx=1 / SCALE, fy=1 / SCALE, interpolation=cv2.INTER_AREA)
    ink = np.asarray(cv2.inRange(small, 0, INK + 20), dtype=np.uint8)
    for line in lines:
        for word in line.words:
            if _is_doubtful(word):
                continue
            rows = slice(max(0, word.top // SCALE - 2), word.bottom // SCALE + 3)
            ink[rows, max(0, word.left // SCALE - 2) : word.right // SCALE + 3] = 0
    wide = 2 * max(1, round(JOIN_MM * step / 2)) + 1
    joined = cv2.dilate(_without_rules(ink, step), np.ones((3, wide), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    half = wide // 2
    low, high = (mm * step for mm in LETTER_MM)
    sums = cv2.integral(cv2.inRange(small, 0, INK + 20)) // 255
    found: list[Box] = []
    for x, y, across, down, _ in boxes[1:].tolist():
        left, top, width, height = x + half, y + 1, across - 2 * half, down - 2
        if not (low <= height <= high and NARROWEST_MM * step <= width <= WIDEST_MM * step):
            continue
        box: Box = (left, top, left + width, top + height)
        middle = SCALE * (left + width / 2), SCALE * (top + height / 2)
        in_cell = any(table.cell(*middle) is not None for table in tables)
        whole: Box = (SCALE * box[0], SCALE * box[1], SCALE * box[2], SCALE * box[3])
        if _at_rule(whole, tables, RULE_MM / MM_PER_INCH * dpi):
            continue
        in_gap = any(_in_gap(whole, line) for line in lines)
        if in_cell or in_gap or _stands_alone(sums, box, step):
            found.append(whole)
    return sorted(found, key=lambda box: (box[1], box[0]))


def _at_rule(box: Box, tables: Sequence[Table], near: float) -> bool:
    """Whether it is a piece of the rule between two columns of a table."""
    left, top, right, bottom = box
    return any(
        table.rows[0] <= (top + bottom) / 2 <= table.rows[-1]
        and any(left - near <= edge <= right + near for edge in table.columns)
        for table in tables
    )


def _without_rules(ink: Image, step: float) -> Image:
    """The ink less what is longer than any letter: rules, frames, swings of a pen."""
    import cv2
    import numpy as np

    _, labels, measures, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    longest = measures[:, 2:4].max(axis=1)
    letters = (longest <= LETTER_MM[1] * step) & (longest >= 2)
    letters[0] = False
    kept: Image = letters[labels].astype(np.uint8)
    return kept


def _stands_alone(sums: Any, box: Box, step: float) -> bool:
    """Whether no ink but its own lies beside ``box``, as at a page number, or all around it."""
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    left, top, right, bottom = box

    def ink(across: int, down: int) -> int:
        x1, y1 = max(0, left - across), max(0, top - down)
        x2, y2 = min(width, right + across), min(height, bottom + down)
        return int(sums[y2, x2]) - int(sums[y1, x2]) - int(sums[y2, x1]) + int(sums[y1, x1])

    own = ink(1, 1)
    near = (ink(round(across * step), round(down * step)) for across, down in ALONE_MM)
    return any(around - own <= 3 for around in near)  # a speck of dust is no neighbour


def _read(engine: "PyTessBaseAPI", grey: Image, box: Box, dpi: float) -> Line | None:
    """The words of one box, as a line of its own; ``None`` unless the engine is sure of them."""
    import numpy as np
    from tesserocr import PSM

    from digitize.ocr.tesseract import recognize

    left, top, right, bottom = box
    margin = round(MARGIN_MM / MM_PER_INCH * dpi)
    part = np.full((bottom - top + 2 * margin, right - left + 2 * margin), 255, np.uint8)
    edge = 3
    cut = grey[max(0, top - edge) : bottom + edge, max(0, left - edge) : right + edge]
    y, x = margin - min(edge, top), margin - min(edge, left)
    part[y : y + cut.shape[0], x : x + cut.shape[1]] = cut
    usual = engine.GetPageSegMode()
    best: Word | None = None
    try:
        for mode in (PSM.SINGLE_CHAR, PSM.SINGLE_WORD):
            engine.SetPageSegMode(mode)
            read = [word for line in recognize(engine, part, dpi=dpi) for word in line.words]
            if len(read) == 1 and read[0].confidence >= SURE:
                best = read[0]
                break
    finally:
        engine.SetPageSegMode(usual)
    if best is None or not best.possible or not any(map(str.isalnum, best.text)):
        return None
    word = replace(best, left=left, top=top, right=right, bottom=bottom)
    return Line((word,), left, top, right, bottom, bottom, bottom, starts_block=True)
