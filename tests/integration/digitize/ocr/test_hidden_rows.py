"""Rows that a stamp in blue or violet crosses are read in a face that is not drawn as well."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import INK, LEFT, LINES, PAPER, SIZE, STEP, TOP, font

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
VIOLET, BLUE = (130, 60, 190), (60, 70, 190)
RING, WORDS = (500, 420, 1000, 920), ("ĐÃ THU", "PHÒNG", "LƯU TRỮ")


def slanted_page() -> Image.Image:
    """The lines in letters that no drawing of print fits."""
    page = Image.new("RGB", SIZE, PAPER)
    for number, line in enumerate(LINES):
        strip = Image.new("RGB", (SIZE[0], 60), PAPER)
        ImageDraw.Draw(strip).text((LEFT, 8), line, font=font(), fill=INK)
        lean = (1, 0.25, -7.5, 0, 1, 0)
        there = strip.transform(
            strip.size, Image.Transform.AFFINE, lean, Image.Resampling.BICUBIC, fillcolor=PAPER
        )
        page.paste(there, (0, TOP + number * STEP - 8))
    return page


def stamped(page: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    left, top, right, bottom = RING
    ink = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(ink)
    draw.ellipse(RING, outline=colour, width=9)
    draw.ellipse((left + 62, top + 62, right - 62, bottom - 62), outline=colour, width=4)
    for number, word in enumerate(WORDS):
        draw.text((left + 124, top + 124 + 60 * number), word, font=font(46), fill=colour)
    return ImageChops.multiply(page, ink)


@pytest.mark.parametrize("colour", [VIOLET, BLUE])
def test_words_under_a_coloured_stamp_are_read(
    tmp_path: Path, colour: tuple[int, int, int]
) -> None:
    stamped(slanted_page(), colour).save(tmp_path / "page.png", dpi=(200, 200))
    with TesseractEngine(MODEL, workers=1) as engine:
        (reading,) = engine.read([PageRequest(tmp_path / "page.png")])
    assert isinstance(reading, PageReading)
    left = reading.text.split()
    lost = [word for word in " ".join(LINES).split() if word not in left]
    assert len(lost) <= 3, lost
