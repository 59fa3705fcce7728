"""The one field of a day: typed with or without signs, a calendar by keys, and without scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import is_sound, seen
from tests.worlds.main_job import A_CODE, Held
from tests.worlds.site import Site, served


@pytest.fixture(scope="module")
def own(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy of the archive: a hold is placed in it."""
    with served(held.copied(tmp_path_factory.mktemp("days") / "home").home) as listening:
        yield listening


def test_a_day_is_typed_and_chosen_by_keys(own: Site, context: BrowserContext, page: Page) -> None:
    own.enter(context, "luutru")
    page.goto(f"{own.url}/search?q=quyết+định")
    expect(page.locator("input[type=date], input[type=datetime-local]")).to_have_count(0)
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    day = page.locator("#day-from")
    day.fill("05032024")
    day.blur()
    expect(day).to_have_value("05/03/2024")
    day.fill("31/02/2024")
    day.blur()
    expect(page.get_by_role("alert").filter(has_text="31/02/2024")).to_be_visible()
    seen(page, context, "day-none")
    day.fill("2024-03-05")
    day.press("Alt+ArrowDown")
    calendar = page.get_by_role("dialog", name="Tháng 3 năm 2024")
    expect(calendar.locator("[aria-pressed=true]")).to_be_focused()
    seen(page, context, "day-calendar")
    page.keyboard.press("PageDown")
    page.keyboard.press("Shift+PageUp")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(day).to_have_value("10/04/2023")
    expect(page.get_by_role("button", name="Mở lịch").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("dialog.day-picker")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.day-picker")).to_have_count(0)
    page.get_by_role("button", name="Lọc theo ngày").click()
    expect(page).to_have_url(re.compile(r"from=10%2F04%2F2023"))
    expect(page.get_by_text("Từ 10/04/2023")).to_be_visible()


def test_a_wrong_day_is_told_at_its_field(own: Site, context: BrowserContext, page: Page) -> None:
    own.enter(context, "phutrach")
    page.goto(f"{own.url}/search?q=quyết+định&from=31/02/2024")
    told = page.get_by_role("alert").filter(has_text="“31/02/2024” không phải là một ngày")
    expect(told).to_be_visible()
    page.goto(f"{own.url}/case-files/{A_CODE}")
    page.evaluate("document.getElementById('hold-dialog').showModal()")
    form = page.locator("#hold-dialog")
    form.get_by_label("Văn bản của cơ quan có thẩm quyền").fill("Công văn 12/CV")
    form.get_by_label("Lý do").fill("Thanh tra")
    form.get_by_label("Dự kiến đến ngày").fill("31/02/2099")
    form.locator("button[type=submit]").click()
    note = page.locator("#hold-until-note")
    expect(note).to_contain_text("“31/02/2099” không phải là một ngày có trong lịch.")
    is_sound(page)


def test_without_scripts_the_field_is_enough(own: Site, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False, locale="en-US")
    own.enter(plain, "luutru")
    page = plain.new_page()
    page.goto(f"{own.url}/search?q=quyết+định&from=05032024&to=2025-03-05")
    assert page.locator("#day-from").get_attribute("type") == "text"
    expect(page.locator("#day-to")).to_have_value("05/03/2025")
    expect(page.get_by_text("Từ 05/03/2024")).to_be_visible()
    plain.close()
