"""Ink that fades from place to place: toner that gives out in bands, a lamp on glossy paper.

The engine takes ink far paler than the rest for paper, and is as sure of the rest as ever: whole
lines are lost, and no confidence tells of it. Here the ink of each place is made as dark as ink
can be.
"""

from dataclasses import replace

from digitize.ocr.clean import INK, MM_PER_INCH, CleanedPage, Image

_PALEST = 232  # grey of ink that is still told from white paper
_APART_MM = 0.6  # from all dark ink: nearer, pale is the rim of a letter
_LEAST_SHARE = 0.0004  # of the page: half of what one short row of print has
_AROUND_MM = 4.0  # how far around a place its darkest ink is looked for
_PAPER, _GRAIN = 22.0, 5.0  # levels below white of paper; times its grain, what is darker is ink
_FULL = 215.0  # levels below white that ink is given
_SMALLER, _STEP = 2, 4  # of the page on which pale ink, and the darkest of a place, is looked for


def has_faded_ink(grey: Image, *, dpi: float) -> bool:
    """Whether something pale stands apart from all dark ink, as rows of faded letters do."""
    import cv2
    import numpy as np

    half = cv2.resize(grey, None, fx=1 / _SMALLER, fy=1 / _SMALLER, interpolation=cv2.INTER_AREA)
    reach = 2 * max(1, round(_APART_MM * dpi / MM_PER_INCH / _SMALLER)) + 1
    near = cv2.dilate(cv2.inRange(half, 0, INK), np.ones((reach, reach), np.uint8))
    pale = cv2.inRange(half, INK, _PALEST)
    return float(((pale > 0) & (near == 0)).mean()) > _LEAST_SHARE


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
