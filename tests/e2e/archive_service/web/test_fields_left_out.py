"""What a field lacks is told below it in the words of the page, whatever language a browser has."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import is_sound
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site


@pytest.mark.parametrize("context", [1366, 390], indirect=True, ids=["desk", "phone"])
def test_what_is_left_out_is_told_at_each_field_until_it_is_there(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "phutrach")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    page.evaluate("document.getElementById('hold-dialog').showModal()")
    form = page.locator("#hold-dialog")
    form.locator("button[type=submit]").press("Enter")
    told = form.get_by_text("Chưa điền mục này.")
    expect(told).to_have_count(2)
    basis = form.get_by_label("Văn bản của cơ quan có thẩm quyền")
    expect(basis).to_be_focused()
    expect(basis).to_have_attribute("aria-invalid", "true")
    is_sound(page)
    basis.press_sequentially("12/CV")
    expect(told).to_have_count(1)
    expect(basis).not_to_have_attribute("aria-invalid", "true")


def test_a_field_in_a_part_that_is_closed_is_shown(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    page.locator("html[data-started]").wait_for(state="attached")
    page.evaluate(
        """document.querySelector('main').insertAdjacentHTML('afterbegin', `<form id="far">
        <details id="closed"><summary>…</summary><input id="in" name="in" required></details>
        <button>Gửi</button></form>`)"""
    )
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#in")).to_be_focused()
    expect(page.locator("#closed")).to_contain_text("Chưa điền mục này.")
