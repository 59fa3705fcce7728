"""One line of print, clean and level, with the boxes of its words and whatever was read there."""

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFilter, ImageFont

from archive_service.forms.typst_form import FONTS
from digitize.ocr.clean import Image
from digitize.ocr.words import Line, Word

SIZE = 38  # pixels: 13.7 pt at 200 dpi
LEFT, BASELINE = 60, 100


def printed_line(
    printed: str, read: str = "", *, confidence: float = 85.0, face: str = "Tinos-Regular.ttf"
) -> tuple[Line, Image]:
    """The line and its picture; ``read`` has as many words as ``printed``, or is the same."""
    font = ImageFont.truetype(str(FONTS / face), SIZE)
    wide = round(font.getlength(printed))
    picture = PillowImage.new("L", (wide + 2 * LEFT, 160), 255)
    draw = ImageDraw.Draw(picture)
    words = []
    at = float(LEFT)
    for text, found in zip(printed.split(), (read or printed).split(), strict=True):
        draw.text((at, BASELINE), text, 30, font, anchor="ls")
        words.append(_word(font, at, text, found, confidence))
        at += font.getlength(text + " ")
    grey = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.7)), dtype=np.uint8)
    first, last = words[0], words[-1]
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
    line = Line(tuple(words), first.left, top, last.right, bottom, BASELINE, BASELINE, True)
    return line, grey


def _word(
    font: ImageFont.FreeTypeFont, at: float, text: str, found: str, confidence: float
) -> Word:
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    edges = (round(at + left), round(BASELINE + top), round(at + right), round(BASELINE + bottom))
    return Word(found, confidence, *edges)
