"""A page on which only the darkest ink is left: rules of a pad, squares and dots under it go.

The engine takes a page whose lines of text stand on printed rules, or on a screen of dots, for a
picture, and reads nothing of it.
"""

from dataclasses import replace

from digitize.ocr.clean import CleanedPage, Image

_DARKEST = 1.0  # per cent of the page that has its ink
_KEPT, _GONE = 0.25, 0.54  # of the way from ink to paper: darker stays, lighter is white
_STEP = 4


def in_darkest_ink(page: CleanedPage) -> CleanedPage:
    """The cleaned page without what is lighter than half way from its ink to its paper."""
    return replace(page, image=_darkest(page.image))


def _darkest(grey: Image) -> Image:
    import cv2
    import numpy as np

    sample = grey[::_STEP, ::_STEP]
    paper, ink = float(np.median(sample)), float(np.percentile(sample, _DARKEST))
    kept, gone = (ink + share * max(paper - ink, 1.0) for share in (_KEPT, _GONE))
    tones = np.arange(256, dtype=np.float32)
    faded = kept + np.clip((tones - kept) / (gone - kept), 0, 1) * (255 - kept)
    table = np.where(tones < kept, tones, faded)
    return cv2.LUT(grey, table.astype(np.uint8)).astype(np.uint8, copy=False)
