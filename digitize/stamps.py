"""What is stamped at the upper left of a page: letters of red ink, or dark ones in a frame.

Cleaning whitens red ink, and the engine takes a framed word for a picture: a secrecy mark is both.
"""

import math
from typing import TYPE_CHECKING, Any

from digitize.clean import INK, MM_PER_INCH, Image, Matrix
from digitize.tesseract import recognize
from digitize.words import Line, Word

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

_HIGH, _WIDE = 0.46, 0.58  # share of the page that is looked at: cell 10a and what is around it
_REDDER = 26  # than the paper is, by how much red exceeds the other channels where ink lies
_LEAST_PIXELS = 40  # of a reduced image: with fewer there is no stamp
_REDUCED = 4
_LETTER_MM = (1.6, 13.0)  # height of a letter of a stamp
_WIDEST_LETTER_MM = 16.0
_WORD_MM = (4.0, 70.0)  # width of what is read as one line
_FRAME_MM = ((12.0, 70.0), (4.5, 20.0))  # width and height of a stamp's frame
_FRAME_SHARE = 0.4  # of its box that a frame covers with ink at most
_THIN_INK = 190  # grey of a frame's thin line at half the size, at most
_ROUND_MM = 15.0  # what is so large both ways is the ring of a seal: its letters are no mark
_EDGE_MM = 0.5  # inside of the frame's outer edge, where its line has ended
_GAP_MM = 4.5  # between two words of a stamp
_PAD_MM = 1.5
_MOST_LINES = 10  # on one page: more is a coloured print, and no stamp
_LEAST_LETTERS = 2


def has_red(colour: Image) -> bool:
    """Whether there is so much red at the upper left that a stamp may be there."""
    return colour.ndim == 3 and _redness(colour) is not None


def stamped_lines(
    colour: Image, cleaned: Image, engine: "PyTessBaseAPI", *, dpi: float, to_page: Matrix
) -> tuple[Line, ...]:
    """Lines of stamps in the upper left part of the page, in pixels of the cleaned image.

    Costs nearly nothing where there is neither red nor a small frame.

    Args:
        colour: the upright page.
        cleaned: the same, grey and levelled.
        to_page: from ``cleaned`` to ``colour``.
    """
    found = []
    redness = _redness(colour) if colour.ndim == 3 else None  # in grey, all ink is read alike
    if redness is not None:
        for left, top, letters in _clusters(redness, dpi):
            lines = _read(engine, letters, dpi)
            found += [_moved(line, _levelled(left, top, to_page)) for line in lines]
    for left, top, letters in _framed(cleaned, dpi):
        found += [_moved(line, (left, top, 1.0, 0.0)) for line in _read(engine, letters, dpi)]
    return tuple(line for line in found if line.words)


def _redness(colour: Image) -> Image | None:
    """How much redder than the paper each pixel is; ``None`` where hardly one is."""
    import cv2
    import numpy as np

    part = colour[: int(colour.shape[0] * _HIGH), : int(colour.shape[1] * _WIDE)]
    small = part[::_REDUCED, ::_REDUCED].astype(np.int16)
    seen = small[:, :, 2] - np.maximum(small[:, :, 0], small[:, :, 1])
    paper = max(0, int(np.median(seen)))
    if int((seen > paper + _REDDER).sum()) < _LEAST_PIXELS:
        return None
    others = cv2.max(part[:, :, 0], part[:, :, 1])
    redder = cv2.subtract(part[:, :, 2], others)
    return cv2.subtract(redder, np.full_like(redder, paper)).astype(np.uint8)


def _clusters(redness: Image, dpi: float) -> list[tuple[int, int, Image]]:
    """Left, top and picture, black on white, of letters that stand together; frames left out."""
    import cv2
    import numpy as np

    mm = dpi / MM_PER_INCH
    ink = (redness > _REDDER).astype(np.uint8)
    # The colour of a JPEG is coarse: what is torn apart is joined before it is measured.
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, facts, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    round_ones = (facts[:, 2] > _ROUND_MM * mm) & (facts[:, 3] > _ROUND_MM * mm)
    round_ones[0] = False  # the paper
    seals = facts[round_ones]
    tall = (facts[:, 3] >= _LETTER_MM[0] * mm) & (facts[:, 3] <= _LETTER_MM[1] * mm)
    fitting = tall & (facts[:, 2] <= _WIDEST_LETTER_MM * mm)
    keep = np.zeros(count, dtype=np.bool_)
    for number in (int(one) for one in np.flatnonzero(fitting)):
        keep[number] = not (_encloses(facts, number, mm) or _lies_in(facts[number], seals))
    keep[0] = False
    if int(keep.sum()) < _LEAST_LETTERS:
        return []
    letters = keep[labels].astype(np.uint8)
    reach = np.ones((max(1, round(mm)), max(1, round(_GAP_MM * mm))), np.uint8)
    groups, _, boxes, _ = cv2.connectedComponentsWithStats(cv2.dilate(letters, reach))
    picked = []
    for number in range(1, groups):
        left, top, wide, high = (int(value) for value in boxes[number][:4])
        if _WORD_MM[0] * mm <= wide <= _WORD_MM[1] * mm and high <= 2 * _LETTER_MM[1] * mm:
            pad = round(_PAD_MM * mm)
            top_, left_ = max(0, top - pad), max(0, left - pad)
            rows, columns = slice(top_, top + high + pad), slice(left_, left + wide + pad)
            shown = np.where(letters[rows, columns], redness[rows, columns], 0)
            inked = 255 - np.minimum(shown.astype(np.uint16) * 3, 255)
            picked.append((left_, top_, inked.astype(np.uint8)))
    return picked if len(picked) <= _MOST_LINES else []


def _framed(cleaned: Image, dpi: float) -> list[tuple[int, int, Image]]:
    """Left, top and picture, black on white, of the letters inside of each small frame."""
    import cv2
    import numpy as np

    part = cleaned[: int(cleaned.shape[0] * _HIGH), : int(cleaned.shape[1] * _WIDE)]
    half = cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    ink = (half < _THIN_INK).astype(np.uint8)
    _, _, facts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    mm = dpi / MM_PER_INCH
    (narrow, wide), (low, high) = ((least * mm / 2, most * mm / 2) for least, most in _FRAME_MM)
    frames = np.flatnonzero(
        (facts[:, cv2.CC_STAT_WIDTH] >= narrow)
        & (facts[:, cv2.CC_STAT_WIDTH] <= wide)
        & (facts[:, cv2.CC_STAT_HEIGHT] >= low)
        & (facts[:, cv2.CC_STAT_HEIGHT] <= high)
        & (facts[:, 4] <= _FRAME_SHARE * facts[:, 2] * facts[:, 3])
    )
    picked = []
    for number in (int(one) for one in frames):
        if number == 0 or not _encloses(facts, number, mm / 2):
            continue
        left, top, across, down = (2 * int(value) for value in facts[number][:4])
        piece = part[top : top + down, left : left + across]
        frame = _largest(piece)
        inside = _inside(np.where(frame, 255, piece).astype(np.uint8), frame, mm)
        pad = round(_PAD_MM * mm)
        picked.append((left - pad, top - pad, np.pad(inside, pad, constant_values=255)))
    return picked if len(picked) <= _MOST_LINES else []


def _largest(piece: Image) -> Any:
    """Where the ink lies that reaches furthest: the frame."""
    import cv2
    import numpy as np

    ink = (piece < INK).astype(np.uint8)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    reach = facts[:, cv2.CC_STAT_WIDTH] * facts[:, cv2.CC_STAT_HEIGHT]
    reach[0] = 0  # the paper
    return labels == int(reach.argmax())


def _inside(picture: Image, frame: Any, mm: float) -> Image:
    """What lies inside of the frame, levelled; the frame may be tilted, and cut through print."""
    import cv2
    import numpy as np

    rows, columns = np.nonzero(frame)
    middle, (wide, high), angle = cv2.minAreaRect(np.column_stack((columns, rows)).astype("f4"))
    if abs(angle) > 45:  # how the sides are told changed between releases of the library
        wide, high, angle = high, wide, angle - math.copysign(90, angle)
    down, across = picture.shape
    turn = cv2.getRotationMatrix2D(middle, angle, 1.0)
    level = cv2.warpAffine(picture, turn, (across, down), borderValue=255)
    edge = _EDGE_MM * mm
    left, right = round(middle[0] - wide / 2 + edge), round(middle[0] + wide / 2 - edge)
    top, bottom = round(middle[1] - high / 2 + edge), round(middle[1] + high / 2 - edge)
    kept = level[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    return kept.astype(np.uint8) if kept.size else picture


def _lies_in(fact: Any, seals: Any) -> bool:
    """Whether it lies within one of the seals."""
    middle, height = fact[0] + fact[2] / 2, fact[1] + fact[3] / 2
    across = (seals[:, 0] <= middle) & (middle <= seals[:, 0] + seals[:, 2])
    down = (seals[:, 1] <= height) & (height <= seals[:, 1] + seals[:, 3])
    return bool((across & down).any())


def _encloses(facts: Any, number: int, mm: float) -> bool:
    """Whether other letters lie inside of it: it is the frame of a stamp."""
    left, top, wide, high, _ = (int(value) for value in facts[number])
    inside = (
        (facts[1:, 0] > left)
        & (facts[1:, 1] > top)
        & (facts[1:, 0] + facts[1:, 2] < left + wide)
        & (facts[1:, 1] + facts[1:, 3] < top + high)
        & (facts[1:, 3] >= _LETTER_MM[0] * mm)
    )
    return int(inside.sum()) >= _LEAST_LETTERS


def _read(engine: "PyTessBaseAPI", letters: Image, dpi: float) -> tuple[Line, ...]:
    from tesserocr import PSM

    usual = engine.GetPageSegMode()
    engine.SetPageSegMode(PSM.SINGLE_LINE)
    try:
        return recognize(engine, letters, dpi=dpi)
    finally:
        engine.SetPageSegMode(usual)


def _levelled(left: int, top: int, to_page: Matrix) -> tuple[float, float, float, float]:
    """A corner of the upright page in the levelled image, then cosine and sine of the turn."""
    a, b, c, d, e, f = to_page
    ground = a * d - b * c
    x, y = left - e, top - f
    return (d * x - c * y) / ground, (a * y - b * x) / ground, d / ground, b / ground


def _moved(line: Line, place: tuple[float, float, float, float]) -> Line:
    """The line in pixels of the levelled image; ``place`` is as ``_levelled`` tells it."""
    left, top, cosine, sine = place

    def at(x: float, y: float) -> tuple[int, int]:
        return round(left + cosine * x + sine * y), round(top - sine * x + cosine * y)

    words = tuple(
        Word(one.text, one.confidence, *at(one.left, one.top), *at(one.right, one.bottom))
        for one in line.words
    )
    x1, y1 = at(line.left, line.top)
    x2, y2 = at(line.right, line.bottom)
    return Line(words, x1, y1, x2, y2, float(y2), float(y2), True)
