"""Small frames on a page, as stamps have them: level or askew, by themselves or set upon print."""

import math
from typing import Any

from digitize.ocr.clean import MM_PER_INCH, Image

_FRAME_MM = ((12.0, 90.0), (4.5, 22.0))  # width and height of a stamp's frame
_MOST_TILT = 25.0  # degrees by which a hand sets a stamp askew
_WHOLE = 0.6  # of its rectangle that the inside of a frame covers at least
_JOINED_MM = (28.0, 12.0)  # by which the print that touches a frame reaches beyond it
_SHADES = (190, 145, 100)  # grey of a frame's line at half the size, at most
_EDGE_MM = 0.5  # inside of the frame's outer edge, where its line has ended
_MOST_FRAMES = 8  # that are looked into on one page; a form has more of them
_HEAD = 0.46  # share of the page that is looked at first

Place = tuple[float, float, float, float]  # left, top, cosine and sine of the turn


def framed(grey: Image, dpi: float) -> list[tuple[Place, Image]]:
    """Place and picture, levelled and black on white, of what is inside of each small frame.

    A frame is a hole in the ink, whatever print it is set upon and joined to.
    """
    import cv2
    import numpy as np

    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    mm = dpi / MM_PER_INCH
    holes: dict[tuple[int, ...], Any] = {}
    for shade in _SHADES:  # a worn line asks for the light one, letters close by for the dark one
        ink = (half < shade).astype(np.uint8)
        if not _has_room(ink, mm / 2):
            continue  # outlines are dear where a page is nothing but noise
        outlines, *tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        for number, (_, _, _, outer) in enumerate(tree[0][0] if outlines else ()):
            if outer >= 0 and _is_frame(outlines[number], outlines[outer], mm / 2):
                place = tuple(round(side / mm) for side in cv2.boundingRect(outlines[number]))
                holes.setdefault(place, outlines[number])
    high = half.shape[0]
    first = sorted(holes.items(), key=lambda hole: (hole[0][1] * mm > _HEAD * high, hole[0]))
    return [_inside(grey, 2 * hole, mm) for _, hole in first[:_MOST_FRAMES]]


def _has_room(ink: Image, mm: float) -> bool:
    """Whether any piece of paper is as large as the inside of a frame, however it is tilted."""
    import cv2

    _, _, pieces, _ = cv2.connectedComponentsWithStats(1 - ink, connectivity=4)
    wide, high = pieces[1:, cv2.CC_STAT_WIDTH], pieces[1:, cv2.CC_STAT_HEIGHT]
    (_, widest), (low, highest) = _FRAME_MM
    tilted = math.sin(math.radians(_MOST_TILT))
    fits = (wide <= (widest + tilted * highest) * mm) & (high <= (highest + tilted * widest) * mm)
    narrowest = _FRAME_MM[0][0] * math.cos(math.radians(_MOST_TILT))
    return bool((fits & (wide >= narrowest * mm) & (high >= low * mm)).any())


def _is_frame(hole: Any, outer: Any, mm: float) -> bool:
    """Whether a hole is the inside of a frame that stands by itself, nearly level, and whole."""
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


def _inside(grey: Image, hole: Any, mm: float) -> tuple[Place, Image]:
    """What lies inside of the frame, levelled, and where its corner is on the page."""
    middle, (wide, high), angle = _rectangle(hole)
    return cut_level(grey, middle, (wide - 2 * _EDGE_MM * mm, high - 2 * _EDGE_MM * mm), angle)


def cut_level(
    grey: Image, middle: tuple[float, float], size: tuple[float, float], angle: float
) -> tuple[Place, Image]:
    """The piece of so many pixels about a point of the page, turned level, and its place."""
    import cv2
    import numpy as np

    wide, high = (max(1, round(side)) for side in size)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    left = middle[0] - cosine * wide / 2 + sine * high / 2
    top = middle[1] - sine * wide / 2 - cosine * high / 2
    to_page = np.array([[cosine, -sine, left], [sine, cosine, top]], dtype=np.float64)
    level = cv2.warpAffine(
        grey,
        to_page,
        (wide, high),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )
    return (left, top, cosine, sine), level.astype(np.uint8, copy=False)
