"""A file plan with more entries than anybody reads at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import is_sound
from tests.e2e.ingest.submissions.planned import add_plan
from tests.worlds.site import Site


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_what_is_due_is_shown_in_parts_and_counted_whole(service: Site, page: Page) -> None:
    add_plan(service, 2025, *(f"{number:05}.QLCT" for number in range(1, 2001)))
    page.goto(f"{service.url}/my-case-files")
    due = page.get_by_role("region", name="Đến hạn nộp")
    expect(due.locator("h2")).to_contain_text("2.000")
    expect(due.locator("tbody tr")).to_have_count(100)
    expect(due).to_contain_text("1–100 trong 2.000")
    is_sound(page)
    due.get_by_role("link", name="Phần sau").click()
    expect(due.locator("tbody tr").first).to_contain_text(".00101.QLCT")
    due.get_by_role("button", name="Nộp hồ sơ này").first.click()
    expect(page.locator("#f-0-title")).to_have_value("Hồ sơ số 101")
