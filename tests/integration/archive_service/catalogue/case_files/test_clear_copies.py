"""Scanned pages made easy to read are given out by the same rights as the scan, and noted alike."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.case_files.clear_copies import clear_copy
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.forms.access_copy import AccessCopyImpossibleError
from archive_service.services import Services
from tests.worlds.archive import open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.digitize.misread import PAPER, PDF, misread_home


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(misread_home(tmp_path_factory.mktemp("clear"))) as opened:
        yield opened


def document(services: Services, code: str) -> tuple[UUID, int]:
    """The one that was read, and its place."""
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        return next((one.id, one.ordinal) for one in row.documents if one.text_files()[1])


@pytest.mark.parametrize("code", [PAPER, PDF])
def test_a_page_its_words_and_the_whole_come_to_who_may_read(services: Services, code: str) -> None:
    found, _ = document(services, code)
    browser = browser_of(create_app(services), services, "binh")
    where = f"/case-files/{code}/documents/{found}"
    image = browser.get(f"{where}/clear/1")
    assert (image.status_code, image.mimetype) == (200, "image/jpeg")
    assert image.data.startswith(b"\xff\xd8")
    words = browser.get(f"{where}/clear-words?page=1").get_json()["words"]
    assert "giao" in {word["text"].casefold() for word in words}
    whole = browser.get(f"{where}/clear-copy")
    assert (whole.status_code, whole.mimetype) == (200, "application/pdf")
    assert whole.data.startswith(b"%PDF-1.")
    part = browser.get(f"{where}/clear-copy", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, whole.data[:10])


def test_there_is_no_page_beyond_the_last(services: Services) -> None:
    found, _ = document(services, PDF)
    browser = browser_of(create_app(services), services, "binh")
    for number in (0, 3, 10_000):
        assert browser.get(f"/case-files/{PDF}/documents/{found}/clear/{number}").status_code == 404


def test_what_is_restricted_stays_so(services: Services) -> None:
    found, _ = document(services, PAPER)
    app = create_app(services)
    where = f"/case-files/{PAPER}/documents/{found}/clear/1"
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == PAPER)).one()
        before, row.mode = row.mode, "02"
    try:
        assert browser_of(app, services, "binh").get(where).status_code == 403
    finally:
        with services.writing() as session:
            row = session.scalars(select(CaseFile).where(CaseFile.code == PAPER)).one()
            row.mode = before


def test_the_viewer_leads_from_one_look_to_the_other(services: Services) -> None:
    found, ordinal = document(services, PDF)
    browser = browser_of(create_app(services), services, "binh")
    scan = browser.get(f"/case-files/{PDF}?document={ordinal}&page=2").text
    assert f"/case-files/{PDF}?document={ordinal}&amp;look=clear&amp;page=2" in scan
    clear = browser.get(f"/case-files/{PDF}?document={ordinal}&look=clear").text
    assert 'data-viewer="images"' in clear
    assert f"/case-files/{PDF}/documents/{found}/clear/2" in clear
    assert "không có giá trị thay bản số hóa" in clear


def test_a_document_too_thick_is_refused_in_words(services: Services) -> None:
    found, _ = document(services, PDF)
    binh = person(services, "binh")
    with pytest.raises(AccessCopyImpossibleError, match="more than 1 pages"):
        clear_copy(services, PDF, found, actor=binh, most_pages=1)


def test_a_document_that_was_never_scanned_has_none(services: Services) -> None:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == PAPER)).one()
        written = next(one.id for one in row.documents if not one.text_files()[1])
    browser = browser_of(create_app(services), services, "binh")
    for look in ("clear/1", "clear-words", "clear-copy"):
        where = f"/case-files/{PAPER}/documents/{written}/{look}"
        assert browser.get(where).status_code == 404
