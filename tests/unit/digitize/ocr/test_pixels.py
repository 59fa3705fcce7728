"""What a page is read with: a resolution that is a placeholder is none."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from archive_service.forms.typst_form import FONTS
from digitize.ocr.pixels import load_pixels


@pytest.mark.parametrize(
    ("size", "stated", "likely"),
    [
        ((1654, 2339), 72, 200),  # A4, which would be A1
        ((3508, 2480), 96, 300),
        ((1654, 2339), 100, 100),  # A2 in truth
        ((700, 1000), 72, 72),  # of any size that paper has
        ((1654, 2339), 200, 200),
    ],
)
def test_a_sheet_that_would_be_larger_than_a3_is_read_as_one_of_a4(
    tmp_path: Path, size: tuple[int, int], stated: int, likely: int
) -> None:
    path = tmp_path / "a.png"
    Image.new("L", size, 255).save(path, dpi=(stated, stated))
    assert load_pixels(path).to_read().dpi == pytest.approx(likely, rel=0.01)


@pytest.mark.parametrize(
    ("size", "stated", "low", "high"),
    [
        (36, 600, 140, 280),  # print of 13 pt at 200 dpi, or letters of one millimetre
        (36, 72, 140, 280),
        (36, 200, 200, 200),
        (36, 300, 300, 300),  # of 9 pt: small print is seen at the foot of any page
        (110, 600, 600, 600),
    ],
)
def test_letters_too_small_or_large_for_print_tell_a_resolution_that_is_not_meant(
    tmp_path: Path, size: int, stated: int, low: float, high: float
) -> None:
    path = tmp_path / "a.png"
    sheet = Image.new("L", (1180, 720), 235)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), size)
    for top in range(30, 640, round(1.5 * size)):
        draw.text((50, top), "Biên bản kiểm kê kho vật tư của xã, có mặt ba người", 30, font)
    sheet.save(path, dpi=(stated, stated))
    read = load_pixels(path).to_read()
    assert low - 1 <= read.dpi * read.scale <= high + 1


def test_a_small_paper_without_letters_keeps_its_resolution(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    sheet = Image.new("L", (900, 600), 255)
    ImageDraw.Draw(sheet).line((50, 50, 800, 500), 0, 7)
    for at in range(20, 880, 13):
        ImageDraw.Draw(sheet).rectangle((at, 30, at + 2, 33), 0)  # dust
    sheet.save(path, dpi=(600, 600))
    read = load_pixels(path).to_read()
    assert read.dpi * read.scale == pytest.approx(600)
