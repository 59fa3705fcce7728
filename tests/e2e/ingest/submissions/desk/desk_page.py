"""The acceptance desk in a browser, and case files that come to it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import delete

from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import Submission
from ingest.submissions import acts as submissions_acts
from tests.e2e.conftest import do_all
from tests.worlds.archive import new_home, person
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.site import Site, served

GOOD, MIXED, BAD = "H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT", "H40.18.2025.10.QLCT"
WARNED = "H40.18.2025.11.QLCT"
TITLE = "Hồ sơ thiếu ngày của biên bản"


@pytest.fixture
def service(tmp_path: Path, context: BrowserContext) -> Iterator[Site]:
    with served(new_home(tmp_path / "home")) as running:
        running.enter(context, "lan")
        yield running


def bad_case(folder: Path) -> Path:
    """A case file whose second document has no day."""
    for name in ("01.pdf", "02.pdf"):
        write_pdf(folder / name)
    rows = [document_row("01.pdf", BAD), document_row("02.pdf", BAD, issuedDate="")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(BAD, title=TITLE)], rows)
    return folder


def submit(service: Site, *folders: Path) -> list[UUID]:
    officer = person(service.services, "bach")
    ids = [
        submissions_acts.submit(folder, actor=officer, services=service.services)[0]
        for folder in folders
    ]
    do_all(service)
    return ids


def without_warnings(service: Site, submission_id: UUID) -> None:
    """As if the agency had its file plan, of which every warning of a small case file is."""
    with service.services.writing() as session:
        findings = delete(FindingRow).where(FindingRow.severity == Severity.WARNING)
        session.execute(findings.where(FindingRow.submission_id == submission_id))
        session.get_one(Submission, submission_id).worst = ""


def press(page: Page, key: str) -> None:
    """A key, once the page hears it."""
    page.locator("html[data-started]").wait_for(state="attached")
    page.keyboard.press(key)


def warned_case(folder: Path) -> Path:
    """A case file that stands with warnings alone: one document twice, byte for byte."""
    for name in ("01.pdf", "02.pdf"):
        write_pdf(folder / name)
    rows = [document_row(name, WARNED, codeNumber="31") for name in ("01.pdf", "02.pdf")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(WARNED)], rows)
    return folder
