"""One page made easy to read: laid flat, black edges gone, paper white, ink full, lines level.

Nothing is taken away that may be writing: what is no strong ink stays on the page, paler. A page
that is a picture rather than print is left as it came.
"""

from dataclasses import dataclass
from typing import Any

from digitize.looks.edges import without_edges
from digitize.ocr.clean import MIN_SKEW_DEG, UNCHANGED, Image, Matrix, find_skew, level, only_grey
from digitize.ocr.hard_pages.evened import without_shade
from digitize.ocr.photographs.flat import Flat, flat_of, straightened
from digitize.ocr.pixels import PagePixels

PAPER = 225  # what is darker, once divided by the paper around it, may be writing
_WHITE = 245  # and what is as bright is paper for sure
INK = 128  # what is as dark is ink
_LEAST_PX = 32  # of a side; what is smaller is no page
_PALEST_INK = 180  # of a page that has no darker one
_DARKEST_INK = 0.5  # per cent of the pixels that are darker
_MOST_TONES = 0.22  # of the page neither ink nor paper: beyond it is a picture
_MOST_INK = 0.35  # so is one with more ink than any page of print


@dataclass(frozen=True, slots=True)
class Look:
    """A page made easy to read; of a picture the page as it came."""

    image: Image  # rows of B, G, R, or one grey channel; upright
    dpi: float
    is_print: bool
    shown: PagePixels  # the upright page that it was made of
    flat: Flat | None = None
    cut: tuple[int, int] = (0, 0)  # left and top that were cut off
    to_page: Matrix = UNCHANGED  # from the level image back to the one that was made level

    def places(self, shares: Any) -> Any:
        """Rows of x and y, shares of the page as it lies in its file, in pixels of this image."""
        import numpy as np

        scanned = np.asarray(shares) * (self.shown.width_px, self.shown.height_px)
        upright = _back(self.shown.turned_back(UNCHANGED), scanned) / self.shown.scale
        if self.flat is not None:
            upright = self.flat.from_photograph(upright)
        return _back(self.to_page, upright - self.cut)


def look_of(page: PagePixels) -> Look:
    """What a reader is shown of a page that was decoded."""
    shown = page.to_read()
    if min(shown.image.shape[:2]) < _LEAST_PX:
        return as_it_came(page)
    flat = flat_of(shown.image)
    pixels = straightened(shown, flat)
    image, cut = without_edges(pixels.image, dpi=pixels.dpi)
    image, dpi = whitened(image, dpi=pixels.dpi), pixels.dpi
    if not is_print(only_grey(image)):
        return Look(pixels.image, dpi, is_print=False, shown=shown, flat=flat)
    skew_deg, to_page = find_skew(only_grey(image)), UNCHANGED
    if abs(skew_deg) >= MIN_SKEW_DEG:
        turned = level(image, skew_deg)
        image, to_page = turned.image, turned.to_page
    return Look(image, dpi, True, shown, flat, cut, to_page)


def as_it_came(page: PagePixels) -> Look:
    """A page that nothing is to be made of."""
    shown = page.to_read()
    return Look(shown.image, shown.dpi, is_print=False, shown=shown)


def whitened(image: Image, *, dpi: float) -> Image:
    """Each channel divided by the paper around each place, and its ink made full."""
    import cv2
    import numpy as np

    channels = [image] if image.ndim == 2 else list(cv2.split(image))
    divided = [without_shade(np.asarray(channel, np.uint8), dpi=dpi) for channel in channels]
    ink = min(float(np.percentile(picture[::4, ::4], _DARKEST_INK)) for picture in divided)
    ink = min(ink, _PALEST_INK)
    # Nothing becomes paler than it is, but for paper.
    table = np.interp(np.arange(256), (ink, PAPER, _WHITE), (0, PAPER, 255)).astype(np.uint8)
    white = cv2.LUT(cv2.merge(divided), table)
    return np.asarray(white, dtype=np.uint8)


def is_print(grey: Image) -> bool:
    """Whether a whitened page is ink on paper; else it is a photograph, or drawn in tones."""
    tones = float(((grey > INK) & (grey < PAPER)).mean())
    return tones < _MOST_TONES and float((grey <= INK).mean()) < _MOST_INK


def _back(matrix: Matrix, places: Any) -> Any:
    """The way against a matrix."""
    import numpy as np

    a, b, c, d, e, f = matrix
    return (places - (e, f)) @ np.linalg.inv(np.array(((a, c), (b, d)))).T
