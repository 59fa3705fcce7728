"""Rows of dots to write on, as forms have them, whitened before the engine sees the page.

It takes them for words of punctuation, and loses the line they stand in. Below what is written on
them only those go that stand in step with the free ones: another dot is a mark of its letter.
"""

from typing import TYPE_CHECKING

from digitize.ocr.clean import MM_PER_INCH, SHADE, Image, pixels_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_DOT_MM = 0.9  # at most, both ways
_APART_MM = 2.2  # from dot to dot, at most
_LONG_MM = 12.0  # of a row of dots, at least: marks of letters never follow each other so far
_HIGH_MM = 1.3  # of such a row, at most
_ABOVE_MM = 2.0  # without ink over a dot: below a letter it may be its mark
_LEAST = 7  # dots
_MOST = 30_000  # of a page, marks of its letters among them; more is a picture made of dots
_OFF_STEP = 0.3  # of the step from dot to dot, by which one may stand off: a pixel of fine dots
_OFF_ROW_MM = 0.2  # above or below the row of free dots
_LIKE = 0.5, 1.6  # times the size of a free dot


def without_leaders(grey: Image, *, dpi: float) -> Image:
    """The levelled page without rows of dots; the very image where it has none."""
    import cv2
    import numpy as np

    mm = dpi / MM_PER_INCH
    _, ink = cv2.threshold(grey, SHADE - 1, 1, cv2.THRESH_BINARY_INV)
    _, labels, found, middles = cv2.connectedComponentsWithStats(ink, connectivity=8)
    sides = found[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    is_dot = (sides.max(axis=1) <= _DOT_MM * mm) & (sides.max(axis=1) <= 2 * sides.min(axis=1))
    is_dot[0] = False
    if not _LEAST <= is_dot.sum() <= _MOST:
        return grey
    dots = np.zeros_like(grey)
    dots.reshape(-1)[pixels_of(labels, is_dot)[0]] = 1
    reach = np.ones((1, max(3, round(_APART_MM * mm))), np.uint8)
    joined = cv2.morphologyEx(dots, cv2.MORPH_CLOSE, reach)
    _, rows, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    is_row = (wide >= _LONG_MM * mm) & (high <= _HIGH_MM * mm)
    is_row[0] = False
    if not is_row.any():
        return grey
    across, down = np.rint(middles[is_dot]).astype(np.int64).T
    is_row &= np.bincount(rows[down, across], minlength=len(stats)) >= _LEAST
    above = np.zeros((2 * round(_ABOVE_MM * mm) + 1, 1), np.uint8)
    above[: round(_ABOVE_MM * mm)] = 1
    written_over = cv2.dilate(cv2.bitwise_and(ink, 1 - dots), above)
    is_free = np.bincount(labels[written_over > 0], minlength=len(found)) == 0
    row_of = rows[down, across]
    taken = is_free.copy()
    taken[is_dot] |= _in_step(row_of, middles[is_dot], found[is_dot, 4], is_free[is_dot], mm)
    gone = is_row[rows] & (dots > 0) & taken[labels]
    gone = cv2.dilate(gone.view(np.uint8), np.ones((3, 3), np.uint8))
    cleaned = grey.copy()
    cleaned[gone > 0] = 255
    return cleaned


def _in_step(
    row_of: "npt.NDArray[np.int32]",
    middles: "npt.NDArray[np.float64]",
    areas: "npt.NDArray[np.int32]",
    is_free: "npt.NDArray[np.bool_]",
    mm: float,
) -> "npt.NDArray[np.bool_]":
    """Which dots look like the free ones of their row, and go on at their height and step."""
    import numpy as np

    found = np.zeros(len(row_of), np.bool_)
    for row in np.unique(row_of[is_free]):
        here = np.flatnonzero(row_of == row)
        here = here[np.argsort(middles[here, 0])]
        free = here[is_free[here]]
        apart = np.diff(middles[free, 0])
        if len(free) < _LEAST or not np.median(apart):  # none, or specks one below the other
            continue
        step = float(apart[apart < 1.5 * np.median(apart)].mean())
        if not step:  # as many stand one below the other
            continue
        beside = np.abs(middles[here, 1] - np.median(middles[free, 1])) <= _OFF_ROW_MM * mm
        like = areas[here] / np.median(areas[free])
        alike = here[beside & (like >= _LIKE[0]) & (like <= _LIKE[1]) | is_free[here]]
        found[alike] = _reached(middles[alike, 0] / step, is_free[alike])
    return found


def _reached(
    places: "npt.NDArray[np.float64]", is_free: "npt.NDArray[np.bool_]"
) -> "npt.NDArray[np.bool_]":
    """Which are whole steps away from the next one towards the free ones; in order of places."""
    reached = is_free.copy()
    for order in (range(len(places)), range(len(places) - 1, -1, -1)):
        last = None
        for at in order:
            if not reached[at] and last is not None:
                steps = abs(places[at] - last)
                reached[at] = abs(steps - round(steps)) <= _OFF_STEP
            if reached[at]:
                last = places[at]
    return reached
