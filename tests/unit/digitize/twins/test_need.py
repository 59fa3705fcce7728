"""Which PDFs need words: what their pages are, and what the words on them are worth."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.formats.pdf.layers import PageKind, iter_layers
from digitize.ocr.engine import TesseractEngine
from digitize.twins.need import (
    HiddenText,
    PdfActiveError,
    PdfLockedError,
    agreement_of,
    look_at_pdf,
    need_of,
)
from tests.worlds.papers import incoming_pdfs as pdfs
from tests.worlds.papers.incoming_pdfs import FOLDED, GARBAGE

MODEL = Path(__file__).parents[4] / "archive_service/static/vendor/tessdata"


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL, workers=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pdfs.sheet(tmp_path_factory.mktemp("sheet") / "sheet.jpg")


@pytest.fixture(scope="module")
def bare(image: Path) -> Path:
    return pdfs.of_images(image.with_suffix(".pdf"), image)


def kinds(path: Path) -> list[PageKind]:
    return [layer.kind for layer in iter_layers(path)]


def test_written_pages_images_and_words_over_images_are_told_apart(
    tmp_path: Path, image: Path, bare: Path
) -> None:
    assert kinds(pdfs.born_digital(tmp_path / "born.pdf")) == [PageKind.WRITTEN]
    assert kinds(bare) == [PageKind.IMAGE]
    over = pdfs.with_words(tmp_path / "over.pdf", bare, GARBAGE)
    under = pdfs.with_words(tmp_path / "under.pdf", bare, GARBAGE, mode=0)
    assert kinds(over) == kinds(under) == [PageKind.IMAGE_WITH_TEXT]


def test_a_born_digital_pdf_needs_nothing(tmp_path: Path, engine: TesseractEngine) -> None:
    path = pdfs.born_digital(tmp_path / "born.pdf")
    look = look_at_pdf(path, limit_s=30)
    assert look.kind == "written"
    assert need_of(look, path, engine=engine, folder=tmp_path).pages == ()


@pytest.mark.parametrize("words", [GARBAGE, FOLDED], ids=["garbage", "without marks"])
@pytest.mark.parametrize("mode", [3, 0], ids=["over the image", "under the image"])
def test_words_that_are_not_on_the_sheet_are_worth_nothing(
    tmp_path: Path, bare: Path, engine: TesseractEngine, words: str, mode: int
) -> None:
    path = pdfs.with_words(tmp_path / "bad.pdf", bare, words, mode=mode)
    need = need_of(look_at_pdf(path, limit_s=30), path, engine=engine, folder=tmp_path)
    assert (need.hidden_text, need.pages, need.textless) == (HiddenText.WORTHLESS, (1,), (1,))


def test_good_words_are_kept(tmp_path: Path, image: Path, engine: TesseractEngine) -> None:
    path = pdfs.with_good_words(tmp_path / "good.pdf", image)
    need = need_of(look_at_pdf(path, limit_s=30), path, engine=engine, folder=tmp_path)
    assert (need.hidden_text, need.pages) == (HiddenText.GOOD, ())
    assert need.agreement is not None
    assert need.agreement > 0.9


def test_a_locked_pdf_and_one_that_runs_scripts_are_refused(tmp_path: Path, bare: Path) -> None:
    with pytest.raises(PdfLockedError):
        look_at_pdf(pdfs.locked(tmp_path / "locked.pdf", bare), limit_s=30)
    with pytest.raises(PdfActiveError):
        look_at_pdf(pdfs.active(tmp_path / "active.pdf", bare), limit_s=30)


def test_agreement_counts_the_words_in_order() -> None:
    assert agreement_of(["một", "hai", "ba"], ["Một", "hai", "ba"]) == 1.0
    assert agreement_of(["một", "hai", "ba"], ["mot", "hal", "8a"]) == 0.0
    assert agreement_of([], []) == 1.0
