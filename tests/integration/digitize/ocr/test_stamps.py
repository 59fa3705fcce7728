"""Stamps that the text engine alone does not see: red ink, and dark letters in a frame."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.reading_file import dump_reading, load_reading
from digitize.ocr.words import PageReading
from digitize.page_one.secrecy import secrecy_mark
from tests.worlds.papers.nd30_papers import make_document, scan_pages, stamp

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
RED, BLACK = "#c81e28", "#28282d"


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL, workers=1) as opened:
        yield opened


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The first page of a decision, as it was scanned."""
    made = make_document(74_002, tmp_path, pages=1)
    (scanned,) = scan_pages(made.pdf, tmp_path / "box")
    return scanned


def _read(engine: TesseractEngine, page: Path) -> PageReading:
    (answer,) = engine.read([PageRequest(page)])
    assert isinstance(answer, PageReading)
    return answer


@pytest.mark.parametrize(("text", "colour"), [("MẬT", RED), ("TUYỆT MẬT", RED), ("TỐI MẬT", BLACK)])
def test_a_stamp_is_found_with_its_level_and_is_no_part_of_the_text(
    engine: TesseractEngine, page: Path, text: str, colour: str
) -> None:
    reading = _read(engine, stamp(page, text, at=(0.10, 0.145), colour=colour))
    found = secrecy_mark(reading)
    assert found is not None
    assert found.level == text
    left, top, right, bottom = found.box
    assert 0.08 < left < right < 0.40
    assert 0.12 < top < bottom < 0.20
    if colour == RED:
        assert text not in reading.text
    kept = load_reading(dump_reading(reading))
    assert kept == reading, "what was stamped is kept with the reading"


@pytest.mark.parametrize("text", ["MẬT", "TỐI MẬT", "TUYỆT MẬT"])
def test_a_black_stamp_set_upon_print_is_found(
    engine: TesseractEngine, page: Path, text: str
) -> None:
    reading = _read(engine, page)
    body = next(line for line in reading.lines if line.top > 0.30 * reading.height_px)
    at = body.left / reading.width_px, body.top / reading.height_px - 0.006
    found = secrecy_mark(_read(engine, stamp(page, text, at=at, colour=BLACK)))
    assert found is not None
    assert found.level == text


@pytest.mark.parametrize("text", ["MẪU", "BÍ MẬT", "BẢO MẬT", "KHẨN", "BẢN SAO", "DỰ THẢO"])
def test_other_words_in_a_frame_are_no_mark(engine: TesseractEngine, page: Path, text: str) -> None:
    assert secrecy_mark(_read(engine, stamp(page, text, at=(0.10, 0.145), colour=BLACK))) is None


def test_another_stamp_is_none_and_a_clean_page_has_none(
    engine: TesseractEngine, page: Path
) -> None:
    assert _read(engine, page).stamped == ()
    reading = _read(engine, stamp(page, "CÔNG VĂN ĐẾN", at=(0.08, 0.145)))
    assert reading.stamped
    assert secrecy_mark(reading) is None


def test_a_page_with_nothing_but_a_red_stamp_is_not_blank(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.jpg"
    Image.new("RGB", (1654, 2339), (245, 240, 226)).save(empty, dpi=(200, 200))
    (scanned,) = engine.scan([PageRequest(stamp(empty, "MẬT", at=(0.15, 0.1)))])
    assert getattr(scanned, "reading", None) is not None
