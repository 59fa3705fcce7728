"""A document from page images, judged by veraPDF and read back by PDFium."""

import datetime as dt
import hashlib
import math
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

import img2pdf
import pikepdf
import pypdfium2
import pytest
from PIL import Image

import archive_service
from archive_service.formats.child import FailureReason, ParserFailure
from archive_service.formats.page_text import split_pages
from archive_service.formats.pdf.facts import PdfCondition, read_pdf
from archive_service.formats.pdf.pdfa import NotPdfaError
from digitize.documents.assemble import (
    DigitizedDocument,
    NoPagesError,
    PageImage,
    PageNotReadError,
    digitize_document,
)
from digitize.documents.pdfa import (
    BUNDLE_PAGES,
    DocumentNotAssembledError,
    MadePage,
    PageImageRefusedError,
    assemble,
    image_to_pdf,
)
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.pixels import PageImageUnreadableError
from digitize.ocr.tesseract import ModelMissingError
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import LINES, SIZE, Drawn, drawn_words, page_image

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
MADE_AT = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
SKEW_DEG = 1.5
POINTS_PER_PIXEL = 72 / 200
TITLE = "Báo cáo kết quả rà soát hồ sơ địa chính"


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL) as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[PageImage]:
    """Level, skewed with a stamp, blank, grey, black and white, turned, flat, mirrored."""
    folder = tmp_path_factory.mktemp("scans")
    made = [
        page_image(folder / "1.jpg"),
        page_image(folder / "2.jpg", clockwise_deg=SKEW_DEG, stamp=True),
        page_image(folder / "3.jpg", lines=()),
        page_image(folder / "4.png", mode="L"),
        page_image(folder / "5.tif", mode="1"),
        turned_by_exif(page_image(folder / "upright.png"), folder / "6.jpg"),
        of_half_the_lines(folder / "upright.png", folder / "7.png"),
        mirrored_by_exif(folder / "upright.png", folder / "8.jpg"),
    ]
    return [PageImage(path, path.name) for path in made]


@pytest.fixture(scope="module")
def document(
    pages: list[PageImage], engine: TesseractEngine, tmp_path_factory: pytest.TempPathFactory
) -> DigitizedDocument:
    target = tmp_path_factory.mktemp("made") / "a.pdf"
    return digitize_document(pages, target=target, engine=engine, title=TITLE, made_at=MADE_AT)


def turned_by_exif(upright: Path, target: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6  # a viewer is to turn it clockwise
    with Image.open(upright) as image:
        stored = image.transpose(Image.Transpose.ROTATE_90)
    stored.save(target, dpi=(200, 200), exif=exif, quality=85)
    return target


def of_half_the_lines(upright: Path, target: Path) -> Path:
    """As a fax: twice as many dots across as lines down."""
    with Image.open(upright) as image:
        image.resize((SIZE[0], SIZE[1] // 2)).convert("L").save(target, dpi=(200, 100))
    return target


def mirrored_by_exif(upright: Path, target: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 2
    with Image.open(upright) as image:
        stored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    stored.save(target, dpi=(200, 200), exif=exif, quality=85)
    return target


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def word_errors(text: str) -> float:
    """Share of the drawn words that were not read, in any order."""
    wanted = [word for line in LINES for word in line.split()]
    read = text.split()
    for word in wanted:
        if word in read:
            read.remove(word)
    found = len(text.split()) - len(read)
    return 1 - found / len(wanted)


def test_verapdf_passes_the_document_as_2b(document: DigitizedDocument, tools: ModuleType) -> None:
    (verdict,) = tools.verapdf([document.pdf])
    assert verdict.passed, verdict.details
    assert verdict.flavour == "2b"


def test_the_scanners_bytes_stand_unchanged_in_the_pdf(
    document: DigitizedDocument, pages: list[PageImage]
) -> None:
    with pikepdf.open(document.pdf) as pdf:
        for number, page in enumerate(pages):
            if page.path.suffix != ".jpg":
                continue
            (image,) = pdf.pages[number].get_images().values()
            assert sha256(image.read_raw_bytes()) == sha256(page.path.read_bytes())


def test_pixels_of_other_images_are_equal(
    document: DigitizedDocument, pages: list[PageImage]
) -> None:
    with pikepdf.open(document.pdf) as pdf:
        for number in (3, 4):
            (image,) = pdf.pages[number].get_images().values()
            with Image.open(pages[number].path) as scanned:
                kept = pikepdf.PdfImage(cast(pikepdf.Stream, image)).as_pil_image().convert("L")
                assert kept.tobytes() == scanned.convert("L").tobytes()


def test_the_document_tells_title_and_language_and_has_every_page(
    document: DigitizedDocument, pages: list[PageImage]
) -> None:
    facts = read_pdf(document.pdf)
    assert (facts.condition, facts.pages, facts.pdfa) == (PdfCondition.GOOD, len(pages), "2b")
    with pikepdf.open(document.pdf) as pdf:
        assert str(pdf.Root.Lang) == "vi-VN"
        with pdf.open_metadata() as xmp:
            assert xmp["dc:title"] == TITLE
        width, height = (float(edge) for edge in pdf.pages[0].mediabox[2:])
    assert width == pytest.approx(595.4, abs=0.5)
    assert height == pytest.approx(842, abs=0.5)


def test_words_are_read_however_the_page_is_stored(
    document: DigitizedDocument,
) -> None:
    for number in (1, 2, 4, 5, 6, 7, 8):
        assert word_errors(document.pages[number - 1].text) < 0.06, number


def test_a_blank_page_is_an_empty_page_in_its_place(document: DigitizedDocument) -> None:
    blank = document.pages[2]
    assert (blank.number, blank.text, blank.confidence) == (3, "", None)
    written = split_pages(document.text.read_text("utf-8"))
    assert written == [page.text for page in document.pages]


@pytest.mark.parametrize("number", [1, 2, 6, 7, 8])
def test_words_in_the_pdf_lie_where_they_are_printed(
    document: DigitizedDocument, number: int
) -> None:
    turn = SKEW_DEG if number == 2 else 0.0
    with pypdfium2.PdfDocument(document.pdf) as pdf:
        page = pdf[number - 1]
        text = page.get_textpage()
        # The boxes are those of the page as it is stored, before a viewer turns it.
        height = SIZE[0] if number == 6 else SIZE[1]
        found = 0
        at = 0
        content = text.get_text_range()
        for drawn in drawn_words():
            if (start := content.find(drawn.word, at)) < 0:
                continue
            at = start + len(drawn.word)
            first, last = text.get_charbox(start), text.get_charbox(at - 1)
            wanted_x, wanted_y = printed_at(drawn, turn, by_exif=number == 6)
            x = (min(first[0], last[0]) + max(first[2], last[2])) / 2
            y = (min(first[1], last[1]) + max(first[3], last[3])) / 2
            assert x == pytest.approx(wanted_x * POINTS_PER_PIXEL, abs=4), drawn
            assert y == pytest.approx((height - wanted_y) * POINTS_PER_PIXEL, abs=4), drawn
            found += 1
    assert found > 0.9 * len(drawn_words())


def printed_at(drawn: Drawn, turn_deg: float, *, by_exif: bool) -> tuple[float, float]:
    """The middle of a drawn word in the stored image, x and y in pixels."""
    x, y = (drawn.left + drawn.right) / 2, drawn.middle
    if by_exif:  # stored a quarter turn anticlockwise
        return y, SIZE[0] - x
    angle = math.radians(turn_deg)
    dx, dy = x - SIZE[0] / 2, y - SIZE[1] / 2
    return (
        SIZE[0] / 2 + dx * math.cos(angle) - dy * math.sin(angle),
        SIZE[1] / 2 + dx * math.sin(angle) + dy * math.cos(angle),
    )


def test_text_copied_from_the_pdf_reads_in_order(document: DigitizedDocument) -> None:
    with pypdfium2.PdfDocument(document.pdf) as pdf:
        for number in (1, 2):
            copied = pdf[number - 1].get_textpage().get_text_range().split()
            assert copied == document.pages[number - 1].text.split()


def test_the_same_pages_give_the_same_bytes(
    document: DigitizedDocument, pages: list[PageImage], engine: TesseractEngine, tmp_path: Path
) -> None:
    again = digitize_document(
        pages, target=tmp_path / "b.pdf", engine=engine, title=TITLE, made_at=MADE_AT
    )
    for path, other in ((again.pdf, document.pdf), (again.text, document.text)):
        assert sha256(path.read_bytes()) == sha256(other.read_bytes())
    assert again.alto.read_bytes() == document.alto.read_bytes()


def test_progress_is_told_page_by_page_and_nothing_else_is_left(
    pages: list[PageImage], engine: TesseractEngine, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    made = digitize_document(
        pages[:2],
        target=tmp_path / "a.pdf",
        engine=engine,
        title=TITLE,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]
    assert set(tmp_path.iterdir()) == {made.pdf, made.text, made.alto}


def refused(page: Path, engine: TesseractEngine, folder: Path) -> Exception:
    folder.mkdir()
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the caller looks at it
        digitize_document(
            [PageImage(page, "tờ 7")], target=folder / "a.pdf", engine=engine, title=TITLE
        )
    assert list(folder.iterdir()) == []
    return caught.value


def test_images_that_cannot_be_kept_as_they_are_are_named_and_leave_nothing(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0 no image")
    page = Image.new("L", (900, 900), 255)
    page.save(tmp_path / "c.tif", save_all=True, append_images=[page], dpi=(200, 200))
    page.convert("F").save(tmp_path / "d.tif", dpi=(200, 200))
    errors = {
        name: refused(tmp_path / name, engine, tmp_path / name[0])
        for name in ("a.jpg", "c.tif", "d.tif")
    }
    assert {type(error) for error in errors.values()} == {PageImageUnreadableError}
    reasons = [str(error).rpartition("reason=")[2] for error in errors.values()]
    assert reasons[1:] == ["several-pages", "colour-space"]
    assert "tờ 7" in str(errors["a.jpg"])


def test_the_assembly_itself_refuses_what_no_pdfa_page_can_be(tmp_path: Path) -> None:
    page = Image.new("L", (90, 90), 255)
    page.save(tmp_path / "c.tif", save_all=True, append_images=[page], dpi=(200, 200))
    with pytest.raises(PageImageRefusedError):
        image_to_pdf(tmp_path / "c.tif", tmp_path / "c.pdf", dpi=200, name="tờ 7")
    Image.new("CMYK", (90, 90)).save(tmp_path / "d.jpg", dpi=(200, 200))
    (tmp_path / "d.pdf").write_bytes(img2pdf.convert(str(tmp_path / "d.jpg")))
    blank = PageReading(90, 90, dpi=200)
    with pytest.raises(NotPdfaError):
        assemble(
            [MadePage(tmp_path / "d.pdf", blank)], tmp_path / "a.pdf", title=TITLE, made_at=MADE_AT
        )


def test_a_full_disk_is_trouble_of_the_machine_and_not_of_the_page(
    pages: list[PageImage], tmp_path: Path
) -> None:
    with pytest.raises(DocumentNotAssembledError):
        image_to_pdf(pages[0].path, Path("/dev/full"), dpi=200, name="1.jpg")
    with pytest.raises(DocumentNotAssembledError):
        digitize_document(
            pages[:1], target=tmp_path / "absent" / "a.pdf", engine=FailsAtFirst(0), title=TITLE
        )


def test_a_thick_document_keeps_the_order_of_its_pages(tmp_path: Path) -> None:
    scans = []
    for number in range(1, BUNDLE_PAGES + 12):
        path = tmp_path / f"{number}.png"
        Image.new("L", (100 + number, 50), 255).save(path, dpi=(100, 100))
        scans.append(PageImage(path, path.name))
    target = tmp_path / "thick.pdf"
    digitize_document(scans, target=target, engine=FailsAtFirst(0), title=TITLE)
    with pikepdf.open(target) as pdf:
        widths = [next(iter(page.get_images().values())).Width for page in pdf.pages]
    assert widths == [100 + number for number in range(1, BUNDLE_PAGES + 12)]


def test_a_document_without_pages_is_refused(engine: TesseractEngine, tmp_path: Path) -> None:
    with pytest.raises(NoPagesError):
        digitize_document([], target=tmp_path / "a.pdf", engine=engine, title=TITLE)


def test_a_missing_model_is_said(pages: list[PageImage], tmp_path: Path) -> None:
    with TesseractEngine(tmp_path) as engine, pytest.raises(ModelMissingError):
        next(engine.read([pages[0].request()]))


def test_a_damaged_model_is_said(pages: list[PageImage], tmp_path: Path) -> None:
    (tmp_path / "vie.traineddata").write_bytes(b"no model")
    with TesseractEngine(tmp_path) as engine, pytest.raises(ModelMissingError):
        next(engine.read([pages[0].request()]))


def test_a_killed_worker_fails_its_page_alone(pages: list[PageImage]) -> None:
    with TesseractEngine(MODEL, workers=1) as engine:
        paths = [page.request() for page in pages[:2]]
        assert all(isinstance(answer, PageReading) for answer in engine.read(paths))
        killer = threading.Timer(0.05, kill_workers, [engine])
        killer.start()
        answers = list(engine.read(paths * 2))
        killer.join()
        failed = [answer for answer in answers if isinstance(answer, ParserFailure)]
        assert [failure.reason for failure in failed] == [FailureReason.CRASHED]
        assert len(answers) == 4
        assert isinstance(next(engine.read(paths)), PageReading)


def kill_workers(engine: TesseractEngine) -> None:
    for child in engine._children:
        if child._running is not None:
            os.killpg(child._running.process.pid, signal.SIGKILL)


class FailsAtFirst:
    """An engine of another party that fails a number of times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def read(self, pages: Sequence[PageRequest]) -> Iterator[PageReading | ParserFailure]:
        """See ``OcrEngine.read``."""
        for _ in pages:
            self.times -= 1
            if self.times >= 0:
                yield ParserFailure(FailureReason.TIMED_OUT, "no answer")
            else:
                yield PageReading(*SIZE, dpi=200)


def test_a_page_that_fails_once_is_tried_again(pages: list[PageImage], tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    made = digitize_document(pages[:1], target=target, engine=FailsAtFirst(1), title=TITLE)
    assert len(made.pages) == 1


def test_a_page_that_fails_twice_is_named(pages: list[PageImage], tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    with pytest.raises(PageNotReadError) as caught:
        digitize_document(pages[:1], target=target, engine=FailsAtFirst(2), title=TITLE)
    assert caught.value.facts == {"name": "1.jpg", "reason": "timed-out"}
    assert not target.exists()
