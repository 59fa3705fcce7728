"""The list of case files: each condition says what it is, and a title stands under its code."""

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import is_sound
from tests.worlds.site import Site


def left(of: Locator) -> float:
    box = of.bounding_box()
    assert box is not None
    return box["x"]


@pytest.mark.parametrize("context", [1366, 390], indirect=True, ids=["desk", "phone"])
def test_what_is_typed_keeps_its_label_and_a_title_stands_under_its_code(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files")
    row = page.locator("[data-list] tbody tr").first
    assert left(row.locator(".title")) == left(row.locator(".code"))
    is_sound(page)
    page.goto(f"{site.url}/case-files?q=khongcohosonaotenthe")
    expect(page.locator("label[for=filter]")).to_be_visible()
    expect(page.locator("form[data-filter]")).not_to_contain_text("0 mục")
    is_sound(page)
