"""A page of print in layers: its ink sharp and of one bit, all else coarse below it.

Ink of one colour is a stencil, CCITT G4 at up to twice the resolution, which a viewer paints; what
is no strong ink, such as stains, pale strokes and highlighter, is a JPEG of few dots to the inch.
PDF/A-2 takes both.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from digitize.looks.page import Look
from digitize.ocr.clean import Image, only_grey

_FINEST_DPI = 450  # of stencils
_COARSE_DPI = 120
_QUALITY = 35
_STROKE = 150  # what is as dark is painted by a stencil
_NO_STROKE = 240  # what is no darker is grain of the paper
_COLOURED = 80  # by how much the channels of coloured ink differ; brown ink counts as black
_LEAST = 0.00005  # of the page in one colour; less is left to the black
_BLACK = (0.0, 0.0, 0.0)
_OFFSETS, _COUNTS = 273, 279  # tags of TIFF

Colour = tuple[float, float, float]  # R, G, B; 0 to 1


@dataclass(frozen=True, slots=True)
class Stencil:
    """Ink of one colour: G4 data of ``width`` × ``height`` bits."""

    data: bytes
    width: int
    height: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Layers:
    """What one page is painted of, from below."""

    below: bytes  # JPEG; empty: white paper
    width: int
    height: int
    channels: int  # 1 or 3
    stencils: tuple[Stencil, ...]


def layers_of(look: Look) -> Layers:
    """The layers of a page of print."""
    import cv2
    import numpy as np

    image = look.image
    grey = only_grey(image)
    fine = look.shown.facts.mode != "1" and 2 * look.dpi <= _FINEST_DPI
    stencils = tuple(
        _stencil(np.where(area, grey, 255).astype(np.uint8), colour, times=2 if fine else 1)
        for area, colour in _inks(image, grey)
    )
    share = min(1.0, _COARSE_DPI / look.dpi)
    width, height = (max(1, round(side * share)) for side in image.shape[1::-1])
    coarse = cv2.resize(_below(image, grey), (width, height), interpolation=cv2.INTER_AREA)
    data = b""
    if coarse.min() < 255:
        _, made = cv2.imencode(".jpg", coarse, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        data = made.tobytes()
    return Layers(data, width, height, 1 if coarse.ndim == 2 else 3, stencils)


def _inks(image: Image, grey: Image) -> Iterator[tuple[Any, Colour]]:
    """Where ink of each colour lies, and the colour: warm ones, cool ones, and what is left."""
    import cv2
    import numpy as np

    left = np.ones(grey.shape, np.bool_)
    if image.ndim == 3:
        blue, green, red = cv2.split(image)
        most, least = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
        coloured = cv2.subtract(most, least) > _COLOURED
        for found in (coloured & (red >= blue), coloured & (red < blue)):
            ink = found & (grey < _STROKE)
            if ink.mean() >= _LEAST:
                shade = [float(np.median(picture[ink])) / 255 for picture in (red, green, blue)]
                yield found, (shade[0], shade[1], shade[2])
                left &= ~found
    yield left, _BLACK


def _below(image: Image, grey: Image) -> Image:
    """The paper without the ink, which the stencils cover."""
    import cv2
    import numpy as np

    ink = cv2.dilate((grey < _STROKE).astype(np.uint8), np.ones((3, 3), np.uint8))
    below = np.asarray(cv2.medianBlur(image, 3), dtype=np.uint8)  # a stroke is wider than grain
    palest = below if below.ndim == 2 else below.min(axis=2)
    below[(ink > 0) | (palest >= _NO_STROKE)] = 255
    return below


def _stencil(tone: Image, colour: Colour, *, times: int) -> Stencil:
    import cv2
    from PIL import Image as Pillow
    from PIL.TiffImagePlugin import TiffImageFile

    if times > 1:
        tone = cv2.resize(tone, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]  # it stays uint8
    height, width = tone.shape
    out = io.BytesIO()
    one_strip = (width // 8 + 1) * height
    ink = Pillow.fromarray(tone < _STROKE)
    ink.save(out, "TIFF", compression="group4", strip_size=one_strip)
    out.seek(0)
    with TiffImageFile(out) as tiff:
        strips = zip(tiff.tag_v2[_OFFSETS], tiff.tag_v2[_COUNTS], strict=True)
        ((begin, count),) = strips
    return Stencil(out.getvalue()[begin : begin + count], width, height, colour)
