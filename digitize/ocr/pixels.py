"""The pixels of one page image as the engine wants them: upright, bounded, resolution known."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

from archive_service.errors import InputError
from archive_service.formats.decoded import decode_page, of_bytes
from archive_service.formats.page_image import (
    PageImageFacts,
    read_page_image_here,
    why_not_digitized,
)
from digitize.ocr.clean import MM_PER_INCH, Image, Matrix, only_grey

DEFAULT_DPI = 200  # TT 05/2025/TT-BNV, Điều 8: the resolution of administrative papers
MOST_PIXELS = 140_000_000  # A2 at 600 dpi; the settings may say otherwise
# Reading takes some fourteen bytes a pixel. What is finer than the engine can use is made smaller.
PLACEHOLDER_DPI = 100  # below it, 72 and 96 are what programs write that know of no resolution
LARGE_MM = 440.0  # longer than A3: with such a resolution a sheet is no larger than A4 in truth
SHEET_MM = 297.0
SMALL_MM = 205.0  # no longer than that: shorter than A5, or its resolution is not what is stated
LETTER_MM = (0.95, 4.0)  # of ordinary letters of a page; print of 13 pt has 2.4
USUAL_LETTER_MM = 2.4
LETTER_PX = (6, 200)  # high; what is lower is dust, or cannot be read
LEAST_LETTERS = 60  # with fewer nothing is known of them
FINE_DPI = 300
FINE_PIXELS = 18_000_000  # A3 at 300 dpi: smaller pages are read as they are, however fine
READ_PIXELS = 40_000_000  # whatever the resolution; of larger pages, half of it is decoded


class PageImageUnreadableError(InputError):
    """The file is no image that can be decoded."""


@dataclass(frozen=True, slots=True)
class PagePixels:
    """One decoded page. ``image`` stands upright; sizes are those of the page as it was scanned.

    Of a page whose pixels are not square they are those that it has once they are.
    """

    image: Image  # rows of B, G, R, or one grey channel
    facts: PageImageFacts
    width_px: int
    height_px: int
    dpi: float  # of ``image``: the one asked for, else the file's, else ``DEFAULT_DPI``
    turn_deg: int  # clockwise from the scanned page to ``image``
    damage: str  # what the decoder says against the data; "": they are whole
    scale: float = 1.0  # pixels of the scanned page to one of ``image``

    def to_read(self) -> "PagePixels":
        """The same page, small enough to be cleaned and read; its resolution one that can be."""
        import cv2
        import numpy as np

        dpi = self._likely_dpi()
        count = self.image.shape[0] * self.image.shape[1]
        finer = min(dpi / FINE_DPI, math.sqrt(count / FINE_PIXELS))
        scale = max(1.0, finer, math.sqrt(count / READ_PIXELS))
        if scale == 1.0:
            return replace(self, dpi=dpi)
        height, width = (max(1, round(side / scale)) for side in self.image.shape[:2])
        image = self.image
        if self.facts.mode == "1":  # grey made of dots would become dust
            image = cv2.GaussianBlur(image, (0, 0), scale / 2).astype(np.uint8, copy=False)
        smaller = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        image = smaller.astype(np.uint8, copy=False)
        return replace(self, image=image, dpi=dpi / scale, scale=scale * self.scale)

    def _likely_dpi(self) -> float:
        """Of ``image``: what is measured in millimetres would take letters for dots otherwise."""
        long_px: int = max(self.image.shape[:2])
        long_mm = long_px * MM_PER_INCH / self.dpi
        may_be_placeholder = self.dpi * self.scale < PLACEHOLDER_DPI
        if may_be_placeholder and long_mm > LARGE_MM:
            return long_px * MM_PER_INCH / SHEET_MM
        if not may_be_placeholder and long_mm > SMALL_MM:
            return self.dpi
        high = letter_height(self.image)
        low, most = LETTER_MM
        high_mm = 0.0 if high is None else high * MM_PER_INCH / self.dpi
        meant = low <= high_mm <= most or (high_mm > most and not may_be_placeholder)
        return self.dpi if high is None or meant else high * MM_PER_INCH / USUAL_LETTER_MM

    def turned(self, turn_deg: int) -> "PagePixels":
        """The same page, standing upright once it is turned so far clockwise besides."""
        turn = (self.turn_deg + turn_deg) % 360
        return replace(self, image=_turned(self.image, turn_deg), turn_deg=turn)

    def turned_back(self, matrix: Matrix) -> Matrix:
        """``matrix`` and then the way from the upright page back to the scanned one.

        In pixels of the scanned page, whatever the scale of ``image``.
        """
        a, b, c, d, e, f = matrix
        if self.turn_deg == 90:  # scanned x = upright y, scanned y = height - upright x
            return (b, -a, d, -c, f, self.height_px - e)
        if self.turn_deg == 180:
            return (-a, -b, -c, -d, self.width_px - e, self.height_px - f)
        if self.turn_deg == 270:  # scanned x = width - upright y, scanned y = upright x
            return (-b, a, -d, c, self.width_px - f, e)
        return matrix


def load_pixels(
    page: Path, *, turn_deg: int = 0, dpi: float | None = None, most_pixels: int = MOST_PIXELS
) -> PagePixels:
    """Decode one page image, turned as Exif asks and by ``turn_deg`` clockwise besides.

    Raises:
        PageImageUnreadableError: no image, or one of which no page can be made.
    """
    try:
        facts = read_page_image_here(page)
        if (refused := why_not_digitized(facts, most_pixels=most_pixels)) is not None:
            raise PageImageUnreadableError(name=page.name, reason=refused)
        width_px, height_px = facts.square_px
        halved = width_px * height_px > READ_PIXELS
        decoded = decode_page(page, facts, of_bytes, halved=halved)
    except (OSError, SyntaxError, ValueError) as error:
        raise PageImageUnreadableError(name=page.name, reason=str(error)) from error
    turn = (facts.turned_deg + turn_deg) % 360
    scale = 2.0 if halved else 1.0
    return PagePixels(
        image=_turned(decoded.pixels, turn),
        facts=facts,
        width_px=width_px,
        height_px=height_px,
        dpi=(dpi or facts.square_dpi or DEFAULT_DPI) / scale,
        turn_deg=turn,
        damage=decoded.damage,
        scale=scale,
    )


def letter_height(image: Image) -> float | None:
    """Of what looks like letters, in pixels, the middle of them by their area; ``None`` if few."""
    import cv2
    import numpy as np

    grey = only_grey(image)
    paper = float(np.median(grey[::4, ::4]))
    ink = cv2.inRange(cv2.absdiff(grey, np.full_like(grey, round(paper))), 70, 255)
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    wide, high, area = (stats[:, at].astype(float) for at in (2, 3, 4))
    low, most = LETTER_PX
    letter = (high >= low) & (high <= most) & (wide > 0.2 * high) & (wide < 2.5 * high)
    letter &= area > 0.15 * wide * high
    if np.count_nonzero(letter) < LEAST_LETTERS:
        return None
    order = np.argsort(high[letter])
    below = np.cumsum(area[letter][order])
    return float(high[letter][order][np.searchsorted(below, below[-1] / 2)])


def _turned(image: Image, turn_deg: int) -> Image:
    """Clockwise, by a multiple of a right angle."""
    import cv2
    import numpy as np

    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if not turn_deg:
        return image
    return cv2.rotate(image, turns[turn_deg]).astype(np.uint8, copy=False)
