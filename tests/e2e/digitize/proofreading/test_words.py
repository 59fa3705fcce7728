"""Proofreading in a real browser: doubtful words, what they become, the list they make; tickets."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from digitize.batches.desk import acts as desk_acts
from digitize.batches.queue.views import show_batch
from digitize.ocr.word_list import dressed
from tests.e2e.conftest import is_sound
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
from tests.worlds.papers.scanned_pages import scanned
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.site import Site, served

DESK = pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
PHONE = pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
REASON = "Mép dưới bị gập"


@pytest.fixture
def station(tmp_path: Path, context: BrowserContext) -> Iterator[Site]:
    """A batch of two pages that are read, where no word counts as surely read."""
    home = new_home(tmp_path / "home")
    settings = read_settings(home)
    settings["digitize"] = {**settings.get("digitize", {}), "doubtful_below": 100}
    write_settings(home, settings)
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "001.jpg").write_bytes(scanned(0))  # the first page of a decision
    scanned_page(tmp_path / "box" / "002.jpg", *text_of_page(2))
    with ThreadPoolExecutor(1) as beside, open_home(home) as services:  # the browser has a loop
        beside.submit(paper_case, services, tmp_path / "case").result()
        sender = new_station(services)
        beside.submit(import_batch, services, tmp_path / "box", sender, code=CODE).result()
    with served(home) as running:
        running.enter(context, STATION)
        yield running


@PHONE
def test_words_are_put_right_one_after_the_other_and_make_a_list(station: Site, page: Page) -> None:
    page.goto(f"{station.url}/scanning")
    page.get_by_role("link", name="Đọc soát chữ").click()
    expect(page).to_have_url(re.compile("/scanning/words/"))
    left = page.locator("#words-left")
    before = int(re.sub(r"\D", "", left.inner_text()))
    field = page.locator("[data-word-first]")
    expect(field).to_be_focused()
    is_sound(page)
    read = field.input_value()
    page.keyboard.type("Khuổi")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{read} → Khuổi")).to_be_visible()
    expect(left).to_contain_text(re.compile(rf"^{before - 1} "))
    expect(page.locator("[data-word-first]")).to_be_focused()  # the next one
    with page.expect_navigation():
        page.keyboard.press("Enter")  # it was read right, wherever else it stands
    after = int(re.sub(r"\D", "", left.inner_text()))
    assert after <= before - 2
    is_sound(page)
    page.get_by_role("button", name=f"Bỏ lần sửa chữ {read}").first.click()
    expect(left).to_contain_text(re.compile(rf"^{after + 1} "))
    page.get_by_role("link", name="Bảng từ").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    is_sound(page)


@DESK
def test_what_the_engine_left_out_is_copied_from_an_area_of_the_page(
    station: Site, page: Page
) -> None:
    page.goto(f"{station.url}/scanning/words")
    expect(page.locator("[data-word-first]")).to_be_focused()
    expect(page.locator(".scan-page .place")).to_be_attached()  # its script runs
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("[data-copy-draw]")).to_have_attribute("aria-pressed", "true")
    frame = page.locator(".stage-word .scan-page").bounding_box()
    assert frame is not None
    left, top = frame["x"] + frame["width"] * 0.3, frame["y"] + frame["height"] * 0.2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 80, top + 20, steps=4)
    page.mouse.up()
    expect(page.locator("[name=area-width]")).not_to_have_value("")
    expect(page.locator("#copy-text")).to_be_focused()
    page.keyboard.type("Đã xem, Khuổi Lạnh")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    copied = page.locator(".words .settled", has_text="Đã xem, Khuổi Lạnh")
    expect(copied).to_be_visible()
    is_sound(page)
    with page.expect_navigation():
        copied.get_by_role("button").click()
    expect(copied).to_have_count(0)


@PHONE
def test_its_place_can_be_written_instead_of_drawn(station: Site, page: Page) -> None:
    page.goto(f"{station.url}/scanning/words")
    for side, value in (("left", "20"), ("top", "80"), ("width", "30"), ("height", "4")):
        page.locator(f"[name=area-{side}]").fill(value)
    page.locator("#copy-text").fill("ý kiến của lãnh đạo")
    with page.expect_navigation():
        page.locator("#copy-text").press("Enter")
    expect(page.locator(".words .settled")).to_contain_text("ý kiến của lãnh đạo")
    is_sound(page)


@DESK
def test_a_suggestion_is_taken_by_two_keys(station: Site, page: Page) -> None:
    page.goto(f"{station.url}/scanning/words")
    values = page.locator("[data-word-form] [name=becomes]").evaluate_all(
        "fields => fields.map((field) => field.value)"
    )
    meant = next(one for one in values[1:] if one.isalpha() and len(one) > 4)
    near = f"{meant.casefold()}x"
    page.keyboard.type(near)  # the first word becomes one of the list, which is near another
    with page.expect_navigation():
        page.keyboard.press("Enter")
    near = dressed(near, meant)  # it is offered in the capitals of its place
    form = page.locator("[data-word-form]").filter(
        has=page.locator(f'button[data-offered][value="{near}"]')
    )
    field = form.locator("[name=becomes]").first
    read = field.input_value()
    field.focus()
    page.keyboard.press("ArrowDown")
    expect(field).to_have_value(near)
    page.keyboard.press("ArrowUp")
    expect(field).to_have_value(read)
    page.keyboard.press("ArrowUp")  # the other way around: the last of two is the suggestion
    expect(field).to_have_value(near)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text(f"{read} → {near}").first).to_be_visible()
    expect(page.locator("[data-word-first]")).to_be_focused()  # the next doubtful word
    is_sound(page)


@DESK
def test_a_word_put_right_is_put_right_wherever_it_was_read_so(station: Site, page: Page) -> None:
    page.goto(f"{station.url}/scanning/words")
    with page.expect_navigation():
        page.locator("a.batch", has_text="002.jpg").click()
    often = "hồ"  # on each of its lines but the first
    page.locator(f'[data-word-form] [name=becomes][value="{often}"]').first.fill(f"{often}x")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text(f"“{often}” còn được đọc ở")).to_be_visible()
    is_sound(page)
    page.keyboard.press("Escape")  # out of the field of the next word
    page.keyboard.press("l")
    chosen = page.locator("input[name=place]:checked")
    expect(chosen.first).to_be_focused()
    is_sound(page)
    count = chosen.count()
    assert count
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text(f"Đã sửa {count} chỗ.")).to_be_visible()
    is_sound(page)


@DESK
def test_data_of_the_first_page_is_taken_with_a_persons_consent(station: Site, page: Page) -> None:
    page.goto(f"{station.url}/scanning")
    page.locator("td a").first.click()
    page.locator(".thumb").first.click()
    row = page.locator(".proposals li", has_text="415")
    row.get_by_role("link").click()
    expect(page.locator(".scan-page .place")).to_be_visible()
    is_sound(page)
    row.get_by_role("button", name="Lấy").click()
    expect(row).to_contain_text("Đã lấy")
    is_sound(page)


@PHONE
def test_a_ticket_tells_the_station_what_to_scan_again(station: Site, page: Page) -> None:
    archivist = person(station.services, "lan")
    page.goto(f"{station.url}/scanning")
    number = page.locator("td a").first.inner_text().removeprefix("Lô ")
    batch = show_batch(station.services, number, actor=archivist)
    wanted = {"page": batch["pages"][0]["id"], "reason": REASON}
    desk_acts.edit(station.services, number, "rescan", wanted, actor=archivist)
    page.get_by_role("link", name="Trạm và máy quét").click()
    expect(page.get_by_text(REASON)).to_be_visible()
    expect(page.get_by_alt_text("Ảnh nhỏ của trang 001.jpg")).to_be_visible()
    is_sound(page)
    page.get_by_role("link", name="Mở trang để thay").click()
    expect(page.get_by_role("button", name="Thay trang")).to_be_visible()
    is_sound(page)
