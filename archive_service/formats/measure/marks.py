"""Strokes of ink on a page: how much there is, what the border cuts, what shines through."""

from dataclasses import dataclass
from typing import Any

from archive_service.formats.measure.prepared import MM_PER_INCH, Pieces, Prepared

SPECK_MM = 0.5  # what is smaller both ways is dust
LETTER_MM = (0.9, 9.0)
BORDER_MM = 0.8  # print that comes so near goes on outside: no margin is so narrow
PALE = 75  # levels below the paper: a fold, a stain or the lines of the paper itself
LEAST_LETTERS = 5  # fewer are dust
SLENDER = 3.0  # longer than so many times its width: a piece of a fold or of a rule
RULE = 6.0  # longer than so many times its width: a rule of a table, not a letter
NEAR_INK_MM = 0.8  # the blurred edge of ink itself
FAINT = (0.035, 0.30)  # darker than the paper by these parts of its brightness
NOISE_SIGMAS = 4.5
SIGMA_OF_MAD = 1.4826  # of a normal distribution
COLOURED = 40  # distance of the channels: a stamp or a pen, nothing of the other side
THROUGH_SMOOTH_MM = 0.6  # ink of the other side has no sharp detail; noise has
PALE_RULE_MM = (15.0, 1.3)  # longer and thinner than these: a rule of the paper, or a fold
BROAD_MM, TALL_MM = 1.3, 7.0  # broader strokes in larger letters: a watermark, a stain, a glare


@dataclass(frozen=True, slots=True)
class Strokes:
    """Ink without dust; pale lines on a page without letters are none."""

    share: float
    cut: int


def strokes(page: Prepared, pieces: Pieces) -> Strokes:
    """Ink by its connected pieces."""
    import numpy as np

    left, top, wide, high, area = (pieces.measures[1:, column] for column in range(5))
    mm = MM_PER_INCH / page.work_dpi
    longest = np.maximum(wide, high)
    drawn = longest * mm > SPECK_MM
    share = float(area[drawn].sum()) / page.ink.size
    height, width = page.ink.shape
    border = page.pixels(BORDER_MM)
    beside = (left < border) | (left + wide > width - border)
    upright = (top < border) | (top + high > height - border)
    # A rule runs out of the page; a sliver along its border is what is left of a letter.
    cut = (beside & (wide < RULE * high)) | (upright & (high < RULE * wide))
    low, most = LETTER_MM
    letter = (longest * mm > low) & (longest * mm < most)
    letters = int((letter & (longest < SLENDER * np.minimum(wide, high))).sum())
    ink = page.darkness[page.ink > 0]
    if letters < LEAST_LETTERS and ink.size and float(ink.mean()) < PALE:
        share = 0.0
    return Strokes(round(share, 5), int((cut & letter).sum()))


def bleed_through(page: Prepared) -> float:
    """Share of the page where strokes are faint, colourless, blurred, and far from ink.

    They are as small as writing is.
    """
    import cv2
    import numpy as np

    smooth = page.pixels(THROUGH_SMOOTH_MM) | 1
    faint = cv2.blur(page.darkness, (smooth, smooth))
    usual = float(np.median(page.paper[::4, ::4])) or 1.0
    sample = faint[::3, ::3].astype(np.float32)
    level = float(np.median(sample))  # noise darkens it too
    noise = NOISE_SIGMAS * SIGMA_OF_MAD * float(np.median(np.abs(sample - level)))
    low, most = level + max(FAINT[0] * usual, noise), level + FAINT[1] * usual
    through = (faint > low) & (faint < most)
    side = 2 * page.pixels(NEAR_INK_MM) + 1
    near = cv2.dilate(page.ink, np.ones((side, side), np.uint8))
    through &= np.equal(near, 0)
    if page.colour is not None:
        blue, green, red = cv2.split(page.colour)
        most_apart = cv2.subtract(
            cv2.max(red, cv2.max(green, blue)), cv2.min(red, cv2.min(green, blue))
        )
        paper_apart = float(np.median(most_apart[::4, ::4]))
        through &= most_apart < paper_apart + COLOURED
    return round(_writing(through, page) / through.size, 4)


def _writing(through: Any, page: Prepared) -> float:
    """How many of these pixels are neither rules and folds nor watermarks and stains."""
    import cv2
    import numpy as np

    mask = through.astype(np.uint8)
    _, labels, measures, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    wide, high, area = (measures[1:, column] for column in (2, 3, 4))
    longest, shortest = np.maximum(wide, high), np.minimum(wide, high)
    long, thick = (page.pixels(mm) for mm in PALE_RULE_MM)
    rule = (longest > long) & (longest > RULE * shortest) & (area < thick * longest)
    side = page.pixels(BROAD_MM)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
    broad = np.bincount(labels[opened > 0], minlength=len(measures))[1:]
    large = (shortest > page.pixels(TALL_MM)) & (2 * broad > area)
    return float(area[~rule & ~large].sum())
