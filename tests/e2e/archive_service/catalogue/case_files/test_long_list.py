"""The page of a document far down a long list stands in sight, wide and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PHONE, overflow_px
from tests.worlds.archive import new_home, open_home
from tests.worlds.door import FIRST_CODE, case_row, document_row, write_pdf, write_sheet
from tests.worlds.site import Site, listening
from tests.worlds.transfer.handed_over import brought_in

LAST = 24


@pytest.fixture(scope="module")
def long_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A case file of more documents than a screen has rows."""
    base: Path = tmp_path_factory.mktemp("long")
    folder = base / "case"
    folder.mkdir()
    numbers = [str(number) for number in range(1, LAST + 1)]
    rows = [document_row(f"{number}.pdf", codeNumber=number) for number in numbers]
    for number in numbers:
        write_pdf(folder / f"{number}.pdf", words=number)
    write_sheet(folder / "danh-sach.xlsx", [case_row()], rows)
    with open_home(new_home(base / "home")) as opened:
        brought_in(opened, folder)
        with listening(opened) as site:
            yield site


@pytest.mark.parametrize("width", [1366, PHONE])
def test_the_last_of_a_long_list_is_read_without_scrolling_to_it(
    long_site: Site, browser: Browser, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860}, locale="vi-VN")
    long_site.enter(context, "lan")
    page = context.new_page()
    page.goto(f"{long_site.url}/case-files/{FIRST_CODE}?document={LAST}")
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator(".viewer-stage")).to_be_in_viewport()
    assert overflow_px(page) == 0
    context.close()
