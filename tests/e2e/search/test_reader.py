"""A reader looks for words, and reads the page that holds them."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import is_sound, overflow_px
from tests.worlds.main_job import B_CODE
from tests.worlds.site import Site


def test_words_typed_without_marks_lead_to_the_page_of_paper_that_holds_them(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/")
    expect(page).to_have_url(f"{site.url}/search")
    page.fill("#query", "ban giao mat bang")
    page.press("#query", "Enter")
    expect(page.locator(".hit mark").first).to_be_visible()
    is_sound(page)
    page.locator(".hit .pageno").first.click()
    expect(page).to_have_url(re.compile(rf"/case-files/{re.escape(B_CODE)}\?document=.*page="))
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator(".marks .hit").first).to_be_attached()
    is_sound(page)


def test_keys_of_telex_lead_to_the_marked_words_on_the_scan_and_back(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/search")
    page.fill("#query", "bafn giao mawjt bawfng")
    page.press("#query", "Enter")
    expect(page.get_by_role("status").filter(has_text="bàn giao mặt bằng")).to_be_visible()
    is_sound(page)
    found = page.url
    page.locator(".hit .pageno").first.click()
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator(".marks .hit").first).to_be_attached()
    page.go_back()
    expect(page).to_have_url(found)


def test_conditions_send_themselves_and_are_dropped_one_by_one(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/search?q=cong+trinh")
    every = page.locator(".hit").count()
    if page.locator(".facets:not([open])").count():
        page.locator(".facets > summary").click()
    page.get_by_label(re.compile("Biên bản")).check()
    expect(page).to_have_url(re.compile("type="))
    page.wait_for_load_state()  # the address is there before what was found is
    assert 0 < page.locator(".hit").count() < every
    page.locator("a.badge.active").first.click()
    expect(page.locator(".hit")).to_have_count(every)


@pytest.mark.parametrize("place", ["/search", "/search?q=xyzt", "/search?q=cong+trinh"])
def test_no_search_page_is_wider_than_a_small_phone(
    site: Site, browser: Browser, place: str
) -> None:
    narrow = browser.new_context(viewport={"width": 320, "height": 700})
    site.enter(narrow, "docgia")
    page = narrow.new_page()
    page.goto(f"{site.url}{place}")
    assert overflow_px(page) == 0
    narrow.close()
