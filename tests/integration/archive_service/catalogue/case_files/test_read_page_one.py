"""What page 1 of a held document says is proposed to who describes it, and to nobody else."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.catalogue.case_files.read_page_one import proposed_by_page_one
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.nd30_papers import Made, make_document

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def paper(tmp_path: Path) -> Made:
    (tmp_path / "case").mkdir()
    return make_document(1, tmp_path / "case", pages=1)


@pytest.fixture
def services(tmp_path: Path, paper: Made) -> Iterator[Services]:
    """A case file with that paper, of which the sheet says otherwise, and with an empty page."""
    with open_home(new_home(tmp_path / "home")) as opened:
        folder = paper.pdf.parent
        write_pdf(folder / "empty.pdf")
        rows = [document_row(name, CODE, codeNumber=name) for name in (paper.pdf.name, "empty.pdf")]
        write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], rows)
        (sent,) = submissions_acts.submit(folder, actor=person(opened, "bach"), services=opened)
        do_all(opened)
        submissions_acts.accept(opened, sent, actor=person(opened, "lan"))
        do_all(opened)
        yield opened


def documents(services: Services) -> list[UUID]:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        return [document.id for document in row.documents]


def test_page_one_proposes_what_stands_otherwise(services: Services, paper: Made) -> None:
    lan, (first, empty) = person(services, "lan"), documents(services)
    said = {
        rule.name: value for rule, value in proposed_by_page_one(services, CODE, first, actor=lan)
    }
    truth = paper.truth
    assert said["signer"] == truth["signer"]
    assert said["issuedDate"] == truth["date"]
    assert (said["codeNumber"], said["typeName"]) == (truth["number"], truth["type"])
    assert proposed_by_page_one(services, CODE, empty, actor=lan) == []
    describe_case_file(services, CODE, {1: said}, reason="Theo trang 1", actor=lan)
    assert proposed_by_page_one(services, CODE, first, actor=lan) == []


def test_the_page_shows_them_in_words_and_to_describers_alone(services: Services) -> None:
    first, empty = documents(services)
    browser = browser_of(create_app(services), services, "lan")
    shown = browser.get(f"/case-files/{CODE}/documents/{first}/page-one").text
    assert "Tờ trình" in shown
    assert 'data-fills="signer"' in shown
    assert browser.get(f"/case-files/{CODE}/documents/{empty}/page-one").text.strip() == ""
    assert f"{first}/page-one" in browser.get(f"/case-files/{CODE}/describe?document=1").text
    with pytest.raises(ActNotAllowedError):
        proposed_by_page_one(services, CODE, first, actor=person(services, "bach"))


def test_a_term_that_is_another_than_declared_tells_why(services: Services) -> None:
    lan = person(services, "lan")
    browser = browser_of(create_app(services), services, "lan")
    page = f"/case-files/{CODE}/describe"
    assert "Thời hạn áp dụng khác" not in browser.get(page).text
    describe_case_file(services, CODE, {2: {"maintenance": "01"}}, reason="Vĩnh viễn", actor=lan)
    told = browser.get(page).text
    assert "Thời hạn áp dụng khác" in told
    assert "<ol" in told
    assert "Thời hạn áp dụng khác" not in browser.get(f"{page}?document=1").text
