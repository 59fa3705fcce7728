"""What is printed in a demo's home: each page says THỬ NGHIỆM, and nothing else is moved by it."""

import unicodedata
import zipfile
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest

from archive_service.forms.docx import write_docx
from archive_service.forms.long_table import LONG_ROWS
from archive_service.forms.table_form import TableForm, for_press, print_table_form
from archive_service.forms.typst_form import Press
from digitize.batches.separators import print_sheets
from digitize.ocr.separators import Separator
from digitize.paper.papers import print_labels
from ingest.handover.papers import print_handover
from tests.worlds.papers import printed_papers
from tests.worlds.papers.printed_papers import AT, TABLES

TRIAL = Press(trial=True)
WORDS = "THỬ NGHIỆM"


def pages_of(pdf: Path | bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            unicodedata.normalize("NFC", page.get_textpage().get_text_range()) for page in document
        ]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_each_page_of_each_list_says_it(name: str, tmp_path: Path) -> None:
    form = TABLES[name]()
    print_table_form(form, tmp_path / "earnest.pdf", at=AT)
    print_table_form(form, tmp_path / "trial.pdf", at=AT, press=TRIAL)
    earnest, trial = pages_of(tmp_path / "earnest.pdf"), pages_of(tmp_path / "trial.pdf")
    assert not any(WORDS in page for page in earnest)
    assert all(WORDS in page for page in trial)
    assert len(trial) == len(earnest)


def test_a_list_in_parts_and_a_signed_paper_say_it_too(tmp_path: Path, tools: ModuleType) -> None:
    table_form = TABLES["so-nop-luu"]()
    many = TableForm(
        table_form.issuer,
        table_form.name,
        table_form.columns,
        list(table_form.rows[:1]) * (LONG_ROWS + 1),
    )
    print_table_form(many, tmp_path / "long.pdf", at=AT, press=TRIAL)
    pages = pages_of(tmp_path / "long.pdf")
    assert len(pages) > 10
    assert all(page.count(WORDS) == 1 for page in pages)

    signer, minutes = printed_papers.signer_at(tmp_path / "home"), tmp_path / "minutes.pdf"
    print_handover(printed_papers.handover(), minutes, signer=signer, at=AT, press=TRIAL)
    assert all(page.count(WORDS) == 1 for page in pages_of(minutes))
    (verdict,) = tools.verapdf([minutes])
    assert (verdict.passed, verdict.details) == (True, "")


def test_labels_separators_and_word_files_say_it(tmp_path: Path) -> None:
    label = {"code": "H-01", "place": "Kho 1", "text": "H-01", "qr": "", "cases": "1"}
    label["qr"] = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
    (page,) = pages_of(print_labels([label], archive="Lưu trữ", press=TRIAL))
    assert WORDS in page
    sheets = [Separator("H40.18.2025.08.QLCT", 1)]
    (page,) = pages_of(print_sheets(sheets, archive="Lưu trữ", press=TRIAL))
    assert WORDS in page
    write_docx(for_press(TABLES["so-nop-luu"](), TRIAL), tmp_path / "list.docx")
    with zipfile.ZipFile(tmp_path / "list.docx") as parts:
        assert WORDS in parts.read("word/document.xml").decode()
