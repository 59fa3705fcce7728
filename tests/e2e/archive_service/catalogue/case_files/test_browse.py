"""From a fonds to a document by opening branches, by keys alone; years, and the own shelf."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PHONE, seen
from tests.worlds.main_job import A_CODE, B_CODE
from tests.worlds.site import Site

# Each branch is open as it comes into the page, before htmx has looked at it.
OPENS_AT_ONCE = """() => {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        for (const branch of node.querySelectorAll?.("details.branch") ?? []) branch.open = true;
      }
    }
  }).observe(document.querySelector("main"), { childList: true, subtree: true });
}"""


def test_keys_alone_lead_from_the_fonds_to_a_document(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/search")
    page.get_by_role("link", name="Duyệt kho theo phông và năm").click()
    page.wait_for_selector("html[data-started]")
    page.locator(".branch > summary").first.focus()
    page.keyboard.press("Enter")
    case = page.locator(".tree .tree .branch > summary").filter(has_text=B_CODE)
    expect(case).to_be_visible()
    case.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=f"Mở hồ sơ {B_CODE}")).to_be_visible()
    document = page.locator(".leaf a").first
    expect(document).to_be_visible()
    seen(page, context, "browse")
    document.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(B_CODE)))


def test_a_case_file_is_kept_in_sight_and_found_again(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "thanhtra")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    page.get_by_label("Việc khác").click()
    page.get_by_role("button", name="Đánh dấu").click()
    page.get_by_label("Việc khác").click()
    expect(page.get_by_role("button", name="Đánh dấu")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{site.url}/browse")
    kept = page.get_by_role("region", name="Hồ sơ đã đánh dấu")
    expect(kept).to_contain_text(A_CODE)
    expect(page.get_by_role("region", name="Đọc gần đây")).to_contain_text(A_CODE)
    seen(page, context, "browse-shelf")
    page.get_by_role("button", name="Xóa danh sách").click()
    expect(page.get_by_role("region", name="Đọc gần đây")).to_contain_text("Chưa đọc hồ sơ nào")


def test_a_branch_that_is_opened_before_it_is_listened_to_is_filled(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/browse")
    page.wait_for_selector("html[data-started]")
    page.evaluate(OPENS_AT_ONCE)
    page.locator(".branch > summary").first.press("Enter")
    expect(page.locator(".leaf a").first).to_be_visible()


def test_a_year_leads_to_its_case_files(site: Site, context: BrowserContext, page: Page) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/browse")
    page.locator(".years").get_by_role("link", name=re.compile("2025")).click()
    expect(page.get_by_role("heading", name="Hồ sơ năm 2025", level=1)).to_be_visible()
    expect(page.locator(".branch > summary").filter(has_text=A_CODE)).to_be_visible()
    expect(page.locator(".years [aria-current]")).to_have_text(re.compile("2025"))


def test_without_scripts_a_branch_leads_to_a_page_of_its_own(site: Site, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False, locale="vi-VN")
    site.enter(plain, "luutru")
    page = plain.new_page()
    page.goto(f"{site.url}/browse")
    page.locator(".branch > summary").first.click()
    page.locator(".branch-in a").first.click()
    expect(page.locator(".branch > summary").filter(has_text=B_CODE)).to_be_visible()
    plain.close()


def test_the_tree_is_gone_through_on_a_phone(site: Site, browser: Browser) -> None:
    narrow = browser.new_context(viewport={"width": PHONE, "height": 860}, locale="vi-VN")
    site.enter(narrow, "docgia")
    page = narrow.new_page()
    page.goto(f"{site.url}/browse")
    page.locator(".branch > summary").first.click()
    expect(page.locator(".tree .tree .branch").first).to_be_visible()
    seen(page, narrow, "browse")
    narrow.close()
