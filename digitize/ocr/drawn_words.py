"""Lays a word, drawn as it would be printed, over the scan: how well it fits, and what fits better.

Source:
    NĐ 30/2020/NĐ-CP, Phụ lục I: papers are printed in Times New Roman. Tinos has its measures and
    its marks; a page in another face hardly fits.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archive_service.forms.typst_form import FONTS
from digitize.ocr.clean import Image
from digitize.ocr.words import Word

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FACES = ("Tinos-Regular.ttf", "Tinos-Bold.ttf", "Tinos-Italic.ttf", "Tinos-BoldItalic.ttf")
_TRIED_SIZE = 64  # pixels; at which the width of a word is measured
_SIZES = range(18, 120)  # pixels of the face's size on a page: 10 pt at 150 dpi and more
_UP, _DOWN = 1.02, 0.28  # of the size: what is drawn above and below the baseline
_SHIFT_X, _SHIFT_Y = 3, 4  # pixels by which a word's place may be off
_SHIFT_PART = 2  # and that of a part of it, within its word
_FITS_WELL = 0.93
_AROUND = 3  # pixels around what differs that are compared with it
_DIFFERS = 0.08  # of black
_BLUR = 0.9  # pixels; a scanner's


@dataclass(frozen=True, slots=True)
class LaidWord:
    """A word drawn as it was read, where it fits best on the scan."""

    text: str
    face: str
    size: int
    fit: float  # 1 at most
    ink: Any  # of the scan, under the drawing; 0 white to 1 black

    def gain(self, other: str) -> float:
        """By how much ``other`` fits better than ``text`` where the two drawings differ."""
        import cv2
        import numpy as np

        mine, two = (_drawn(text, self.face, self.size) for text in (self.text, other))
        width = min(mine.shape[1], two.shape[1])
        differs = np.abs(mine[:, :width] - two[:, :width]) > _DIFFERS
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if not len(rows):
            return 0.0
        top = max(_SHIFT_PART, int(rows[0]) - _AROUND)
        bottom = min(len(mine) - _SHIFT_PART, int(rows[-1]) + 1 + _AROUND)
        left = max(_SHIFT_PART, int(columns[0]) - _AROUND)
        right = min(width - _SHIFT_PART, int(columns[-1]) + 1 + _AROUND)
        if bottom <= top or right <= left:
            return 0.0
        seen = self.ink[
            top - _SHIFT_PART : bottom + _SHIFT_PART, left - _SHIFT_PART : right + _SHIFT_PART
        ]
        fits = [
            float(
                cv2.matchTemplate(
                    seen, np.ascontiguousarray(drawn[top:bottom, left:right]), cv2.TM_CCOEFF_NORMED
                ).max()
            )
            for drawn in (mine, two)
        ]
        return fits[1] - fits[0]


def lay(word: Word, grey: Image, baseline: float) -> LaidWord | None:
    """The word as it was read, in the face that fits best; ``None`` where none can be laid.

    Args:
        word: its box bounds its ink on both sides.
        grey: the image that was read.
        baseline: of the word, in pixels from above.
    """
    import cv2
    import numpy as np

    best: LaidWord | None = None
    for face in _FACES:
        size = round(_TRIED_SIZE * (word.right - word.left) / _width(word.text, face))
        if size not in _SIZES:
            continue
        drawn = _drawn(word.text, face, size)
        top = round(baseline) - round(_UP * size) - _SHIFT_Y
        left = word.left - _SHIFT_X
        bottom, right = top + len(drawn) + 2 * _SHIFT_Y, left + drawn.shape[1] + 2 * _SHIFT_X
        if top < 0 or left < 0 or bottom > grey.shape[0] or right > grey.shape[1]:
            continue
        ink = (255 - grey[top:bottom, left:right].astype(np.float32)) / 255
        fits = cv2.matchTemplate(ink, drawn, cv2.TM_CCOEFF_NORMED)
        _, fit, _, (x, y) = cv2.minMaxLoc(fits)
        if best is None or fit > best.fit:
            under = ink[y : y + drawn.shape[0], x : x + drawn.shape[1]]
            best = LaidWord(word.text, face, size, float(fit), under)
            if fit > _FITS_WELL:
                break  # no other face would fit better
    return best


@lru_cache(maxsize=64)
def _font(face: str, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(str(FONTS / face), size)


@lru_cache(maxsize=4096)
def _width(text: str, face: str) -> float:
    left, _, right, _ = _font(face, _TRIED_SIZE).getbbox(text, anchor="ls")
    return max(1.0, right - left)


@lru_cache(maxsize=512)
def _drawn(text: str, face: str, size: int) -> Any:
    """Ink from 0 to 1, a little blurred; its baseline lies ``_UP`` sizes below the upper edge."""
    import cv2
    import numpy as np
    from PIL import Image as PillowImage
    from PIL import ImageDraw

    font = _font(face, size)
    left, _, right, _ = font.getbbox(text, anchor="ls")
    up, down = round(_UP * size), round(_DOWN * size)
    image = PillowImage.new("L", (max(1, round(right - left)), up + down), 0)
    ImageDraw.Draw(image).text((-left, up), text, 255, font, anchor="ls")
    return cv2.GaussianBlur(np.asarray(image, dtype=np.float32) / 255, (0, 0), _BLUR)
