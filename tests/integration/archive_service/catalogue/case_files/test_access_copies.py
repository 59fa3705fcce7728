"""An access copy is given out by the same rights as the file that it shows, and noted alike."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import USES, AuditEvent
from archive_service.services import Services
from tests.worlds.archive import new_home, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.papers.office_files import docx
from tests.worlds.papers.tiff import tiff
from tests.worlds.transfer.handed_over import brought_in

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "case"
    folder.mkdir()
    docx(folder / "a.docx")
    tiff(folder / "b.tif")
    rows = [document_row(files, CODE) for files in ("a.docx", "b.tif")]
    rows[1]["codeNumber"] = "13"
    write_sheet(folder / "danh-sach.xlsx", [case_row(CODE)], rows)
    with open_home(new_home(tmp_path / "home")) as opened:
        brought_in(opened, folder)
        yield opened


def ids(services: Services, ordinal: int) -> tuple[UUID, UUID]:
    """Of a document and of its first file."""
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        document = row.documents[ordinal - 1]
        return document.id, document.files[0].id


def address(services: Services, ordinal: int) -> str:
    return f"/case-files/{CODE}/documents/{ids(services, ordinal)[0]}/access-copy"


def restrict(services: Services, **changed: object) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        for name, value in changed.items():
            setattr(row.documents[0], name, value)


def uses(services: Services) -> int:
    with services.read_only() as session:
        counted = select(func.count()).where(AuditEvent.tag == USES["read"])
        return session.scalar(counted) or 0


def test_it_comes_whole_in_ranges_and_not_twice(services: Services) -> None:
    browser = browser_of(create_app(services), services, "binh")
    whole = browser.get(address(services, 2))
    assert whole.data.startswith(b"%PDF")
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = browser.get(address(services, 2), headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, whole.data[:10])
    again = browser.get(address(services, 2), headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304


def test_who_may_not_read_the_file_gets_no_copy_even_of_one_that_was_made(
    services: Services,
) -> None:
    app = create_app(services)
    browser = browser_of(app, services, "binh")
    assert browser.get(address(services, 1)).status_code == 200
    restrict(services, mode="02")
    assert browser.get(address(services, 1)).status_code == 403
    assert "access-copy" not in browser.get(f"/case-files/{CODE}?document=1").text
    assert uses(services) == 0
    assert browser_of(app, services, "lan").get(address(services, 1)).status_code == 200
    assert uses(services) == 1
    restrict(services, mode="01", quarantined=True)
    assert browser_of(app, services, "lan").get(address(services, 1)).status_code == 403
    assert browser_of(app, services, "stranger").get(address(services, 2)).status_code == 404


def test_a_file_that_needs_no_copy_or_is_not_there_is_unknown(services: Services) -> None:
    browser = browser_of(create_app(services), services, "lan")
    _, other = ids(services, 2)
    assert browser.get(f"{address(services, 1)}?file={other}").status_code == 404
    _, named = ids(services, 1)
    assert browser.get(f"{address(services, 1)}?file={named}").status_code == 200


def test_what_cannot_be_shown_is_refused_in_words(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        for file in row.documents[1].files:
            file.size_bytes = 1 << 40
    answer = browser_of(create_app(services), services, "lan").get(address(services, 2))
    assert answer.status_code == 422
    assert "Không lập được bản để đọc" in answer.text
