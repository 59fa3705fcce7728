"""A page photographed on a table is read as if it had been scanned, its words where they stand."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest, PageScan, Part
from tests.worlds.papers.page_images import LINES, drawn_words, page_image
from tests.worlds.papers.photographs import SIZE, STEEP, TURNED, Corners, photographed

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL, workers=1) as started:
        yield started


def scanned(engine: TesseractEngine, request: PageRequest) -> PageScan:
    (found,) = engine.scan([request])
    assert isinstance(found, PageScan)
    return found


@pytest.mark.parametrize(
    ("corners", "arch", "turned"),
    [(STEEP, 60, 0), (TURNED, 0, 90)],
    ids=["bent", "turned and lying"],
)
def test_words_of_a_photograph_are_read_and_lie_where_they_were_printed(
    engine: TesseractEngine, tmp_path: Path, corners: Corners, arch: float, turned: int
) -> None:
    page = Image.open(page_image(tmp_path / "page.png", lines=LINES)).convert("RGB")
    shot, way = photographed(page, corners, arch=arch)
    kept = shot.rotate(turned, expand=True)
    kept.save(tmp_path / "shot.jpg", quality=90, dpi=(72, 72))

    request = PageRequest(tmp_path / "shot.jpg", turn_deg=turned)
    reading = scanned(engine, request).reading

    assert reading is not None
    assert (reading.width_px, reading.height_px) == kept.size
    assert reading.dpi == pytest.approx(222.4, abs=0.1)  # 72 is said of any: a sheet of A4
    wanted = " ".join(LINES).split()
    found = list(reading.iter_words())
    assert sum(a == b.text for a, b in zip(wanted, found, strict=False)) >= len(wanted) - 1
    for drawn, word in zip(drawn_words(), found, strict=False):
        x, y = (drawn.left + drawn.right) / 2, drawn.middle
        across, down, far = way @ (x, y - arch * np.sin(np.pi * x / page.width), 1.0)
        x, y = across / far, down / far
        if turned == 90:  # it lies turned to the left
            x, y = y, SIZE[0] - x
        left, top, right, bottom = reading.on_page(word)
        assert left - 6 < x < right + 6
        assert top - 6 < y < bottom + 6


def test_the_head_of_a_photographed_page_is_read_as_well(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    page = Image.open(page_image(tmp_path / "page.png", lines=LINES)).convert("RGB")
    shot, _ = photographed(page, STEEP)
    shot.save(tmp_path / "shot.jpg", quality=90, dpi=(72, 72))
    (reading,) = engine.read([PageRequest(tmp_path / "shot.jpg", part=Part.HEAD)])
    assert "ỦY BAN NHÂN DÂN" in getattr(reading, "text", "")
