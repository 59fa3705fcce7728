"""How dark the ink of a page is and how even its paper, measured before anything is read.

Measured on drawn pages: ink of print is 37 to 100 dark once paper is white, that of typewriting,
carbon, needles and thermal paper 133 and more. Paper that varies is seen on photographs, folded and
stained sheets and in the gutter of a volume; on ordinary scans hardly a hundredth of it is shaded.
"""

from dataclasses import dataclass

from digitize.ocr.clean import MM_PER_INCH, Image, balance_white, only_grey

_STEP = 3  # every third pixel says enough of the ink
_INK = 200  # grey below this, paper made white
_DARK_PART = 20.0  # per cent of the ink that is darker than what is measured
_PALE = 125.0
_SHADED = (0.35, 0.90)  # of the usual paper; darker than the first is no paper, such as a table
_UNEVEN = 0.015  # share of the page
_SMALLER = 4  # paper is looked for on the page so much smaller
_REACH_MM = 3.0  # wider than the strokes of letters
_WIDEST = 31  # pixels


@dataclass(frozen=True, slots=True)
class Tone:
    """What decides whether cleaning is right for a page."""

    pale: bool  # ink so pale that cleaning takes it for dust
    uneven: bool  # paper shaded or stained


def tone_of(colour: Image, *, dpi: float) -> Tone:
    """See ``Tone``; ``colour`` has rows of B, G, R, or one grey channel."""
    import numpy as np

    sample = only_grey(balance_white(np.ascontiguousarray(colour[::_STEP, ::_STEP])))
    ink = sample[sample < _INK]
    pale = ink.size > 0 and float(np.percentile(ink, _DARK_PART)) > _PALE
    paper = paper_of(only_grey(colour), dpi=dpi)
    usual = float(np.median(paper))
    shaded = (paper > _SHADED[0] * usual) & (paper < _SHADED[1] * usual)
    return Tone(pale=pale, uneven=float(shaded.mean()) > _UNEVEN)


def paper_of(grey: Image, *, dpi: float) -> Image:
    """The paper under the ink, of a page a quarter as wide and high."""
    import cv2
    import numpy as np

    small = cv2.resize(grey, None, fx=1 / _SMALLER, fy=1 / _SMALLER, interpolation=cv2.INTER_AREA)
    reach = reach_of(dpi)
    spread = cv2.dilate(small, np.ones((reach, reach), np.uint8))
    return cv2.medianBlur(spread, min(reach, _WIDEST)).astype(np.uint8, copy=False)


def reach_of(dpi: float) -> int:
    """How far around a place its paper is looked for, in pixels of the smaller page; odd."""
    return 2 * max(1, round(_REACH_MM * dpi / MM_PER_INCH / _SMALLER)) + 1
