"""The twin of a PDF of images: words lie on the page as it is seen, however it is turned."""

import datetime as dt
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from archive_service.formats.pdf.pdfa import CopyFacts
from digitize.ocr.engine import TesseractEngine
from digitize.twins.need import look_at_pdf, need_of_pages
from digitize.twins.readings import keep
from digitize.twins.twin import Twin, TwinOrder, make_twin
from tests.worlds.papers import incoming_pdfs as pdfs

MODEL = Path(__file__).parents[4] / "archive_service/static/vendor/tessdata"
AT = dt.datetime(2025, 4, 12, 3, tzinfo=dt.UTC)
PT = 72 / 200  # of a pixel


def twin_of(folder: Path, source: Path, *, pages: tuple[int, ...] = (1,)) -> Twin:
    """Its twin, these pages read by a perfect engine."""
    readings = folder / "readings"
    readings.mkdir()
    with TesseractEngine(MODEL, workers=1) as engine:
        for number in pages:
            keep(readings, number, pdfs.read_right(folder / "sheet.jpg", engine.software))
        order = TwinOrder(
            source=source,
            need=need_of_pages(look_at_pdf(source, limit_s=60), pages),
            model=engine.model,
            readings=readings,
            title="Biên bản",
            about=CopyFacts(source_digest="ab" * 32),
            made_at=AT,
        )
        return make_twin(order, folder / "twin.pdf", progress=lambda _share: None)


def first_word(path: Path, number: int = 0) -> tuple[float, float]:
    """Where the first letter lies on the page as it is seen, from its upper left, in points."""
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[number]
        left, bottom, right, top = page.get_textpage().get_charbox(0, loose=True)
        height = page.get_size()[1]
        if page.get_rotation() == 90:  # to the right on the page is down as it is seen
            return bottom, left
        if page.get_rotation() == 180:
            return page.get_size()[0] - right, bottom
        return left, height - top


@pytest.mark.parametrize("turn_deg", [0, 90, 180])
def test_words_lie_where_they_are_seen_on_a_turned_page(tmp_path: Path, turn_deg: int) -> None:
    image = pdfs.sheet(tmp_path / "sheet.jpg")
    with Image.open(image) as opened:
        opened.rotate(turn_deg, expand=True).save(tmp_path / "laid.jpg", dpi=(200, 200))
    source = pdfs.of_images(tmp_path / "source.pdf", tmp_path / "laid.jpg")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = turn_deg
        pdf.save(source)
    twin = twin_of(tmp_path, source)
    assert first_word(twin.pdf) == pytest.approx((60 * PT, 60 * PT), abs=4)
    assert twin.text.read_text("utf-8").startswith("Trạm bơm Khe Lạnh")


def test_pages_that_are_not_read_keep_their_words(tmp_path: Path) -> None:
    image = pdfs.sheet(tmp_path / "sheet.jpg")
    good = pdfs.with_good_words(tmp_path / "good.pdf", image)
    bare = pdfs.of_images(tmp_path / "bare.pdf", image)
    source = tmp_path / "source.pdf"
    with pikepdf.open(good) as first, pikepdf.open(bare) as second, pikepdf.new() as both:
        both.pages.extend(first.pages)
        both.pages.extend(second.pages)
        both.save(source)
    twin = twin_of(tmp_path, source, pages=(2,))
    assert (twin.pages, list(twin.readings)) == (2, [2])
    texts = twin.text.read_text("utf-8").split("\f")
    assert [text.split()[:2] for text in texts[:2]] == [["Trạm", "bơm"]] * 2
    with pypdfium2.PdfDocument(twin.pdf) as pdf:
        said = [page.get_textpage().get_text_range().split()[:2] for page in pdf]
    assert said == [["Trạm", "bơm"]] * 2
