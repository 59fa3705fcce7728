"""From a scan to its clear look and back, by one key, where one was."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import overflow_px, seen
from tests.worlds.archive import open_home
from tests.worlds.digitize.misread import PDF, misread_home
from tests.worlds.site import Site, listening


@pytest.fixture(scope="module")
def read_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = misread_home(tmp_path_factory.mktemp("clear"))
    with open_home(home) as opened, listening(opened) as site:
        yield site


def test_a_key_leads_to_the_clear_look_and_back_at_the_same_page(
    read_site: Site, context: BrowserContext, page: Page
) -> None:
    read_site.enter(context, "binh")
    page.goto(f"{read_site.url}/case-files/{PDF}?document=1&q=bàn giao")
    expect(page.locator(".sheet canvas")).to_be_visible()
    page.get_by_role("button", name="Trang sau").click()
    expect(page).to_have_url(re.compile("page=2"))
    page.keyboard.press("v")
    expect(page.locator(".sheet img")).to_have_attribute("src", re.compile("/clear/2$"))
    expect(page).to_have_url(re.compile(r"look=clear.*page=2|page=2.*look=clear"))
    expect(page.locator(".viewer")).to_contain_text("không có giá trị thay bản số hóa")
    seen(page, context, "clear-look")
    page.keyboard.press("x")
    expect(page.locator("[data-page-text]")).to_contain_text(re.compile("giao", re.IGNORECASE))
    page.keyboard.press("v")
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator("[data-viewer-page]")).to_have_value("2")


def test_words_found_are_marked_where_they_stand_on_it(
    read_site: Site, context: BrowserContext, page: Page
) -> None:
    read_site.enter(context, "binh")
    page.goto(f"{read_site.url}/case-files/{PDF}?document=1&look=clear&q=giao")
    expect(page.locator(".sheet .hit").first).to_be_attached()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".sheet img")).to_be_visible()
    assert overflow_px(page) == 0
