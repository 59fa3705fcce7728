"""Large letters in grey or colour under the print: a watermark that says copy or draft.

Where its strokes cross a row the engine takes letters for parts of the large ones. There alone all
that is no darker than they are becomes white: print elsewhere keeps its fine strokes.
"""

from dataclasses import replace

from digitize.ocr.clean import MM_PER_INCH, CleanedPage, Image

_INK = 0.3  # per cent of the page that is as dark as its print, of a short one too
_TINT = 0.3, 0.75  # of the way from ink to paper: print is darker, a paler mark harms nothing
_THICK_MM = 1.0  # strokes of large letters; those of print of 24 pt have less
_LEAST_SHARE, _MOST_SHARE = 0.004, 0.5  # of the page: two letters; a shadow, or the paper itself
_DARKEST = 5.0  # per cent of the mark: what is darker is print
_KEPT = 0.45  # of the way from ink to the mark: what is darker stays as it is
_SMALLER = 2


def without_watermark(page: CleanedPage, *, dpi: float) -> CleanedPage | None:
    """The cleaned page without large pale letters; ``None`` where there are none."""
    import cv2
    import numpy as np

    grey = page.image
    half = cv2.resize(grey, None, fx=1 / _SMALLER, fy=1 / _SMALLER, interpolation=cv2.INTER_AREA)
    ink, paper = float(np.percentile(half, _INK)), float(np.median(half))
    low, high = (round(ink + share * (paper - ink)) for share in _TINT)
    thick = max(3, round(_THICK_MM * dpi / MM_PER_INCH / _SMALLER))
    tint = cv2.inRange(half, low, high)
    solid = cv2.morphologyEx(tint, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8))
    if not _LEAST_SHARE <= float((solid > 0).mean()) <= _MOST_SHARE:
        return None
    mark = float(np.percentile(half[solid > 0], _DARKEST))
    around = cv2.dilate(solid, np.ones((2 * thick + 1, 2 * thick + 1), np.uint8))
    there = cv2.resize(around, grey.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    cleared: Image = np.where(there, _lighter_from(grey, ink, mark), grey)
    return replace(page, image=cleared)


def _lighter_from(grey: Image, ink: float, mark: float) -> Image:
    """White from the tone of the mark on, and by degrees before it."""
    import cv2
    import numpy as np

    kept = ink + _KEPT * (mark - ink)
    tones = np.arange(256, dtype=np.float32)
    faded = kept + np.clip((tones - kept) / max(1.0, mark - kept), 0, 1) * (255 - kept)
    table = np.where(tones < kept, tones, faded).astype(np.uint8)
    return cv2.LUT(grey, table).astype(np.uint8, copy=False)
