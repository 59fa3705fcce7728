"""A word in large pale letters across a page takes none of the print that stands over it."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import FONT, LINES, SIZE, page_image

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
GREY, BLUE = (150, 150, 150), (140, 150, 200)


def marked(page: Path, text: str, colour: tuple[int, int, int]) -> None:
    """The word aslant across the page, its lines on both sides of the stroke of each letter."""
    bold = ImageFont.truetype(str(FONT.with_name("Tinos-Bold.ttf")), 250)
    ink = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(ink).text((620, 560), text, font=bold, fill=colour, anchor="mm")
    ink = ink.rotate(20, Image.Resampling.BICUBIC, center=(620, 560), fillcolor="white")
    with Image.open(page) as printed:
        ImageChops.multiply(printed.convert("RGB"), ink).save(page, dpi=(200, 200))


@pytest.mark.parametrize(
    ("text", "colour"), [("BẢN SAO", GREY), ("DỰ THẢO", GREY), ("BẢN SAO", BLUE)]
)
def test_words_over_a_watermark_are_read(
    tmp_path: Path, text: str, colour: tuple[int, int, int]
) -> None:
    marked(page_image(tmp_path / "page.png"), text, colour)
    with TesseractEngine(MODEL, workers=1) as engine:
        (reading,) = engine.read([PageRequest(tmp_path / "page.png")])
    assert isinstance(reading, PageReading)
    left = reading.text.split()
    lost = [word for word in " ".join(LINES).split() if word not in left]
    assert len(lost) <= 2, lost


def test_a_pale_heading_beside_a_watermark_is_kept(tmp_path: Path) -> None:
    page = page_image(tmp_path / "page.png")
    bold = ImageFont.truetype(str(FONT.with_name("Tinos-Bold.ttf")), 110)
    with Image.open(page) as printed:
        headed = printed.convert("RGB")
    ImageDraw.Draw(headed).text((827, 70), "LỊCH TIẾP DÂN", font=bold, fill=GREY, anchor="mm")
    headed.save(page, dpi=(200, 200))
    marked(page, "BẢN SAO", GREY)
    with TesseractEngine(MODEL, workers=1) as engine:
        (reading,) = engine.read([PageRequest(page)])
    assert isinstance(reading, PageReading)
    assert "LỊCH TIẾP DÂN" in reading.text
