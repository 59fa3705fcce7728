"""A batch at the desk in a real browser: from the station's folder to the shelf and the search."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import select

from archive_service.domain.digitization.scan_batch import ScanDocument, ScanPage
from tests.e2e.conftest import do_all, is_sound
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    import_batch,
    new_station,
    paper_case,
    scanned_page,
    text_of_page,
)
from tests.worlds.papers.page_images import PAPER
from tests.worlds.site import Site, served

DESK = pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
PHONE = pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
SKEW_DEG = 6.0


@pytest.fixture
def station(tmp_path: Path, context: BrowserContext) -> Iterator[Site]:
    """An archive that waits for the paper of one document; the station is signed in."""
    home = new_home(tmp_path / "home")
    with ThreadPoolExecutor(1) as beside, open_home(home) as services:  # the browser has a loop
        beside.submit(paper_case, services, tmp_path / "case").result()
        new_station(services)
    with served(home) as running:
        running.enter(context, STATION)
        yield running


def sent(site: Site, folder: Path) -> str:
    """A batch of three pages, the second of them skewed, read by a worker; its number."""
    folder.mkdir()
    for page in (1, 2, 3):
        scanned_page(folder / f"{page:03}.jpg", *text_of_page(page))
    with Image.open(folder / "002.jpg") as image:
        skewed = image.rotate(SKEW_DEG, fillcolor=PAPER, resample=Image.Resampling.BICUBIC)
    skewed.save(folder / "002.jpg", dpi=(200, 200), quality=85)
    station = person(site.services, STATION)
    number = import_batch(site.services, folder, station, read=False, code=CODE)
    do_all(site)
    return number


def press(page: Page, key: str) -> None:
    """A key, once the page hears it."""
    page.locator("html[data-started]").wait_for(state="attached")
    page.keyboard.press(key)


def asked(page: Page) -> Locator:
    """The question that stands open."""
    return page.locator("dialog[open]")


@DESK
def test_a_batch_goes_from_the_scanner_to_the_shelf(
    station: Site, page: Page, tmp_path: Path
) -> None:
    number = sent(station, tmp_path / "box")
    page.goto(f"{station.url}/")
    expect(page).to_have_url(re.compile("/scanning"))
    is_sound(page)
    page.get_by_role("link", name=f"Lô {number}").click()

    # The page that measurement found fault with is the one that is shown.
    expect(page.get_by_role("heading", name="Trang 2", exact=True)).to_be_visible()
    expect(page.locator(".panel-head .badge.error")).to_contain_text("lệch")
    release = page.get_by_role("button", name="Duyệt lô")
    expect(release).to_have_attribute("aria-disabled", "true")
    is_sound(page)

    # Its words, warm where they were not read surely.
    press(page, "h")
    expect(page.locator(".heat .word").first).to_be_visible()
    assert page.locator(".heat .word").count() > 50
    is_sound(page)
    press(page, "h")

    # Replaced by a good scan, which is read while the page is looked at.
    good = scanned_page(tmp_path / "again.jpg", *text_of_page(2))
    press(page, "t")
    asked(page).get_by_label("Ảnh quét").set_input_files(good)
    is_sound(page)
    asked(page).get_by_role("button", name="Thay trang", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Đã thay trang")
    do_all(station)
    expect(page.get_by_text("Mọi trang đã đạt")).to_be_visible(timeout=15_000)

    # Taken out by mistake, and undone.
    press(page, "j")
    expect(page.get_by_role("heading", name="Trang 3", exact=True)).to_be_visible()
    press(page, "b")
    asked(page).get_by_label("Lý do").fill("Trang thừa")
    asked(page).get_by_role("button", name="Bỏ trang", exact=True).click()
    expect(page.locator(".thumb.out")).to_have_count(2)
    press(page, "u")
    expect(page.locator("#toasts")).to_contain_text("Đã hoàn tác")
    do_all(station)
    page.goto(f"{station.url}/scanning/batches/{number}")

    press(page, "d")
    asked(page).get_by_role("button", name="Duyệt 3 trang").click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã duyệt lô {number}")
    is_sound(page)
    do_all(station)

    station.enter(page.context, "lan")
    page.goto(f"{station.url}/search?q=%22báo cáo năm 2025%22")
    expect(page.get_by_text(CODE).first).to_be_visible()
    page.goto(f"{station.url}/case-files/{CODE}")
    expect(page.locator(".viewer-stage canvas")).to_be_visible()
    expect(page.locator("[data-viewer-pages]")).to_have_text("3")


@DESK
def test_words_and_proposals_are_gone_through_by_keys(
    station: Site, page: Page, tmp_path: Path
) -> None:
    number = sent(station, tmp_path / "box")
    with station.services.writing() as session:
        (document,) = session.scalars(select(ScanDocument)).all()
        (first, *_) = session.scalars(select(ScanPage).order_by(ScanPage.position)).all()
        read = {"confidence": 60.0, "page": str(first.id), "box": [0, 0, 1, 1]}
        document.proposals = {
            name: {**read, "state": "proposed", "value": value}
            for name, value in (("number", "9999"), ("place", "Hà Lâm"))
        }
        first_id = first.id
    page.goto(f"{station.url}/scanning/batches/{number}?page={first_id}")
    press(page, "?")
    for words in ("Lấy tất cả của tài liệu này", "Không quét được", "Chữ nghi ngờ kế tiếp"):
        expect(asked(page).get_by_text(words)).to_be_visible()
    press(page, "Escape")
    expect(page.locator(".take-all form")).to_have_count(2)
    press(page, "n")
    expect(page.locator(".proposals .measure").first).to_be_focused()
    press(page, "s")
    expect(page.locator(".proposals .settled")).to_have_text(re.compile("Hà Lâm"))

    page.route("**/words", doubted)
    press(page, "w")
    expect(asked(page).locator("[data-word-shown]")).to_have_text("Trang")
    expect(asked(page).locator("[data-word-crop]")).to_be_visible()
    is_sound(page)
    press(page, "Escape")
    expect(page.get_by_role("button", name="Chữ nghi ngờ kế tiếp")).to_be_in_viewport(ratio=1)
    press(page, "w")
    expect(asked(page).locator("[data-word-shown]")).to_have_text("2025")
    press(page, "Enter")  # it was read right
    expect(page.locator("#toasts")).to_contain_text("2025")

    # All words are still shown, and each can be reached and opened without a mouse.
    expect(page.locator("[data-heat]")).to_have_attribute("aria-pressed", "true")
    word = page.locator(".heat").get_by_role("button", name=re.compile("Trang")).first
    is_sound(page)
    word.focus()
    page.keyboard.press("Enter")
    expect(asked(page).locator("[data-word-shown]")).to_have_text("Trang")


def doubted(route: Route) -> None:
    """The words of a page, two of them not read surely."""
    answer = route.fetch()
    told = answer.json()
    for word in told["words"]:
        word["confidence"] = 30 if word["text"] in ("Trang", "2025") else 95
        word["possible"] = True
    route.fulfill(response=answer, json=told)


@DESK
def test_the_page_stays_in_sight_and_one_stays_where_one_is(
    station: Site, page: Page, tmp_path: Path
) -> None:
    number = sent(station, tmp_path / "box")
    page.goto(f"{station.url}/scanning/batches/{number}")
    press(page, "j")
    expect(page.get_by_role("heading", name="Trang 3", exact=True)).to_be_visible()
    expect(page.locator(".stage-scan .scan-page")).to_be_in_viewport(ratio=0.3)
    expect(page.get_by_role("button", name="Duyệt lô")).to_be_in_viewport(ratio=1)
    press(page, "?")
    expect(asked(page).get_by_role("button", name="Quay lại")).to_be_in_viewport(ratio=1)
    is_sound(page)
    press(page, "Escape")

    page.evaluate("scrollTo(0, 100)")
    stood = page.evaluate("scrollY")
    assert stood > 0
    press(page, "x")
    expect(page.locator("#toasts")).to_contain_text("Xoay trang")
    near = "stood => Math.abs(scrollY - stood) < 24"  # the bar of progress has come above
    page.wait_for_function(near, arg=stood)
    expect(page.locator(".page-head .badge")).to_contain_text("Đang đọc")
