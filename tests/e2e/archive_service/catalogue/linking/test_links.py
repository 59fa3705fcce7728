"""A document made part of another case file in a browser, read there, and taken out again."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import seen
from tests.worlds.main_job import A_CODE, B_CODE
from tests.worlds.site import Site


def test_a_document_is_linked_read_and_taken_out(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}?document=1")
    page.get_by_role("button", name="Gắn vào hồ sơ khác").press("Enter")
    seen(page, context, "link-dialog")
    page.get_by_label("Mã hồ sơ nhận").fill(B_CODE)
    page.locator("#link-reason").fill("Cùng một việc")
    page.get_by_role("button", name="Gắn văn bản").press("Enter")
    expect(page).to_have_url(re.compile(rf"/case-files/{re.escape(B_CODE)}\?document=\d+$"))
    there = page.url  # its ordinal: one more at each width, since none is given twice
    ordinal = there.rpartition("=")[2]
    expect(page.get_by_text(f"Thuộc hồ sơ {A_CODE}, số 1").first).to_be_visible()
    expect(page.locator("[data-viewer]")).to_be_visible()
    seen(page, context, "linked-document")
    page.get_by_role("link", name="Mở ở hồ sơ gốc").click()
    expect(page.get_by_text(f"Cũng có trong hồ sơ {B_CODE}, số {ordinal}").first).to_be_visible()
    seen(page, context, "linked-elsewhere")
    page.goto(there)
    page.get_by_role("button", name="Gỡ văn bản").first.press("Enter")
    seen(page, context, "unlink-dialog")
    page.locator("#unlink-reason").fill("Gắn nhầm")
    page.get_by_role("dialog").get_by_role("button", name="Gỡ văn bản").press("Enter")
    expect(page.get_by_text("Đã gỡ văn bản.").first).to_be_visible()
    expect(page.get_by_text(f"Thuộc hồ sơ {A_CODE}")).to_have_count(0)
