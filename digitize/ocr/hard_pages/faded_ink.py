"""Ink that fades from place to place: toner that gives out in bands, a lamp on glossy paper.

The engine takes ink far paler than the rest for paper, and is as sure of the rest as ever: whole
lines are lost, and no confidence tells of it. Here the ink of each place is made as dark as ink
can be.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from digitize.ocr.clean import INK, MM_PER_INCH, CleanedPage, Image
from digitize.ocr.words import Line

_PALEST = 232  # grey of ink that is still told from white paper
_APART_MM = 0.6  # from all dark ink: nearer, pale is the rim of a letter
_LEAST_SHARE = 0.0004  # of the page: half of what one short row of print has
_AMONG = 0.25  # of what is pale elsewhere; faded rows have nothing among the words of others
_AROUND_MM = 4.0  # how far around a place its darkest ink is looked for
_PAPER, _GRAIN = 22.0, 5.0  # levels below white of paper; times its grain, what is darker is ink
_FULL = 215.0  # levels below white that ink is given
_SMALLER, _STEP = 2, 4  # of the page on which pale ink, and the darkest of a place, is looked for


def has_faded_ink(grey: Image, *, dpi: float) -> bool:
    """Whether something pale stands apart from all dark ink, as rows of faded letters do."""
    pale, near = _pale_and_near(grey, dpi=dpi)
    return float((pale & ~near).mean()) > _LEAST_SHARE


def is_behind(grey: Image, lines: Sequence[Line], *, dpi: float) -> bool:
    """Whether what is pale stands among the words of rows too, as ink of the other side does."""
    import numpy as np

    pale, near = _pale_and_near(grey, dpi=dpi)
    rows = np.zeros(pale.shape, np.bool_)
    for line in lines:
        left, top, right, bottom = (
            max(0, edge // _SMALLER) for edge in (line.left, line.top, line.right, line.bottom)
        )
        rows[top:bottom, left:right] = True
    among, apart = rows & ~near, ~rows & ~near
    if not (among.any() and apart.any()):
        return True
    return float(pale[among].mean()) > _AMONG * float(pale[apart].mean())


def _pale_and_near(grey: Image, *, dpi: float) -> tuple[Any, Any]:
    """Where the page, made smaller, is pale, and where it is near dark ink; arrays of truths."""
    import cv2
    import numpy as np

    half = cv2.resize(grey, None, fx=1 / _SMALLER, fy=1 / _SMALLER, interpolation=cv2.INTER_AREA)
    reach = 2 * max(1, round(_APART_MM * dpi / MM_PER_INCH / _SMALLER)) + 1
    near = cv2.dilate(cv2.inRange(half, 0, INK), np.ones((reach, reach), np.uint8))
    return cv2.inRange(half, INK, _PALEST) > 0, near > 0


def in_full_ink(page: CleanedPage, *, dpi: float) -> CleanedPage:
    """The cleaned page, its ink as dark everywhere as it can be; paper stays as it is."""
    import cv2
    import numpy as np

    dark = 255 - page.image
    of_paper = dark[dark < _PAPER]
    least = max(_PAPER, _GRAIN * float(np.median(of_paper)) if of_paper.size else 0.0)
    block = np.ones((_STEP + 1, _STEP + 1), np.uint8)
    size = [max(1, side // _STEP) for side in dark.shape[::-1]]
    small = cv2.resize(cv2.dilate(dark, block), size, interpolation=cv2.INTER_NEAREST)
    reach = 2 * max(1, round(_AROUND_MM * dpi / MM_PER_INCH / _STEP)) + 1
    darkest = cv2.dilate(small, np.ones((reach, reach), np.uint8)).astype(np.float32)
    darkest = np.asarray(cv2.GaussianBlur(darkest, (0, 0), reach / 4), dtype=np.float32)
    gain = np.where(darkest > least, np.maximum(_FULL / np.maximum(darkest, 1.0), 1.0), 1.0)
    gain = cv2.resize(gain.astype(np.float32), dark.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return replace(page, image=(255 - np.clip(dark * gain, 0, 255)).astype(np.uint8))
