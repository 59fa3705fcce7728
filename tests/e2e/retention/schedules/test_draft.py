"""A schedule tried in a sandbox, in a browser: an entry changed, compared, tried and dropped."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import do_all, seen
from tests.worlds.main_job import Held
from tests.worlds.site import Site, served


@pytest.fixture(scope="module")
def own(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy of the archive: drafts are made in it."""
    with served(held.copied(tmp_path_factory.mktemp("drafts") / "home").home) as listening:
        yield listening


def test_an_entry_is_changed_in_a_draft_that_is_compared_tried_and_dropped(
    own: Site, context: BrowserContext, page: Page
) -> None:
    own.enter(context, "luutru")
    page.goto(f"{own.url}/retention-schedules")
    seen(page, context, "schedules")
    page.get_by_role("button", name="Lập bảng mới").click()
    seen(page, context, "schedule-new")
    page.get_by_role("button", name="Quay lại").first.click()
    page.goto(f"{own.url}/retention-schedules/tt10-2022")
    page.get_by_role("button", name="Lập bản nháp để sửa").click()
    expect(page.get_by_text(re.compile("Đã lập bản nháp tt10-2022"))).to_be_visible()
    seen(page, context, "schedule-draft")
    page.get_by_role("link", name="Sửa mục: TT10.2.01").click()
    asked = page.locator("#rule-dialog:modal")  # not before the script has moved the focus
    expect(asked).to_be_visible()
    asked.get_by_label("Số năm", exact=True).fill("-1")
    asked.get_by_role("button", name="Lưu").click()
    expect(asked.get_by_text("Thời hạn là số âm: -1.")).to_be_visible()
    expect(asked).to_be_visible()
    seen(page, context, "schedule-rule-refused")
    asked.get_by_label("Số năm", exact=True).fill("40")
    asked.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Đã sửa mục TT10.2.01.")).to_be_visible()
    page.get_by_label("So sánh với bảng").select_option("tt10-2022")
    page.get_by_role("button", name="So sánh").click()
    expect(page.get_by_role("cell", name=re.compile("40 năm")).first).to_be_visible()
    seen(page, context, "schedule-compared")
    page.get_by_role("button", name=re.compile("^Thử")).click()
    do_all(own)
    page.reload()
    seen(page, context, "schedule-tried")
    page.get_by_role("button", name="Bỏ bản nháp").first.click()
    dropped = page.locator("#drop-dialog")
    dropped.get_by_label("Căn cứ, lý do").fill("Chỉ để thử")
    dropped.get_by_role("button", name="Bỏ bản nháp").click()
    expect(page.get_by_text(re.compile("Đã bỏ")).first).to_be_visible()
