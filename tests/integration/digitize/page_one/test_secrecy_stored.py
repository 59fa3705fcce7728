"""A page of a stored case file bears a secrecy mark: its document is closed, the others go on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import CLEARED
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.keeping.malware.quarantine import release
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import (
    OPERATOR,
    copy_home,
    new_home,
    open_home,
    open_without_model,
    person,
)
from tests.worlds.browsers import browser_of
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.papers.nd30_papers import make_document, scan_pages, stamp

CODE = "H40.18.2025.12.QLCT"
OPEN, SECRET = "01", "02"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an archive with one case file of two papers; one of them bears a red stamp."""
    place = tmp_path_factory.mktemp("stored")
    source = place / "source"
    papers = {OPEN: make_document(72_001, place, pages=1), SECRET: make_document(72_009, place)}
    for folder, made in papers.items():
        scan_pages(made.pdf, source / folder)
    stamp(source / SECRET / "001.jpg", "MẬT", at=(0.10, 0.15))
    rows = [
        document_row(
            folder,
            CODE,
            codeNumber=made.truth["number"],
            codeNotation=made.truth["symbol"],
        )
        for folder, made in papers.items()
    ]
    write_sheet(source / "Hồ sơ.xlsx", [case_row(CODE)], rows)
    home = new_home(place / "home")
    with open_without_model(home) as services:
        (submission,) = submit(source, actor=person(services, "bach"), services=services)
        work(services, until_empty=True)
        accept(services, submission, actor=person(services, "lan"))
    with open_home(home) as services:
        work(services, until_empty=True)
    return home


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(stored, tmp_path / "home")) as opened:
        yield opened


def _case_file(services: Services) -> CaseFile:
    with services.read_only() as session:
        return get_case_file(session, CODE, actor=person(services, "hung"))


def test_its_document_is_closed_and_the_other_one_is_digitized(services: Services) -> None:
    case_file = _case_file(services)
    good, secret = case_file.documents
    assert (good.quarantined, secret.quarantined) == (False, True)
    assert secret.secrecy == "MẬT"
    assert good.has_scan_pdf()
    assert not secret.has_scan_pdf()
    assert case_file.digitization == "done", "nothing else waits"
    assert case_file.version_stored == case_file.version_indexed == 2
    with services.read_only() as session:
        (incident,) = session.scalars(select(Incident).where(Incident.closed_at.is_(None))).all()
        closed = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "document:quarantined")
        ).one()
    assert incident.kind == "secrecy-mark-found"
    assert incident.subject == f"document {CODE}/2"
    assert (closed.data["page"], closed.data["mark"]) == ("02/001.jpg", "MẬT")


def test_what_differs_from_the_list_is_told_as_a_warning(services: Services) -> None:
    good, secret = _case_file(services).documents
    codes = {finding["code"] for finding in good.doubts}
    assert "document-number-differs" not in codes, "the list has the number that was printed"
    assert "document-date-differs" in codes
    assert all(finding["severity"] == "warning" for finding in good.doubts)
    assert secret.doubts == []


def test_the_page_of_the_case_file_says_what_was_found(services: Services) -> None:
    app = create_app(services)
    for name, sees in (("hung", True), ("lan", True), ("binh", False)):
        shown = browser_of(app, services, name).get(f"/case-files/{CODE}").text
        assert "dấu chỉ độ mật “MẬT”" in shown
        assert ("điểm cần xem" in shown) is sees


def test_a_person_who_says_that_it_is_none_opens_it_and_it_is_digitized(
    services: Services,
) -> None:
    release(services, CODE, "2", "dấu đã được giải mật", actor=person(services, "hung"))
    work(services, until_empty=True)
    case_file = _case_file(services)
    opened = case_file.documents[1]
    assert (opened.quarantined, opened.secrecy) == (False, CLEARED)
    assert opened.has_scan_pdf()
    assert case_file.version_indexed == case_file.version_stored == 3
    with services.read_only() as session:
        assert session.scalars(select(Incident).where(Incident.closed_at.is_(None))).all() == []


def test_a_rebuild_keeps_it_closed_and_knows_why(services: Services) -> None:
    rebuild(services, actor=OPERATOR)
    secret = _case_file(services).documents[1]
    assert (secret.quarantined, secret.secrecy) == (True, "MẬT")
