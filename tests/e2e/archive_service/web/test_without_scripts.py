"""A browser without scripts: what is asked in a dialog stands in the page, and its form is sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission, SubmissionState
from ingest.submissions import acts as submissions_acts
from tests.e2e.conftest import do_all
from tests.worlds.archive import mixed_case, new_home, person
from tests.worlds.site import Site, served


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Site]:
    """One submission waits on the archivist's desk."""
    with served(new_home(tmp_path / "home")) as running:
        folder = mixed_case(tmp_path / "case")
        officer = person(running.services, "bach")
        submissions_acts.submit(folder, actor=officer, services=running.services)
        do_all(running)
        yield running


def opened(service: Site, context: BrowserContext, name: str, path: str) -> Page:
    service.enter(context, name)
    page = context.new_page()
    page.goto(f"{service.url}{path}")
    return page


def test_a_submission_is_given_back_with_its_reason(service: Site, plain: BrowserContext) -> None:
    desk = opened(service, plain, "lan", "/desk")
    expect(desk.get_by_role("button", name="Trả lại, ")).to_be_hidden()  # nothing would hear it
    expect(desk.locator("#keys-help")).to_be_hidden()
    expect(desk.locator("#palette")).to_be_hidden()
    expect(desk.get_by_role("link", name="Tải tệp về").first).to_be_visible()
    form = desk.locator("dialog form", has=desk.locator("h2", has_text="Trả lại hồ sơ"))
    form.locator("textarea").fill("Thiếu biên bản bàn giao")
    form.get_by_role("button", name="Trả lại hồ sơ").click()
    expect(desk.get_by_text("Đã trả lại")).to_be_visible()
    with service.services.read_only() as session:
        row = session.scalars(select(Submission)).one()
    assert (row.state, row.decision_reason) == (SubmissionState.RETURNED, "Thiếu biên bản bàn giao")


def test_a_draft_says_that_it_needs_scripts(service: Site, plain: BrowserContext) -> None:
    page = opened(service, plain, "bach", "/my-case-files")
    page.get_by_role("button", name="Soạn").first.click()
    assert "Trình duyệt đang tắt JavaScript" in page.content()  # Playwright takes it for no text
    page.locator("noscript a[href='/submit']").click()
    expect(page).to_have_url(f"{service.url}/submit")
    expect(page.locator("input[type=file]").first).to_be_visible()
