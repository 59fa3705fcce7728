"""Stamps as hands set them: askew, of any ink, anywhere on page 1, on pages laid on any way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest, Part
from digitize.ocr.words import PageReading
from digitize.page_one.secrecy import secrecy_mark
from tests.worlds.papers.nd30_papers import make_document, scan_pages, stamp

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
RED, BLACK, BLUE, VIOLET = "#c81e28", "#28282d", "#1e3cb4", "#6a2a8c"
CELL = (0.12, 0.16)
LEVELS = ("MẬT", "TỐI MẬT", "TUYỆT MẬT")


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


def level(engine: TesseractEngine, page: Path) -> str:
    (reading,) = engine.read([PageRequest(page, part=Part.HEAD)])
    assert isinstance(reading, PageReading)
    found = secrecy_mark(reading)
    return "" if found is None else found.level


def changed(page: Path, *, turn: float = 0.0, mode: str = "RGB") -> Path:
    """Laid on the glass otherwise, clockwise, or scanned without colours."""
    with Image.open(page) as opened:
        shown = opened.convert(mode).rotate(
            -turn,
            resample=Image.Resampling.BICUBIC,
            expand=True,
            fillcolor=240 if mode == "L" else (245, 240, 226),
        )
    shown.save(page, quality=88, dpi=(200, 200))
    return page


@pytest.mark.parametrize(
    ("text", "colour", "tilt", "framed"),
    [
        ("MẬT", RED, -18, True),
        ("TUYỆT MẬT", RED, 15, True),
        ("TỐI MẬT", BLUE, 9, False),
        ("MẬT", VIOLET, -12, False),
        ("TỐI MẬT", BLACK, 12, True),
        ("TUYỆT MẬT", BLACK, -7, False),
    ],
)
def test_a_stamp_set_askew_is_read(
    engine: TesseractEngine, page: Path, text: str, colour: str, tilt: float, *, framed: bool
) -> None:
    stamp(page, text, at=CELL, colour=colour, tilt=tilt, framed=framed)
    mode = "L" if colour == BLACK else "RGB"
    assert level(engine, changed(page, mode=mode)) == text


@pytest.mark.parametrize(
    ("text", "colour", "tilt", "framed"),
    [
        ("MẬT", RED, 90, True),
        ("TỐI MẬT", RED, -90, False),
        ("TUYỆT MẬT", BLUE, 86, False),
        ("TỐI MẬT", BLACK, -90, True),
        ("MẬT", BLACK, 90, False),
        ("BẢO MẬT", RED, 90, True),
        ("HỎA TỐC", BLACK, -90, False),
    ],
)
def test_a_stamp_set_upright_along_the_page_is_read(
    engine: TesseractEngine, page: Path, text: str, colour: str, tilt: float, *, framed: bool
) -> None:
    stamp(page, text, at=CELL, colour=colour, tilt=tilt, framed=framed)
    assert level(engine, page) == (text if text in LEVELS else "")


@pytest.mark.parametrize(
    ("at", "colour"),
    [((0.7, 0.2), RED), ((0.62, 0.25), BLACK), ((0.15, 0.92), BLUE), ((0.6, 0.9), RED)],
)
def test_a_stamp_counts_wherever_there_was_room(
    engine: TesseractEngine, page: Path, at: tuple[float, float], colour: str
) -> None:
    assert level(engine, stamp(page, "TỐI MẬT", at=at, colour=colour, tilt=5)) == "TỐI MẬT"


@pytest.mark.parametrize("turn", [90, 180, 270, 9, -14])
def test_a_page_may_lie_on_its_side_upside_down_or_askew(
    engine: TesseractEngine, page: Path, turn: float
) -> None:
    stamp(page, "MẬT", at=CELL, tilt=5)
    assert level(engine, changed(page, turn=turn)) == "MẬT"


@pytest.mark.parametrize(
    ("text", "found"),
    [("MẬT - HỎA TỐC", "MẬT"), ("TÀI LIỆU MẬT", "MẬT"), ("HỎA TỐC - TỐI MẬT", "TỐI MẬT")],
)
def test_words_beside_a_mark_do_not_hide_it(
    engine: TesseractEngine, page: Path, text: str, found: str
) -> None:
    assert level(engine, stamp(page, text, at=CELL)) == found


@pytest.mark.parametrize(
    ("text", "colour", "tilt"),
    [
        ("BẢO MẬT", BLACK, -11),
        ("BÍ MẬT", RED, 8),
        ("KHÔNG MẬT", BLUE, 0),
        ("HỎA TỐC", RED, 12),
        ("CÔNG VĂN ĐẾN", BLUE, -6),
    ],
)
def test_other_words_are_no_mark(
    engine: TesseractEngine, page: Path, text: str, colour: str, tilt: float
) -> None:
    framed = tilt > 0
    stamp(page, text, at=CELL, colour=colour, tilt=tilt, framed=framed)
    assert level(engine, page) == ""
