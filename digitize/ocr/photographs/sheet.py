"""Finds the sheet on a photograph: four corners of paper that is brighter than all around it.

A page from a scanner fills its image; one look at the rim tells it, and costs two milliseconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from digitize.ocr.clean import Image

_LOOK = 600  # pixels of the longer side are enough to find a sheet
_RIM = 3  # of these pixels
_DARK = 0.8  # of the paper: the ground of a photograph is darker
_LEAST_DARK = 0.5  # of the rim; a scanner's lid shows at one or two sides
_PAPER_PART = 80  # per cent of the pixels that are no brighter than paper
_STROKES = 60  # part of the shorter side: what is thinner is ink
_THRESHOLDS = (0.6, 0.75, 0.9, 1.0, 1.1, 1.2)  # of the level between both: a lamp shades the paper
_AREA = (0.2, 0.97)  # of the photograph
_CORNERS = (0.01, 0.02, 0.03, 0.04, 0.06, 0.08)  # of the outline, by which corners may be cut
_WHOLE = 0.9  # of the four corners' area is paper, and of the paper lies within
_BRIGHTER = (1.12, 4)  # times and levels by which paper is brighter inside than outside
_SIDE = 0.85  # of each side, along which it is
_NEAR = 0.02  # of the longer side: how far from it both are asked
_INSIDE = (0.5, 0.75, 1.0, 1.25, 1.5)  # of that far, where ink is asked
_THROUGH_TEXT = 0.5  # of the ink within, so much along a side: no sheet is written on to its edge


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a sheet lies on its photograph."""

    corners: Any  # upper left, upper right, lower right, lower left: rows of x and y, in pixels
    outline: Any  # points along its border


def find_sheet(image: Image) -> Sheet | None:
    """The sheet that lies on a darker ground; ``None`` where the page is the whole image."""
    import cv2
    import numpy as np

    step = max(1, max(image.shape[:2]) // _LOOK)
    if not _has_ground(_darkest(image[::step, ::step])):
        return None
    sides = image.shape[1] // step, image.shape[0] // step
    small = np.asarray(cv2.resize(image, sides, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    darkest = np.ascontiguousarray(_darkest(small))
    grey = np.asarray(cv2.medianBlur(darkest, 5), dtype=np.uint8)
    paper = _without_ink(grey)
    ink = np.asarray(cv2.subtract(paper, darkest), dtype=np.uint8)
    between, _ = cv2.threshold(paper, 0, 255, cv2.THRESH_OTSU)
    best, sheet = _WHOLE * _SIDE, None
    for part in _THRESHOLDS:
        bright = (paper > part * between).astype(np.uint8)
        if (found := _outlined(bright)) is None:
            continue
        corners, outline, whole = found
        side = _least_brighter(grey, corners, outline)
        if _cuts_text(ink, corners, outline):
            continue  # the border of a shadow
        if whole > _WHOLE and side > _SIDE and whole * side > best:
            best, sheet = whole * side, Sheet(corners * step, outline * step)
    return sheet


def _darkest(image: Image) -> Image:
    """The darkest channel: a coloured ground is dark in one of them."""
    import numpy as np

    return np.asarray(image.min(axis=2) if image.ndim == 3 else image, dtype=np.uint8)


def _has_ground(grey: Image) -> bool:
    import numpy as np

    rims = grey[:_RIM], grey[-_RIM:], grey[:, :_RIM], grey[:, -_RIM:]
    rim = np.concatenate([part.reshape(-1) for part in rims])
    return bool((rim < _DARK * np.percentile(grey, _PAPER_PART)).mean() >= _LEAST_DARK)


def _without_ink(grey: Image) -> Image:
    """The paper under its letters; the ground beside it stays, however narrow."""
    import cv2
    import numpy as np

    stroke = 2 * max(1, round(min(grey.shape) / _STROKES)) + 1
    rims = (stroke,) * 4
    padded = cv2.copyMakeBorder(grey, *rims, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((stroke, stroke), np.uint8))
    return closed[stroke:-stroke, stroke:-stroke].astype(np.uint8, copy=False)


def _outlined(bright: Image) -> tuple[Any, Any, float] | None:
    """Four corners of the largest bright piece, its outline, and how well the two agree."""
    import cv2
    import numpy as np

    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    hull = cv2.convexHull(outline)
    area, least, most = cv2.contourArea(hull), *(share * bright.size for share in _AREA)
    if not least < area < most:
        return None
    length = cv2.arcLength(hull, closed=True)
    for part in _CORNERS:
        found = cv2.approxPolyDP(hull, part * length, closed=True)
        if len(found) == 4:
            corners = found[:, 0].astype(np.float32)
            agree = min(cv2.contourArea(outline), cv2.contourArea(corners)) / area
            return _in_order(corners), outline[:, 0].astype(np.float32), agree
    return None


def _in_order(corners: Any) -> Any:
    """Clockwise from the upper left."""
    import numpy as np

    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    around = corners[np.argsort(angles)]
    return np.roll(around, -int(np.argmin(around.sum(axis=1))), axis=0)


def _least_brighter(grey: Image, corners: Any, outline: Any) -> float:
    """Of the side where it is least: along how much of it the paper is brighter than outside."""
    import numpy as np

    shares = []
    for places, away in _sides(grey, corners, outline):
        if not len(places):
            return 0.0
        inside = np.max([_levels(grey, places - away * part) for part in (0.6, 1, 1.4)], axis=0)
        outside = _levels(grey, places + away)  # or at the rim, if that is nearer
        times, levels = _BRIGHTER
        shares.append(float((inside > times * outside + levels).mean()))
    return min(shares)


def _cuts_text(ink: Image, corners: Any, outline: Any) -> bool:
    """Whether lines of writing run on beyond a side, and do not beyond the one across from it.

    Rules and frames of a sheet run to both, or along it in a line of no depth.
    """
    import cv2
    import numpy as np

    within = np.zeros(ink.shape, np.uint8)
    cv2.fillConvexPoly(within, np.rint(corners).astype(np.int32), 1)
    most = _THROUGH_TEXT * cv2.mean(ink, within)[0]
    cut = [
        len(places)
        and np.median([_levels(ink, places - away * part).mean() for part in _INSIDE]) > most
        for places, away in _sides(ink, corners, outline)
    ]
    return any(cut[side] and not cut[side - 2] for side in range(4))


def _sides(image: Image, corners: Any, outline: Any) -> Iterator[tuple[Any, Any]]:
    """Of each side the points of the outline nearest to it, and the way from it to ask outside."""
    import numpy as np

    near = _NEAR * max(image.shape)
    ends = np.roll(corners, -1, axis=0)
    along = (ends - corners) / np.linalg.norm(ends - corners, axis=1, keepdims=True)
    away = np.stack((along[:, 1], -along[:, 0]), axis=1)  # corners run clockwise
    far = np.abs(np.einsum("psi,si->ps", outline[:, None] - corners, away))
    nearest = far.argmin(axis=1)
    for side in range(4):
        yield outline[nearest == side], away[side] * near


def _levels(grey: Image, places: Any) -> Any:
    import numpy as np

    height, width = grey.shape
    across, down = np.rint(places).astype(int).T
    return grey[down.clip(0, height - 1), across.clip(0, width - 1)].astype(np.float32)
