"""One page looked at once: measured, pictured, its separator found, its words in order."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

import archive_service
from archive_service.bench.accuracy.drawn_paper import Misread, words_of
from archive_service.demo.drawn_papers import DrawnPage, drawn_pages
from archive_service.formats.child import ParserFailure
from archive_service.forms.typst_form import FONTS
from digitize.documents.assemble import PageImage, digitize_document
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.likeness import distance
from digitize.ocr.page_scan import PageRequest, PageScan
from digitize.ocr.separators import Separator
from digitize.ocr.words import PageReading
from tests.worlds.papers import flaws
from tests.worlds.papers.page_images import INK, LINES, PAPER, SIZE, font, page_image

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
SEED = 77  # neither tuned on nor held out
CODE = "000.00.18.H40.2011.01.TH"


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL) as started:
        yield started


@pytest.fixture(scope="module")
def drawn() -> list[DrawnPage]:
    return list(drawn_pages(SEED, 2))


def scanned(engine: TesseractEngine, *requests: PageRequest) -> list[PageScan]:
    found = list(engine.scan(requests))
    assert all(isinstance(one, PageScan) for one in found), found
    return [one for one in found if isinstance(one, PageScan)]


def test_the_same_sheet_scanned_twice_looks_alike_and_another_does_not(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    first = page_image(tmp_path / "a.jpg", lines=LINES * 3)
    again = page_image(tmp_path / "b.jpg", lines=LINES * 3, clockwise_deg=0.9, quality=60)
    other = page_image(tmp_path / "c.jpg", lines=LINES[::-1] * 3)
    one, two, three = scanned(engine, *(PageRequest(path) for path in (first, again, other)))
    near = distance(one.perceptual_hash, two.perceptual_hash)
    far = distance(one.perceptual_hash, three.perceptual_hash)
    assert near < 40
    assert far > 2 * near
    assert far > 50
    assert distance("", one.perceptual_hash) == 256
    with Image.open(tmp_path / "a.jpg") as page:
        assert page.size == SIZE  # untouched
    assert one.measures.width_px == SIZE[0]


def test_a_page_turned_on_the_desk_is_read_upright_and_its_words_lie_on_the_scan(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    path = page_image(tmp_path / "a.jpg")
    for turn, stored in ((90, Image.Transpose.ROTATE_90), (180, Image.Transpose.ROTATE_180)):
        with Image.open(path) as page:
            page.transpose(stored).save(tmp_path / f"{turn}.png", dpi=(200, 200))
        level, turned = scanned(
            engine, PageRequest(path), PageRequest(tmp_path / f"{turn}.png", turn_deg=turn)
        )
        assert level.reading is not None
        assert turned.reading is not None
        assert turned.reading.text.split() == level.reading.text.split()
        for here, there in zip(words_of(level.reading), words_of(turned.reading), strict=True):
            x, y = (
                (here.y, SIZE[0] - here.x) if turn == 90 else (SIZE[0] - here.x, SIZE[1] - here.y)
            )
            assert (there.x, there.y) == pytest.approx((x, y), abs=4)


def test_a_separator_is_told_and_another_code_is_content(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    text = Separator(CODE, 3).text()
    requests = []
    for number, content in enumerate((text, "https://example.vn/tra-cuu")):
        code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode)
        square = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(code, scale=9)))
        path = page_image(tmp_path / f"{number}.jpg")
        with Image.open(path) as page:
            page.paste(square, (600, 1200))
            page.save(path, dpi=(200, 200), quality=85)
        requests.append(PageRequest(path))
    separator, page_with_code = scanned(engine, *requests)
    assert (separator.separator, separator.reading) == (text, None)
    assert page_with_code.separator == ""
    assert page_with_code.reading is not None
    assert "BÌNH AN" in page_with_code.reading.text


def test_a_page_without_ink_has_no_reading_and_a_bad_file_stops_no_other(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    blank = page_image(tmp_path / "a.jpg", lines=())
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0 no image")
    last = page_image(tmp_path / "c.jpg")
    requests = [PageRequest(blank), PageRequest(tmp_path / "b.jpg"), PageRequest(last)]
    first, second, third = engine.scan(requests)
    assert isinstance(first, PageScan)
    assert (first.reading, first.perceptual_hash) == (None, "")
    assert isinstance(second, ParserFailure)
    assert isinstance(third, PageScan)
    assert third.reading is not None


def test_a_kept_reading_carries_the_name_of_what_read_it(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    (page,) = scanned(engine, PageRequest(page_image(tmp_path / "a.jpg")))
    assert page.reading is not None
    assert page.reading.software == engine.software
    assert "best_int" in engine.software
    (read,) = engine.read([PageRequest(tmp_path / "a.jpg")])
    assert read == page.reading


def test_drawn_papers_are_read_well_and_in_order(
    engine: TesseractEngine, drawn: list[DrawnPage], tmp_path: Path
) -> None:
    """A bound far above the figures of the bench: this is no benchmark."""
    assert drawn[0].jpeg == next(drawn_pages(SEED, 1)).jpeg
    misread = Misread()
    scans = []
    for page in drawn:
        scans.append(PageImage(tmp_path / f"{page.name}.jpg", page.name))
        scans[-1].path.write_bytes(page.jpeg)
    readings = list(engine.read([scan.request() for scan in scans]))
    for page, reading in zip(drawn, readings, strict=True):
        assert isinstance(reading, PageReading)
        misread.add(page, list(words_of(reading)))
    assert misread.figures()["cer"] < 2
    assert misread.figures()["cer_in_order"] < 5

    made = digitize_document(scans, target=tmp_path / "a.pdf", engine=engine, title="Báo cáo")
    with pypdfium2.PdfDocument(made.pdf) as pdf:
        for number, text in enumerate(made.pages):
            copied = pdf[number].get_textpage().get_text_range().split()
            assert copied == text.text.split()


def test_a_page_number_close_above_the_text_is_read(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    """The engine takes it for dust, or for another sign, unless it is read alone."""
    page = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), 38)
    for number, text in enumerate(
        ("Ngoài ra, các phòng đã tiếp nhận", "và giải quyết mọi đơn thư.")
    ):
        draw.text((240, 210 + 50 * number), text, 30, font, anchor="ls")
    for figure in "2357":
        numbered = page.copy()
        ImageDraw.Draw(numbered).text((827, 150), figure, 30, font, anchor="ms")
        numbered.save(tmp_path / f"{figure}.png", dpi=(200, 200))
    readings = engine.read([PageRequest(tmp_path / f"{figure}.png") for figure in "2357"])
    for figure, reading in zip("2357", readings, strict=True):
        assert isinstance(reading, PageReading)
        assert reading.text.split()[0] == figure


def test_where_the_other_side_shines_through_cleaning_takes_no_words(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    """Print in red is whitened like a stamp: there the page is read as it was scanned."""
    page = Image.new("RGB", (1654, 2339), "white")
    back = page.copy()
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), 38)
    for number in range(8):
        place = (240, 300 + 90 * number)
        ImageDraw.Draw(page).text(place, "Căn cứ Luật Lưu trữ hiện hành", "#b41e1e", font)
    for number in range(14):
        place = (240, 1040 + 80 * number)
        ImageDraw.Draw(back).text(place, "phương hướng, nhiệm vụ năm sau", "black", font)
    (tmp_path / "a.jpg").write_bytes(flaws.saved(flaws.seen_through(page, back, 0.3)))
    (reading,) = engine.read([PageRequest(tmp_path / "a.jpg")])
    assert isinstance(reading, PageReading)
    assert reading.text.count("Lưu trữ") == 8


FIGURES = tuple(
    "   ".join(str(1000 + 7919 * (7 * row + column) % 90_000) for column in range(7))
    for row in range(36)
)
SIGNED = ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "", "Nguyễn Văn Hòa")


@pytest.mark.parametrize("lines", [FIGURES, SIGNED], ids=["columns of figures", "a few words"])
def test_a_page_upside_down_is_read_though_its_ink_does_not_say_so(
    engine: TesseractEngine, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    page = Image.new("RGB", SIZE, PAPER)
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((200, 240 + 46 * number), line, INK, font(34))
    page.rotate(180).save(tmp_path / "over.png", dpi=(200, 200))
    (over,) = scanned(engine, PageRequest(tmp_path / "over.png"))
    assert over.reading is not None
    assert set(" ".join(lines[:3]).split()) <= set(over.reading.text.split())
