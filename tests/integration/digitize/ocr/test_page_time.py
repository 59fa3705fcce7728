"""All readings of a page share one time; what is too fine is read smaller and stands in place."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest, PageScan
from digitize.ocr.page_time import page_time, time_of_page
from digitize.ocr.pixels import load_pixels
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import page_image

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
BY_PX = 8  # what a word of a page twice as fine may stand beside its place


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL, workers=1) as started:
        yield started


def reading(engine: TesseractEngine, request: PageRequest) -> PageReading:
    (scan,) = engine.scan([request])
    assert isinstance(scan, PageScan), scan
    assert scan.reading is not None
    return scan.reading


def once(found: PageReading) -> dict[str, tuple[int, int]]:
    """Left and top of the words that stand on a page once."""
    words = [word for line in found.lines for word in line.words]
    count = Counter(word.text for word in words)
    return {word.text: (word.left, word.top) for word in words if count[word.text] == 1}


def test_nothing_is_begun_again_that_may_take_too_long() -> None:
    with page_time(1_000.0) as given:
        assert time_of_page() is given
        assert given.allows_again()
        given.cut = True
        assert not given.allows_again()
    with page_time(0.0) as given:
        assert (given.left_ms, given.allows_again(), given.cut) == (0, False, True)
    assert not time_of_page().cut  # of an image alone: all of its own


def test_a_page_without_time_keeps_its_stamps_and_is_told_as_cut(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    path = page_image(tmp_path / "a.jpg")
    found = reading(engine, PageRequest(path, seconds=0.001))
    assert (found.cut, found.lines) == (True, ())
    whole = reading(engine, PageRequest(path))
    assert not whole.cut
    assert whole.lines


@pytest.mark.parametrize("turn_deg", [0, 90])
def test_a_page_of_a_very_fine_scan_is_read_and_its_words_stand_where_they_lie(
    engine: TesseractEngine, tmp_path: Path, turn_deg: int
) -> None:
    path = page_image(tmp_path / "a.png", clockwise_deg=0)
    with Image.open(path) as image:
        page = image.rotate(turn_deg, expand=True)
        page.save(path, dpi=(200, 200))
        fine = page.resize((3 * page.width, 3 * page.height), Image.Resampling.LANCZOS)
        fine.convert("L").save(tmp_path / "b.png", dpi=(600, 600))
    plain = reading(engine, PageRequest(path, turn_deg=turn_deg))
    found = reading(engine, PageRequest(tmp_path / "b.png", turn_deg=turn_deg))
    assert load_pixels(tmp_path / "b.png").to_read().scale > 1
    assert (found.width_px, round(found.dpi)) == (3 * plain.width_px, 600)
    known, places = once(plain), once(found)
    assert len(known.keys() & places.keys()) > 0.9 * len(known) > 10
    for text in known.keys() & places.keys():
        (left, top), (word_left, word_top) = places[text], known[text]
        assert abs(left - 3 * word_left) <= BY_PX, text
        assert abs(top - 3 * word_top) <= BY_PX, text
