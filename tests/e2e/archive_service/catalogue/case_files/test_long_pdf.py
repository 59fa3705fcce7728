"""A document of many pages opens at its page without the others being fetched."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.worlds.archive import new_home, open_home
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.papers.long_pdf import APART_BYTES, long_pdf
from tests.worlds.site import Site, listening
from tests.worlds.transfer.handed_over import brought_in

CODE = "H40.18.2025.08.QLCT"
PAGES, WANTED = 240, 200


@pytest.fixture(scope="module")
def long_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("long")
    folder = base / "case"
    folder.mkdir()
    long_pdf(folder / "a.pdf", pages=PAGES)
    write_sheet(folder / "danh-sach.xlsx", [case_row(CODE)], [document_row("a.pdf", CODE)])
    with open_home(new_home(base / "home")) as opened:
        brought_in(opened, folder)
        with listening(opened) as site:
            yield site


def test_its_page_is_shown_after_a_few_pieces_of_it(
    long_site: Site, context: BrowserContext, page: Page
) -> None:
    pieces: list[int] = []

    def count(answer: Response) -> None:
        if "/paged" in answer.url and answer.status == 206:
            pieces.append(int(answer.headers["content-length"]))

    page.on("response", count)
    long_site.enter(context, "lan")
    page.goto(f"{long_site.url}/case-files/{CODE}?document=1&page={WANTED}")
    expect(page.locator(".sheet canvas")).to_be_visible()
    assert 0 < len(pieces) <= 12
    assert sum(pieces) < APART_BYTES * PAGES / 4
