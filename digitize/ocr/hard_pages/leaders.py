"""Rows of dots to write on, as forms have them, whitened before the engine sees the page.

It takes them for words of punctuation, and loses the line they stand in.
"""

from digitize.ocr.clean import MM_PER_INCH, SHADE, Image

_DOT_MM = 0.9  # at most, both ways
_APART_MM = 2.2  # from dot to dot, at most
_LONG_MM = 12.0  # of a row of dots, at least: marks of letters never follow each other so far
_HIGH_MM = 1.3  # of such a row, at most
_ABOVE_MM = 2.0  # without ink over a dot: below a letter it may be its mark
_LEAST = 7  # dots


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
    if is_dot.sum() < _LEAST:
        return grey
    dots = is_dot[labels].view(np.uint8)
    reach = np.ones((1, max(3, round(_APART_MM * mm))), np.uint8)
    joined = cv2.morphologyEx(dots, cv2.MORPH_CLOSE, reach)
    _, rows, told, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    wide, high = told[:, cv2.CC_STAT_WIDTH], told[:, cv2.CC_STAT_HEIGHT]
    is_row = (wide >= _LONG_MM * mm) & (high <= _HIGH_MM * mm)
    is_row[0] = False
    if not is_row.any():
        return grey
    across, down = np.rint(middles[is_dot]).astype(np.int64).T
    is_row &= np.bincount(rows[down, across], minlength=len(told)) >= _LEAST
    above = np.zeros((2 * round(_ABOVE_MM * mm) + 1, 1), np.uint8)
    above[: round(_ABOVE_MM * mm)] = 1
    written_over = cv2.dilate(ink & (1 - dots), above)
    is_free = np.bincount(labels[written_over > 0], minlength=len(found)) == 0
    gone = is_row[rows] & (dots > 0) & is_free[labels]
    gone = cv2.dilate(gone.view(np.uint8), np.ones((3, 3), np.uint8))
    cleaned = grey.copy()
    cleaned[gone > 0] = 255
    return cleaned
