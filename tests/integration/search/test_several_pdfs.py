"""Of a document in several PDFs the words of all are found, and the hit says where they stand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.catalogue.holdings.texts import case_texts
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.formats.page_text import MAX_PAGE_CHARACTERS
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from search.acts import find
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.papers.worded_pdf import worded_pdf
from tests.worlds.transfer.handed_over import brought_in

CODE = "H40.18.2025.08.QLCT"
ANNEX = {"kind": "file", "name": "phu luc.pdf", "page": "2"}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "case"
    folder.mkdir()
    worded_pdf(folder / "chinh.pdf", "cong van chinh")
    worded_pdf(folder / "phu luc.pdf", "trang dau", "thong ke gieng khoan")
    worded_pdf(folder / "dai.pdf", "x" * MAX_PAGE_CHARACTERS)
    rows = [document_row("chinh.pdf;phu luc.pdf"), document_row("dai.pdf")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row()], rows)
    with open_home(new_home(tmp_path / "home")) as opened:
        brought_in(opened, folder)
        yield opened


def found(services: Services, words: str) -> list[tuple[Any, Any]]:
    told = find(services, words, actor=person(services, "lan"))
    return [(hit.page, hit.part) for hit in told.hits]


def test_words_of_the_other_pdf_are_found_with_its_name_and_page(services: Services) -> None:
    assert found(services, "thong ke gieng khoan") == [(3, ANNEX)]
    assert found(services, "cong van chinh")[0] == (1, None)
    page = browser_of(create_app(services), services, "lan").get("/search?q=gieng+khoan").text
    assert "Tệp “phu luc.pdf”, trang 2" in page
    (first, *_) = case_texts(services, CODE, actor=person(services, "lan")).documents
    assert [(page.number, page.part) for page in first.pages][2] == (3, ANNEX)
    rebuild(services, actor=OPERATOR)
    assert found(services, "thong ke gieng khoan") == [(3, ANNEX)]


def test_what_is_not_found_of_a_pdf_is_told_on_the_page_of_its_document(services: Services) -> None:
    files = document_record(services, CODE, 2, actor=person(services, "lan"))["files"]
    assert "cut" in [file["words_unread"] for file in files]
    page = browser_of(create_app(services), services, "lan")
    assert (
        "phần cuối của trang quá dài không được đọc"
        in page.get(f"/case-files/{CODE}/documents/2").text
    )
    assert "không tìm kiếm được" not in page.get(f"/case-files/{CODE}/documents/1").text


def test_a_pdf_that_is_not_read_whole_waits_for_no_twin(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile)).one()
        (file,) = row.documents[1].incoming_pdfs()
        before = row.digitization_due()
        file.text_layer = {"words-unread": "crashed"}
        assert row.digitization_due() == before
        file.looked_at({"twin": "none"})
        assert (file.twin_state, file.words_unread) == ("none", "crashed")
