"""Knows the words of stamps by how they look, where the engine reads nothing.

A stamp set upon print is no line of letters any more. Its words are few and stand in the middle of
their frame: each is drawn there in several sizes and laid over the scan.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from archive_service.forms.typst_form import FONTS
from digitize.ocr.clean import Image
from digitize.ocr.layout import layout

_FACES = ("Tinos-Bold.ttf", "Tinos-Regular.ttf")
_TRIED_SIZE = 64  # pixels; other sizes are made of it
_HEIGHTS = (0.5, 0.56, 0.62, 0.68, 0.74, 0.8, 0.86, 0.92)  # of the frame's; a word with its marks
_STRETCHED = (0.8, 0.9, 1.0, 1.12, 1.25)  # other faces are narrower, or wider
_WIDTHS = (0.5, 0.97)  # of the frame's
_OFF = (0.05, 0.12)  # of width and height: by how much a word may miss the middle
_BLUR = 0.9  # pixels at half the size
# Measured on drawn stamps: 0.67 to 0.96 for the word itself, print above it included; 0.62 and less
# for any other word, those that look alike excepted: they are laid over the scan too.
_LEAST_FIT = 0.65
_CLEARLY = 0.05


def word_in_frame(inside: Image) -> tuple[str, float] | None:
    """The word of a stamp, in capitals, that the inside of a frame shows; its fit, 1 at most.

    Args:
        inside: grey, levelled, without the frame.
    """
    import cv2
    import numpy as np

    half = cv2.resize(inside, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    ink = cv2.GaussianBlur((255 - half.astype(np.float32)) / 255, (0, 0), _BLUR)
    best, best_fit = "", 0.0
    for text in _words():  # the marks of secrecy first: another word has to fit clearly better
        fit = max(_fits(ink, text), default=0.0)
        if fit > best_fit + (_CLEARLY if best in _secrecy() and text not in _secrecy() else 0.0):
            best, best_fit = text, fit
    return (best, best_fit) if best_fit >= _LEAST_FIT else None


def _secrecy() -> tuple[str, ...]:
    return tuple(word.upper() for word in layout()["secrecy"].words)


@lru_cache(maxsize=1)
def _words() -> tuple[str, ...]:
    others = (word.upper() for key in ("urgency", "stamped") for word in layout()[key].words)
    return (*_secrecy(), *others)


def _fits(ink: Any, text: str) -> Iterator[float]:
    """How well the word fits, in each face, height and width that the frame has room for."""
    import cv2

    high, wide = ink.shape
    off_x, off_y = (
        max(2, round(part * side)) for part, side in zip(_OFF, (wide, high), strict=True)
    )
    room = high - 2 * off_y, wide - 2 * off_x
    for face in _FACES:
        drawn = _drawn(text, face)
        for height in _HEIGHTS:
            for stretched in _STRETCHED:
                across = height * high * stretched * drawn.shape[1] / drawn.shape[0]
                if not _WIDTHS[0] * wide <= across <= _WIDTHS[1] * wide:
                    continue
                sized = cv2.resize(
                    drawn, (round(across), round(height * high)), interpolation=cv2.INTER_AREA
                )
                shown = cv2.GaussianBlur(_in_middle(sized, room), (0, 0), _BLUR)
                yield float(cv2.matchTemplate(ink, shown, cv2.TM_CCOEFF_NORMED).max())


def _in_middle(drawn: Any, room: tuple[int, int]) -> Any:
    """The drawing in the middle of so many rows and columns; what reaches beyond them is cut."""
    import numpy as np

    canvas = np.zeros([max(side, own) for side, own in zip(room, drawn.shape, strict=True)], "f4")
    top, left = ((side - own) // 2 for side, own in zip(canvas.shape, drawn.shape, strict=True))
    canvas[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    top, left = ((own - side) // 2 for side, own in zip(room, canvas.shape, strict=True))
    return canvas[top : top + room[0], left : left + room[1]]


@lru_cache(maxsize=64)
def _drawn(text: str, face: str) -> Any:
    """Ink of the word alone, 0 to 1."""
    import numpy as np
    from PIL import Image as PillowImage
    from PIL import ImageDraw, ImageFont

    font = ImageFont.truetype(str(FONTS / face), _TRIED_SIZE)
    left, top, right, bottom = (round(side) for side in font.getbbox(text, anchor="ls"))
    image = PillowImage.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(image).text((-left, -top), text, 255, font, anchor="ls")
    return np.asarray(image, dtype=np.float32) / 255
