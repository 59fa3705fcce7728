"""Shade along the creases of a folded sheet, taken away: paper and letters as light as beside it.

A crease darkens a band of a few millimetres from edge to edge. Cleaning takes the band for ink that
is no letter, and a row of print that lies in it goes with it; one that goes down the page parts the
lines into two columns. What of the letters is still darker than their paper is brought back here.
A rule is thinner, and a bar of ink has sharp edges: both stay.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from digitize.ocr.clean import MM_PER_INCH, Image, only_grey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Light = npt.NDArray[np.float32]
else:
    Light = Any

_BLOCK_MM = 12.0  # along the crease, which need not be straight, paper is looked for so often
_LIGHT = 0.85  # of a row's part that is darker than its paper
_WIDEST_MM = 16.0  # of a band; what is wider is no crease, but shade
_THINNEST_MM = 0.9  # of its dark part
_DARK, _SHADED = 0.85, 0.95  # of the paper beside it
_BLACK = 0.15  # with less light nothing is told apart
_SHARP = 0.5  # share of a black band that is shaded: less has sharp edges
_SLOPE_MM = 2.5  # from one part to the next
_EACH_MM = 4  # pixels to a millimetre tell enough
_LEAST_SIDE = 40  # such pixels; what is smaller is no page
_MOST = 0.2  # of the page; more is no crease
_DARK_PAPER = 90  # grey; with such there is white print on it
_THROUGHOUT = 0.8  # of the parts from edge to edge


def without_creases(colour: Image, *, dpi: float) -> Image:
    """The page with its creases as light as its paper; the very image where it has none."""
    import numpy as np

    mm = dpi / MM_PER_INCH
    for upright in (False, True):
        seen = colour.swapaxes(0, 1) if upright else colour
        light = _light(seen, mm)
        if light is not None:
            seen = _lifted(seen, light)
            colour = np.ascontiguousarray(seen.swapaxes(0, 1)) if upright else seen
    return colour


def _light(colour: Image, mm: float) -> Light | None:
    """How light the paper of each row is, by parts of the row, where creases lie; else 1."""
    import cv2
    import numpy as np

    step = max(1, round(mm / _EACH_MM))
    grey, mm = only_grey(np.ascontiguousarray(colour[::step, ::step])), mm / step
    if min(grey.shape) < _LEAST_SIDE:
        return None
    count = max(3, round(grey.shape[1] / (_BLOCK_MM * mm)))
    edges = np.linspace(0, grey.shape[1], count + 1).astype(int).tolist()
    parts = [
        np.sort(grey[:, left:right], axis=1)[:, int(_LIGHT * (right - left))]
        for left, right in pairwise(edges)
    ]
    paper = np.ascontiguousarray(np.stack(parts, axis=1), dtype=np.float32)
    if np.median(paper) < _DARK_PAPER:
        return None
    reach = np.ones((2 * round(_WIDEST_MM * mm / 2) + 1, 1), np.uint8)
    beside = cv2.morphologyEx(paper, cv2.MORPH_CLOSE, reach)
    light = (paper / np.maximum(beside, 1)).astype(np.float32)
    thin = np.ones((max(2, round(_THINNEST_MM * mm)), 1), np.uint8)
    dark = cv2.morphologyEx((light < _DARK).astype(np.uint8), cv2.MORPH_OPEN, thin)
    near = np.ones((2 * round(_SLOPE_MM * mm) + 1, 1), np.uint8)
    throughout = cv2.dilate(dark, near).mean(axis=1) >= _THROUGHOUT
    if not throughout.any():
        return None
    within = cv2.dilate(throughout.astype(np.uint8).reshape(-1, 1), reach) > 0
    light[(light >= _SHADED) | ~within | _bars(light)] = 1
    return light if 0 < (light < 1).mean() <= _MOST else None


def _bars(light: Light) -> "npt.NDArray[np.bool_]":
    """Where bands of ink lie: black, with hardly any shade beside it."""
    import cv2
    import numpy as np

    bars = np.zeros(light.shape, bool)
    for part, column in enumerate(light.T):
        shaded = (column < _SHADED).astype(np.uint8)
        count, labels = cv2.connectedComponents(shaded.reshape(-1, 1), connectivity=4)
        for number in range(1, count):
            run = labels[:, 0] == number
            black = (column[run] < _BLACK).mean()
            bars[run, part] = 0 < 1 - black < _SHARP or black == 1
    return bars


def _lifted(colour: Image, light: Light) -> Image:
    import cv2
    import numpy as np

    whole = cv2.resize(light, colour.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    rows = np.flatnonzero((whole < 1).any(axis=1))
    lifted = colour.copy()
    share = np.maximum(whole[rows], _BLACK)
    share = share.reshape(*share.shape, *(1,) * (colour.ndim - 2))
    lifted[rows] = np.clip(np.rint(colour[rows] / share), 0, 255).astype(np.uint8)
    return lifted
