"""Lists on a phone: each row is a card that names its cells, and nothing stands cut at the edge."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service import clock
from tests.e2e.conftest import do_all, overflow_px, seen, width_of
from tests.worlds.archive import new_home
from tests.worlds.holding import take_in
from tests.worlds.site import Site, served

CODE = "H40.18.2025.1.QLCT"
PHONE = pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
# Tables that reach over their panel, but for matrices of figures, which scroll in their own region.
WIDE = """() => [...document.querySelectorAll("table")]
  .filter((table) => !table.closest(".table-scroll, [role=region][tabindex]"))
  .filter((table) => table.getBoundingClientRect().right > innerWidth
                     || table.scrollWidth > table.parentElement.clientWidth)
  .map((table) => table.querySelector("thead")?.innerText || "table")"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two case files in custody."""
    folder = tmp_path_factory.mktemp("small")
    with served(new_home(folder / "home")) as running:
        take_in(running.services, folder / "dot", range(1, 3))
        do_all(running)
        yield running


@PHONE
@pytest.mark.parametrize("name", ["submissions", "receipts"])
def test_a_register_is_read_as_cards(
    stored: Site, context: BrowserContext, page: Page, name: str
) -> None:
    stored.enter(context, "lan")
    page.goto(f"{stored.url}/registers/{name}/{clock.today().year}")
    heads = [head.strip() for head in page.locator("thead th").all_text_contents()]
    cells = page.locator("tbody tr").first.locator("td")
    assert [cells.nth(at).get_attribute("data-label") for at in range(len(heads))] == heads
    assert page.evaluate(WIDE) == []
    seen(page, context, f"register-{name}")


def test_each_bar_of_a_report_has_its_figure_beside_it(
    stored: Site, context: BrowserContext, page: Page
) -> None:
    stored.enter(context, "lan")
    page.goto(f"{stored.url}/reports")
    bars, figures = page.locator(".bar svg"), page.locator(".bar .num")
    assert bars.count() == figures.count() > 0
    assert "2" in figures.all_text_contents()
    for bar, figure in zip(bars.all(), figures.all(), strict=True):
        drawn, told = bar.bounding_box(), figure.bounding_box()
        assert drawn
        assert told
        assert drawn["width"] > 100
        assert drawn["x"] + drawn["width"] <= told["x"]
        assert told["x"] + told["width"] <= width_of(context)
        assert abs(drawn["y"] + drawn["height"] / 2 - told["y"] - told["height"] / 2) < 4
    seen(page, context, "report-bars")


def test_a_chart_of_many_thousands_stays_in_its_place(
    stored: Site, context: BrowserContext, page: Page
) -> None:
    """A bar's own shape is as long as its largest figure; the page is no wider for that."""
    stored.enter(context, "lan")
    page.goto(f"{stored.url}/reports")
    bar = page.locator(".bar svg").first
    before = bar.bounding_box()
    page.evaluate(
        "for (const bar of document.querySelectorAll('.bar svg'))"
        " bar.setAttribute('viewBox', '0 0 48500 1')"
    )
    assert overflow_px(page) == 0
    assert bar.bounding_box() == before


@PHONE
@pytest.mark.parametrize("place", ["fonds", "handovers", "case-files/{code}/arrange", "reports"])
def test_no_table_reaches_over_the_edge(
    stored: Site, context: BrowserContext, page: Page, place: str
) -> None:
    stored.enter(context, "lan")
    page.goto(f"{stored.url}/{place.format(code=CODE)}")
    expect(page.locator(".page-head")).to_be_visible()
    assert page.evaluate(WIDE) == []
    seen(page, context, Path(place).name)


NAMES = [
    "Trung tâm Lưu trữ tỉnh Sơn Lam",
    "Trung tâm Lưu trữ lịch sử - Sở Nội vụ thành phố Hồ Chí Minh",
]


@pytest.mark.parametrize("context", [1366, 768, 390], indirect=True, ids=str)
@pytest.mark.parametrize("name", NAMES, ids=["name", "long-name"])
def test_the_name_of_an_archive_gives_way_to_what_stands_beside_it(
    tmp_path: Path, context: BrowserContext, page: Page, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ARCHIVE_ARCHIVE__NAME", name)
    with served(new_home(tmp_path / "home")) as site:
        site.enter(context, "lan")
        page.goto(f"{site.url}/case-files")
        assert overflow_px(page) == 0
        tools = page.locator(".bar-tools").bounding_box()
        assert tools
        assert tools["x"] + tools["width"] <= width_of(context)
        for link in page.locator(".topnav a:visible").all():
            box = link.bounding_box()
            assert box
            assert box["x"] + box["width"] <= tools["x"]
