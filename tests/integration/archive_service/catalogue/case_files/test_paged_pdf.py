"""A PDF of many pages is given to the viewer with a tree behind it, by the rights of the file."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from tests.worlds.archive import new_home, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.long_pdf import long_pdf
from tests.worlds.transfer.handed_over import brought_in

CODE = "H40.18.2025.08.QLCT"
PAGES = 250  # more than is read at once


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "case"
    folder.mkdir()
    long_pdf(folder / "a.pdf", pages=PAGES)
    write_pdf(folder / "b.pdf", words="bàn giao")
    rows = [document_row(files, CODE) for files in ("a.pdf", "b.pdf")]
    rows[1]["codeNumber"] = "13"
    write_sheet(folder / "danh-sach.xlsx", [case_row(CODE)], rows)
    with open_home(new_home(tmp_path / "home")) as opened:
        brought_in(opened, folder)
        yield opened


def file_id(services: Services, ordinal: int) -> UUID:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        return row.documents[ordinal - 1].files[0].id


def test_its_pieces_are_those_of_the_file_and_then_the_tree(
    services: Services, tmp_path: Path
) -> None:
    browser = browser_of(create_app(services), services, "binh")
    stored = (tmp_path / "case" / "a.pdf").read_bytes()
    address = f"/case-files/{CODE}/files/{file_id(services, 1)}/paged"
    assert address in browser.get(f"/case-files/{CODE}?document=1").text
    whole = browser.get(address)
    assert whole.data.startswith(stored)
    assert len(whole.data) > len(stored)
    assert whole.headers["ETag"] == f'"{hashlib.sha256(whole.data).hexdigest()}"'
    size = len(stored)
    for begin, end in ((0, 9), (size - 5, size + 5), (size, size + 9), (size - 9, size - 1)):
        part = browser.get(address, headers={"Range": f"bytes={begin}-{end}"})
        assert (part.status_code, part.data) == (206, whole.data[begin : end + 1])
    rest = browser.get(address, headers={"Range": f"bytes={size - 3}-"})
    assert rest.data == whole.data[size - 3 :]


def test_a_short_one_is_given_as_it_is(services: Services, tmp_path: Path) -> None:
    browser = browser_of(create_app(services), services, "binh")
    short = browser.get(f"/case-files/{CODE}/files/{file_id(services, 2)}/paged")
    assert short.data == (tmp_path / "case" / "b.pdf").read_bytes()
    assert "/paged" not in browser.get(f"/case-files/{CODE}?document=2").text


def test_who_may_not_read_the_file_gets_it_not_even_once_it_was_made(services: Services) -> None:
    app = create_app(services)
    address = f"/case-files/{CODE}/files/{file_id(services, 1)}/paged"
    assert browser_of(app, services, "binh").get(address).status_code == 200
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        row.documents[0].mode = "02"
    assert browser_of(app, services, "binh").get(address).status_code == 403
    assert browser_of(app, services, "lan").get(address).status_code == 200
