"""Pale strokes on a page: which are writing of the other side, and which were put there."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from archive_service.formats.measure.marks import bleed_through
from archive_service.formats.measure.prepared import prepare
from archive_service.forms.typst_form import FONTS

SIZE = (1000, 700)
LIMIT = 0.008  # from here on a page is told
GREY = 210
SANS = "../pdfjs/standard_fonts/LiberationSans-Bold.ttf"


def written(*, size: int = 34, step: int = 56) -> Image.Image:
    """A page of print at 200 dpi."""
    page = Image.new("L", SIZE, 255)
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), size)
    for top in range(40, 640, step):
        ImageDraw.Draw(page).text((60, top), "Biên bản kiểm kê kho vật tư của xã", 20, font)
    return page


def other_side(page: Image.Image) -> Image.Image:
    back = ImageOps.mirror(written()).filter(ImageFilter.GaussianBlur(1.6))
    return Image.blend(Image.new("L", SIZE, 255), back, 0.25)


def rules(page: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(page)
    for top in range(30, 690, 30):
        draw.line((20, top, 980, top), GREY, 3)
    return page


def watermark(page: Image.Image) -> Image.Image:
    font = ImageFont.truetype(str(FONTS / SANS), 130)
    for top in (140, 440):  # between the rows
        ImageDraw.Draw(page).text((80, top), "SAO LUC", GREY, font)
    return page


def share(drawn: Callable[[Image.Image], Image.Image]) -> float:
    below = np.asarray(drawn(Image.new("L", SIZE, 255)), dtype=np.uint8)
    page = np.minimum(below, np.asarray(written(size=30, step=300), dtype=np.uint8))
    return bleed_through(prepare(page, dpi=200))


@pytest.mark.parametrize("drawn", [rules, watermark])
def test_pale_rules_and_large_letters_are_no_writing_of_the_other_side(
    drawn: Callable[[Image.Image], Image.Image],
) -> None:
    assert share(drawn) < LIMIT


def test_writing_of_the_other_side_is_seen() -> None:
    assert share(other_side) > 2 * LIMIT
