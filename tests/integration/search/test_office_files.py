"""Words of office files find their document, and the hit says where in the file they stand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from archive_service.app import create_app
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from search.acts import find
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.office_files import docx, xlsx
from tests.worlds.transfer.handed_over import brought_in

CODE = "H40.18.2025.08.QLCT"
WORDS = "du toan sua chua tram bom"

# Whole, and nested deeper than what reads its words goes.
DEEP = f"</w:t></w:r></w:p>{'<w:p>' * 300}{'</w:p>' * 300}<w:p><w:r><w:t>"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "case"
    folder.mkdir()
    docx(folder / "a.docx")
    xlsx(folder / "b.xlsx")
    write_pdf(folder / "c.pdf", words="bàn giao")
    docx(folder / "d.docx", "Thuyết minh kèm theo văn bản chính")
    docx(folder / "e.docx", DEEP + DEEP)
    rows = [document_row(files) for files in ("a.docx", "b.xlsx", "c.pdf;d.docx", "e.docx")]
    # The list itself is a workbook, and is not one of the documents.
    write_sheet(folder / "Hồ sơ.xlsx", [case_row()], rows)
    (folder / "b.xlsx").rename(folder / "du toan.xlsx")
    rows[1]["files"] = "du toan.xlsx"
    write_sheet(folder / "Hồ sơ.xlsx", [case_row()], rows)
    with open_home(new_home(tmp_path / "home")) as opened:
        brought_in(opened, folder)
        yield opened


def found(services: Services, words: str) -> list[tuple[str, Any]]:
    told = find(services, words, actor=person(services, "lan"))
    return [(hit.title, hit.part) for hit in told.hits]


def test_words_of_office_files_are_found_with_their_sheet_or_section(services: Services) -> None:
    parts = [part for _, part in found(services, WORDS)]
    assert {"kind": "sheet", "name": "Dự toán"} in parts
    assert {"kind": "section", "name": "II. Kết quả"} in parts
    # What lies beside a PDF in one document is found as well.
    assert [part and part["kind"] for _, part in found(services, "thuyet minh kem theo")] == [
        "part",
        "section",
    ]
    page = browser_of(create_app(services), services, "lan").get(f"/search?q={WORDS}").text
    assert "Trang tính “Dự toán”" in page


def test_what_cannot_be_read_says_so_on_the_page_of_its_document(services: Services) -> None:
    archivist = person(services, "lan")
    files = document_record(services, CODE, 4, actor=archivist)["files"]
    assert [file["words_unread"] for file in files if file["role"] == "original"] == ["failed"]
    page = browser_of(create_app(services), services, "lan")
    assert "không tìm kiếm được" in page.get(f"/case-files/{CODE}/documents/4").text
    assert "không tìm kiếm được" not in page.get(f"/case-files/{CODE}/documents/1").text


def test_after_a_rebuild_all_is_found_again_and_told_again(services: Services) -> None:
    before = found(services, WORDS)
    rebuild(services, actor=OPERATOR)
    assert found(services, WORDS) == before
    files = document_record(services, CODE, 4, actor=person(services, "lan"))["files"]
    assert "failed" in [file["words_unread"] for file in files]
    with services.writing() as session:
        session.execute(update(CaseFile).values(version_indexed=0))
        for case_file_id in session.scalars(CaseFile.__table__.select()):
            services.jobs.add(session, "index-case-file", subject_id=case_file_id)
    do_all(services)
    assert found(services, WORDS) == before
