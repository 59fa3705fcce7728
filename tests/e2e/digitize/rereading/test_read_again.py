"""Texts read badly, in a real browser: proofread where they are stored, and read again."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import do_all, is_sound
from tests.worlds.archive import copy_home
from tests.worlds.digitize.misread import PAPER, PDF, misread_home
from tests.worlds.site import Site, served


@pytest.fixture(scope="module")
def misread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made before the first browser, whose loop signing cannot share."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(misread_home, tmp_path_factory.mktemp("misread")).result()


@pytest.fixture
def site(misread: Path, tmp_path: Path, context: BrowserContext) -> Iterator[Site]:
    """The archivist is signed in."""
    with served(copy_home(misread, tmp_path / "home")) as running:
        running.enter(context, "lan")
        yield running


def test_pages_that_came_without_a_batch_are_proofread_on_their_picture(
    site: Site, page: Page
) -> None:
    page.goto(f"{site.url}/scanning/words")
    expect(page.locator(".word-queue .batch")).to_have_count(3)
    page.locator(".word-queue .batch", has_text=PDF).last.click()
    expect(page.get_by_role("heading", name=re.compile("quet.pdf"))).to_be_visible()
    picture = page.locator(".scan-page image")
    expect(picture).to_be_visible()
    assert page.request.get(site.url + str(picture.get_attribute("href"))).ok
    is_sound(page)
    row = page.locator("form[data-word-form]", has_text="bqn").first
    row.get_by_role("textbox").fill("bàn")
    row.get_by_role("button", name="Ghi").click()
    expect(page.get_by_text("bqn → bàn")).to_be_visible()
    page.get_by_role("link", name="Xem trong hồ sơ").click()
    expect(page).to_have_url(re.compile(rf"/case-files/{re.escape(PDF)}"))


def test_a_proposal_shows_its_gain_and_is_adopted(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/rereading")
    is_sound(page)
    page.get_by_role("button", name="Đề xuất đọc lại").click()
    is_sound(page)
    do_all(site)
    page.reload()
    expect(page.get_by_text("chờ quyết định").first).to_be_visible()
    expect(page.get_by_role("link", name=PAPER)).to_be_visible()
    expect(page.get_by_text("bqn").first).to_be_visible()
    is_sound(page)
    page.get_by_role("button", name="Chấp nhận").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 văn bản có thay đổi")
    is_sound(page)
    dialog.get_by_role("button", name="Chấp nhận").click()
    expect(page.get_by_text("Đã chấp nhận; các bản mới")).to_be_visible()
    do_all(site)
    page.goto(f"{site.url}/rereading")
    expect(page.get_by_text("đã chấp nhận")).to_be_visible()
    is_sound(page)
