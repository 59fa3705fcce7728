"""The box of a search: suggestions taken by keys, errors told above it, the table of hits."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import seen
from tests.worlds.site import Site


def test_a_suggestion_is_taken_by_keys_alone(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/search")
    page.wait_for_selector("html[data-started]")
    page.locator("#query").press_sequentially("ban gi", delay=20)
    first = page.locator("#suggestions [role=option]").first
    expect(first).to_be_visible()
    expect(page.locator("#query")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    seen(page, context, "search-suggestions")
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#query")).to_have_value("ban gi")
    page.locator("#query").press_sequentially("a", delay=20)
    expect(first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/case-files/"))


def test_enter_without_a_choice_searches_for_what_was_typed(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/search")
    page.wait_for_selector("html[data-started]")
    page.locator("#query").press_sequentially("ban giao", delay=20)
    expect(page.locator("#suggestions [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=ban\+giao"))
    expect(page.locator("#suggestions")).to_be_hidden()
    page.locator(".takeaway summary").click()
    seen(page, context, "search-export")
    page.get_by_label("Đoạn tìm thấy").uncheck()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    text = taken.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("Mã hồ sơ,Tiêu đề")
    assert "Đoạn tìm thấy" not in text


def test_two_hits_are_put_into_the_basket_by_keys_and_taken_along(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/search?q=nghiệm+thu")
    for count in (1, 2):
        page.get_by_role("button", name=re.compile("^Cho vào giỏ")).first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=f"Giỏ tài liệu ({count})")).to_be_visible()
        expect(page.locator(f"#hit-{count}")).to_be_focused()
    seen(page, context, "search-hits-in-basket")
    page.get_by_role("link", name="Giỏ tài liệu (2)").focus()
    page.keyboard.press("Enter")
    expect(page.locator("article.hit")).to_have_count(2)
    page.locator(".takeaway summary").focus()
    page.keyboard.press("Enter")
    seen(page, context, "search-basket")
    page.get_by_role("button", name="CSV").focus()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert len(taken.value.path().read_text(encoding="utf-8-sig").splitlines()) == 3
    page.locator("[data-item]").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/case-files/"))
    seen(page, context, "case-file-in-basket")


def test_a_condition_that_cannot_be_is_said_above_the_box_which_keeps_the_words(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/search?q=bàn+giao+năm:mai")
    expect(page.get_by_role("alert")).to_contain_text("bốn chữ số")
    expect(page.locator("#query")).to_have_value("bàn giao năm:mai")
    seen(page, context, "search-refused")


def test_without_scripts_the_box_searches_and_suggests_nothing(
    site: Site, browser: Browser
) -> None:
    plain = browser.new_context(java_script_enabled=False)
    site.enter(plain, "docgia")
    page = plain.new_page()
    page.goto(f"{site.url}/search")
    page.fill("#query", "bàn giao")
    page.press("#query", "Enter")
    expect(page.locator(".hit").first).to_be_visible()
    expect(page.locator("#suggestions")).to_be_hidden()
    plain.close()
