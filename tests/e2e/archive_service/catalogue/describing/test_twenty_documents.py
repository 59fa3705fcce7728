"""Twenty documents described without the mouse, each with what its own first page says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from ingest.submissions import acts as submissions_acts
from tests.e2e.conftest import do_all, seen
from tests.worlds.archive import new_home, person
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.papers.nd30_papers import Made, make_document
from tests.worlds.site import Site, served

CODE = "H40.18.2025.08.QLCT"
COUNT = 20


@pytest.fixture
def papers(tmp_path: Path) -> list[Made]:
    """Of whose fields the sheet says a few, and of nobody who signed."""
    folder = tmp_path / "papers"
    folder.mkdir()
    return [make_document(seed, folder, pages=1) for seed in range(1, COUNT + 1)]


@pytest.fixture
def service(tmp_path: Path, papers: list[Made]) -> Iterator[Site]:
    with served(new_home(tmp_path / "home")) as running:
        folder = papers[0].pdf.parent
        rows = [document_row(paper.pdf.name, CODE, codeNumber=paper.pdf.stem) for paper in papers]
        write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE, maintenance="10 năm")], rows)
        (submission_id,) = submissions_acts.submit(
            folder, actor=person(running.services, "bach"), services=running.services
        )
        do_all(running)
        submissions_acts.accept(
            running.services, submission_id, actor=person(running.services, "lan")
        )
        do_all(running)
        yield running


@pytest.mark.long
@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_twenty_documents_are_described_by_keys_from_their_first_pages(
    service: Site, context: BrowserContext, page: Page, papers: list[Made]
) -> None:
    service.enter(context, "lan")
    page.goto(f"{service.url}/case-files/{CODE}/describe?document=1")
    reason, signer = page.get_by_label("Lý do thay đổi"), page.get_by_label("Người ký", exact=True)
    for ordinal, paper in enumerate(papers, start=1):
        expect(page.locator("#part")).to_have_value(str(ordinal))
        expect(page.locator("html[data-started]")).to_have_count(1)
        offered = page.get_by_role("region", name="Đọc được ở trang 1")
        expect(offered).to_contain_text(paper.truth["signer"])
        if ordinal == 1:
            seen(page, context, "describe-page-one")
            reason.focus()
            page.keyboard.type("Theo trang 1")
        expect(reason).to_have_value("Theo trang 1")
        page.keyboard.press("Alt+Enter")
        expect(signer).to_have_value(paper.truth["signer"])
        page.keyboard.press("Control+Enter")
    expect(page).to_have_url(f"{service.url}/case-files/{CODE}?document={COUNT}")
    with service.services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        kept = [document.signer for document in row.documents]
    assert kept == [paper.truth["signer"] for paper in papers]
