"""Even tones: the paper made white wherever it is darker, the ink as dark as it can be.

Unlike cleaning it takes nothing away but red ink: on worn pages a speck may be what is left of a
mark. Measured on old papers drawn by lot: of a hundred letters misread on cleaned typewriting,
copies and needle print, 30 are right on evened tones.
"""

from digitize.ocr.clean import (
    MM_PER_INCH,
    CleanedPage,
    Image,
    balance_white,
    levelled,
    only_grey,
    whiten_red,
)
from digitize.ocr.hard_pages.tone import paper_of, reach_of

_DARKEST_PAPER = 60  # grey below it is no paper
_INK_SHARE, _PAPER_SHARE = 0.5, 60.0  # per cent of the pixels that are darker than ink, than paper
_LEAST_CONTRAST = 30.0
_RED_LIFT = 6  # levels of grey by which red ink was lifted
_JOINT_MM = 0.165  # by which dots are blurred; they stand up to half a millimetre apart


def evened(colour: Image, *, dpi: float) -> CleanedPage:
    """Level, without shade, stains and red ink, contrast full.

    Args:
        colour: rows of B, G, R as OpenCV reads them, or one grey channel.
        dpi: the page's resolution.
    """
    grey = without_shade(only_grey(colour), dpi=dpi)
    if colour.ndim == 3:
        balanced = balance_white(colour)
        plain = only_grey(balanced)
        grey[whiten_red(balanced) > plain + (255 - plain).clip(0, _RED_LIFT)] = 255
    return levelled(_full_contrast(grey))


def joined(colour: Image, *, dpi: float) -> CleanedPage:
    """Even tones, dots of a needle printer run together to strokes, and specks faded."""
    import cv2

    blurred = cv2.GaussianBlur(colour, (0, 0), _JOINT_MM * dpi / MM_PER_INCH)
    return evened(blurred.astype(colour.dtype, copy=False), dpi=dpi)


def without_shade(grey: Image, *, dpi: float) -> Image:
    """Each place divided by the paper around it."""
    import cv2
    import numpy as np

    paper = cv2.GaussianBlur(paper_of(grey, dpi=dpi), (0, 0), reach_of(dpi) / 2)
    whole = cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    divided = cv2.divide(grey, np.maximum(whole, _DARKEST_PAPER), scale=255)
    return divided.astype(np.uint8, copy=False)


def _full_contrast(grey: Image) -> Image:
    import cv2
    import numpy as np

    ink, paper = (float(np.percentile(grey, part)) for part in (_INK_SHARE, _PAPER_SHARE))
    steps = (np.arange(256, dtype=np.float32) - ink) * 255 / max(paper - ink, _LEAST_CONTRAST)
    table = np.clip(steps, 0, 255).astype(np.uint8)
    return cv2.LUT(grey, table).astype(np.uint8, copy=False)
