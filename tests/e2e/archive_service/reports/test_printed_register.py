"""A register printed from its page has all its columns on the sheet."""

import pypdfium2
import pytest
from playwright.sync_api import BrowserContext, Page

from archive_service import clock
from tests.worlds.site import Site

POINTS_PER_MM = 72 / 25.4


def printed_page(page: Page, address: str) -> pypdfium2.PdfDocument:
    """A page as its browser prints it."""
    page.goto(address)
    page.emulate_media(media="print")
    return pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))


@pytest.mark.parametrize(("name", "last"), [("submissions", "Ghi"), ("receipts", "SHA-256")])
def test_no_column_is_cut_off(
    site: Site, context: BrowserContext, page: Page, name: str, last: str
) -> None:
    site.enter(context, "luutru")
    with printed_page(page, f"{site.url}/registers/{name}/{clock.today().year}") as printed:
        width, height = printed[0].get_size()
        text = printed[0].get_textpage()
        found = text.search(last).get_next()
        assert found is not None
        _, _, right, _ = text.get_charbox(found[0])
    assert width > height
    assert right < width - 20 * POINTS_PER_MM


def test_a_list_of_few_columns_stays_upright(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    with printed_page(page, f"{site.url}/registers") as printed:
        width, height = printed[0].get_size()
    assert height > width
