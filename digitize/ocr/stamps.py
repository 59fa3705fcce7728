"""What is stamped at the upper left of a page: letters of red ink, or dark ones in a frame.

Cleaning whitens red ink, and the engine takes a framed word for a picture: a secrecy mark is both.
"""

import math
from typing import TYPE_CHECKING, Any

from digitize.ocr.clean import MM_PER_INCH, Image, Matrix
from digitize.ocr.stamped_words import word_in_frame
from digitize.ocr.tesseract import recognize
from digitize.ocr.words import Line, Word

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
_MOST_TILT = 8.0  # degrees by which a frame may be set askew
_WHOLE = 0.6  # of its rectangle that the inside of a frame covers at least
_JOINED_MM = (28.0, 12.0)  # by which the print that touches a frame reaches beyond it
_SHADES = (190, 145, 100)  # grey of a frame's line at half the size, at most
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
        for left, top, inside in _framed(_inked(redness), dpi):
            lines = _read_framed(engine, inside, dpi)
            found += [_moved(line, _levelled(left, top, to_page)) for line in lines]
    for left, top, inside in _framed(_upper_left(cleaned), dpi):
        found += [_moved(line, (left, top, 1.0, 0.0)) for line in _read_framed(engine, inside, dpi)]
    return tuple(line for line in found if line.words)


def _redness(colour: Image) -> Image | None:
    """How much redder than the paper each pixel is; ``None`` where hardly one is."""
    import cv2
    import numpy as np

    part = _upper_left(colour)
    small = part[::_REDUCED, ::_REDUCED].astype(np.int16)
    seen = small[:, :, 2] - np.maximum(small[:, :, 0], small[:, :, 1])
    paper = max(0, int(np.median(seen)))
    if int((seen > paper + _REDDER).sum()) < _LEAST_PIXELS:
        return None
    others = cv2.max(part[:, :, 0], part[:, :, 1])
    redder = cv2.subtract(part[:, :, 2], others)
    return cv2.subtract(redder, np.full_like(redder, paper)).astype(np.uint8)


def _inked(redness: Image) -> Image:
    """Red ink black on white."""
    import numpy as np

    return (255 - np.minimum(redness.astype(np.uint16) * 3, 255)).astype(np.uint8)


def _upper_left(image: Image) -> Image:
    return image[: int(image.shape[0] * _HIGH), : int(image.shape[1] * _WIDE)]


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
            picked.append((left_, top_, _inked(shown)))
    return picked if len(picked) <= _MOST_LINES else []


def _framed(part: Image, dpi: float) -> list[tuple[int, int, Image]]:
    """Left, top and picture, black on white, of what is inside of each small frame.

    A frame is a hole in the ink, whatever print it is set upon and joined to.
    """
    import cv2
    import numpy as np

    half = cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    mm = dpi / MM_PER_INCH
    holes: dict[tuple[int, ...], Any] = {}
    for shade in _SHADES:  # a worn line asks for the light one, letters close by for the dark one
        ink = (half < shade).astype(np.uint8)
        outlines, *tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        for number, (_, _, _, outer) in enumerate(tree[0][0] if outlines else ()):
            if outer >= 0 and _is_frame(outlines[number], outlines[outer], mm / 2):
                place = tuple(round(side / mm) for side in cv2.boundingRect(outlines[number]))
                holes.setdefault(place, outlines[number])
    if len(holes) > _MOST_LINES:
        return []
    return [_inside(part, 2 * hole, mm) for hole in holes.values()]


def _is_frame(hole: Any, outer: Any, mm: float) -> bool:
    """Whether a hole is the inside of a frame that stands by itself, level, and whole."""
    import cv2

    _, (wide, high), angle = _rectangle(hole)
    (narrow, widest), (low, highest) = _FRAME_MM
    if not (narrow * mm <= wide <= widest * mm and low * mm <= high <= highest * mm):
        return False
    if abs(angle) > _MOST_TILT or cv2.contourArea(hole) < _WHOLE * wide * high:
        return False
    _, _, across, down = cv2.boundingRect(outer)
    _, _, own_across, own_down = cv2.boundingRect(hole)
    return bool(across - own_across <= _JOINED_MM[0] * mm and down - own_down <= _JOINED_MM[1] * mm)


def _rectangle(outline: Any) -> tuple[tuple[float, float], tuple[float, float], float]:
    """The middle, width and height, and tilt of what it lies within; within 45 degrees."""
    import cv2

    (x, y), (wide, high), angle = cv2.minAreaRect(outline)
    if abs(angle) > 45:  # how the sides are told changed between releases of the library
        wide, high, angle = high, wide, angle - math.copysign(90, angle)
    return (x, y), (wide, high), angle


def _inside(part: Image, hole: Any, mm: float) -> tuple[int, int, Image]:
    """Left, top, and what lies inside of the frame, levelled."""
    import cv2
    import numpy as np

    middle, (wide, high), angle = _rectangle(hole)
    turn = cv2.getRotationMatrix2D(middle, angle, 1.0)
    level = cv2.warpAffine(part, turn, (part.shape[1], part.shape[0]), borderValue=255)
    inside_x, inside_y = (side / 2 - _EDGE_MM * mm for side in (wide, high))
    left, top = max(0, round(middle[0] - inside_x)), max(0, round(middle[1] - inside_y))
    right, bottom = round(middle[0] + inside_x), round(middle[1] + inside_y)
    return left, top, level[top:bottom, left:right].astype(np.uint8)


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


def _read_framed(engine: "PyTessBaseAPI", inside: Image, dpi: float) -> tuple[Line, ...]:
    """The word that is seen in the frame; what the engine reads there, where it is none of ours."""
    import numpy as np

    if (seen := word_in_frame(inside)) is not None:
        high, wide = inside.shape
        word = Word(seen[0], round(100 * seen[1], 1), 0, 0, wide, high)
        return (Line((word,), 0, 0, wide, high, float(high), float(high), starts_block=True),)
    pad = round(_PAD_MM / MM_PER_INCH * dpi)
    lines = _read(engine, np.pad(inside, pad, constant_values=255), dpi)
    return tuple(_moved(line, (-pad, -pad, 1.0, 0.0)) for line in lines)


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
