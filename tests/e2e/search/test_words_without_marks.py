"""Words without marks find those with them, in the browser as in the index."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from archive_service import messages

SCRIPTS = Path(messages.__file__).resolve().parent / "static" / "js"
ORIGIN = "http://localhost/"


@pytest.fixture
def page(browser: Browser) -> Page:
    """A bare page that may import our modules; nothing leaves the browser."""
    opened = browser.new_page()

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN)
        if name:
            route.fulfill(path=SCRIPTS / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><html lang=vi><body>", content_type="text/html")

    opened.route(f"{ORIGIN}**", answer)
    opened.goto(ORIGIN)
    return opened


def places(page: Page, words: list[str], where: str) -> list[str]:
    """The parts of a text that `found` would mark."""
    return page.evaluate(  # type: ignore[no-any-return]  # Playwright gives what the page returns
        """async ([words, where]) => {
          const { found } = await import("/words.js");
          return found(words, where).map(([from, to]) => where.slice(from, to));
        }""",
        [words, where],
    )


@pytest.mark.parametrize(
    ("words", "where", "marked"),
    [
        (["ban giao"], "Biên bản bàn giao mặt bằng", ["bàn giao"]),
        (["BÀN", "mat bang"], "bàn giao Mặt bằng", ["bàn", "Mặt bằng"]),
        (["dap"], "Đập dâng, đắp đê, đập", ["Đập", "đắp", "đập"]),
        (["an"], "bàn ăn an toàn", ["ăn", "an"]),
        (["giao"], "", []),
        ([""], "không có từ nào", []),
    ],
)
def test_found_words_are_whole_and_keep_their_place(
    page: Page, words: list[str], where: str, marked: list[str]
) -> None:
    assert places(page, words, where) == marked
