"""Words without marks find those with them, in the browser as in the index."""

import unicodedata
from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from archive_service import messages
from search.snippet import terms_to_mark

SCRIPTS = Path(messages.__file__).resolve().parent / "static" / "js"
ORIGIN = "http://localhost/"


def nfd(text: str) -> str:
    """Marks as signs of their own."""
    return unicodedata.normalize("NFD", text)


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


@pytest.mark.parametrize(
    ("typed", "runs", "marked"),
    [
        ("bàn", ["BIÊN BẢN bàn giao", "Ban quản lý, BÀN"], [["bàn"], ["BÀN"]]),
        ("bạn", ["BIÊN BẢN bàn giao"], [["BẢN", "bàn"]]),
        ('"bàn giao"', ["bàn giao", "Ban, giao bàn", "giao"], [["bàn giao"], ["bàn"], ["giao"]]),
        ("hòa", ["Hoà bình, hoa, HÒA"], [["Hoà", "HÒA"]]),
        ("hòa", [nfd("Hoà bình")], [[nfd("Hoà")]]),
        ("kĩ thuật", ["Kỹ thuật"], [["Kỹ", "thuật"]]),
        ("nghi*", ["đề nghị nghiệm thu"], [["nghị", "nghiệm"]]),
        ("3/3/2025", ["ngày 03 tháng 3 năm 2025; 3 người"], [["ngày 03 tháng 3 năm 2025"]]),
        ("UBND", ["Ủy ban nhân dân xã; UBND"], [["Ủy ban nhân dân", "UBND"]]),
        ("15/QĐ-UBND", ["Số: 15/QĐ", "-UBND, 15 người"], [["15/QĐ"], ["UBND"]]),
        ("năm:2025", ["năm 2025"], [[]]),
        ("…", ["năm 2025"], [[]]),
    ],
)
def test_terms_are_marked_as_a_snippet_marks_them(
    page: Page, typed: str, runs: list[str], marked: list[list[str]]
) -> None:
    found = page.evaluate(
        """async ([terms, runs]) => {
          const { stretches } = await import("/marking.js");
          const found = stretches(terms, runs);
          return runs.map((run, at) => found[at].map(([from, to]) => run.slice(from, to)));
        }""",
        [[asdict(term) for term in terms_to_mark(typed)], runs],
    )
    assert found == marked
