"""Every printed page names at its foot who printed it, and when."""

import re

import pypdfium2
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.worlds.main_job import B_CODE
from tests.worlds.site import Site

# As long as a list may be: several sheets.
LONG = """() => {
  const main = document.querySelector("main");
  for (let n = 0; n < 120; n++) {
    main.append(Object.assign(document.createElement("p"), {textContent: `${n}.`}));
  }
}"""
FOOT = re.compile(r"In từ .+: .+ \(luutru\), \d\d/\d\d/\d{4}")


@pytest.mark.parametrize("path", ["/case-files", f"/case-files/{B_CODE}"])
def test_each_sheet_names_who_printed_it_and_when(
    site: Site, context: BrowserContext, page: Page, path: str
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}{path}")
    assert page.locator(".printed-by").is_hidden()
    page.evaluate(LONG)
    page.emulate_media(media="print")
    with pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True)) as printed:
        sheets = [one.get_textpage().get_text_range() for one in printed]
    assert len(sheets) > 2
    for sheet in sheets:
        assert len(FOOT.findall(" ".join(sheet.split()))) == 1, sheet


def test_what_is_to_be_filled_in_is_not_printed(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "phutrach")
    page.goto(f"{site.url}/grants")
    fields = page.locator("main .form-control:visible")
    assert fields.count() > 2
    page.emulate_media(media="print")
    assert fields.count() == 0
