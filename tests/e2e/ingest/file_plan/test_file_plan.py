"""A file plan in a real browser: imported, put in order by keys and by dragging, approved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from tests.e2e.conftest import is_sound, width_of
from tests.worlds.archive import head_of_agency, new_home
from tests.worlds.site import Site, served

PHONE = 390


@pytest.fixture
def service(tmp_path: Path, context: BrowserContext) -> Iterator[Site]:
    with served(new_home(tmp_path / "home")) as running:
        running.enter(context, "lan")
        yield running


def codes(page: Page) -> list[str]:
    return page.locator("[data-entry] .code").all_inner_texts()


def test_a_plan_is_imported_ordered_numbered_and_approved(
    service: Site, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    year = clock.today().year
    write_file_plan(tmp_path / "plan.xlsx", SAMPLE_AGENCY, year=year)
    page.goto(f"{service.url}/file-plans")
    page.get_by_role("button", name="Nhập danh mục").click()
    page.set_input_files("input[name=file]", tmp_path / "plan.xlsx")
    page.get_by_role("button", name="Nhập", exact=True).click()
    expect(page.locator("[data-entry]")).to_have_count(12)
    page.goto(page.url.replace("/import", ""))  # the list, and from there the plan itself
    page.get_by_role("link", name="Sở Công trình").first.click()
    is_sound(page)
    first = f"H40.18.{year}.01.TH"
    down = page.get_by_role("button", name="Xuống một bậc: 01.TH")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-entry] .code").nth(1)).to_have_text(first)
    if width_of(context) != PHONE:  # a phone has no mouse to drag with; the keys do the same
        page.goto(page.url.partition("#")[0])
        rows, third = page.locator("[data-entry]"), codes(page)[2]
        rows.nth(2).drag_to(rows.nth(0))
        expect(page.locator("[data-entry] .code").nth(0)).to_have_text(third)
    page.get_by_label("Việc khác").click()
    page.get_by_role("link", name="Đánh số lại").click()
    is_sound(page)
    page.get_by_role("button", name="Đánh số", exact=True).click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("[data-entry] .code").first).to_have_text(first)
    expect(page.get_by_text("Danh mục chờ thủ trưởng cơ quan phê duyệt")).to_be_visible()
    service.enter(context, head_of_agency(service.services).account)
    page.goto(page.url.partition("#")[0])
    page.get_by_role("button", name="Phê duyệt danh mục").click()
    is_sound(page)
    page.get_by_role("dialog").get_by_role("button", name="Phê duyệt danh mục").click()
    expect(page.get_by_text("Chưa có bản ký")).to_be_visible()
    service.enter(context, "lan")
    page.goto(page.url.partition("#")[0])
    page.get_by_role("link", name="Mở hồ sơ ngoài danh mục").click()
    is_sound(page)
    page.get_by_label("Số và ký hiệu hồ sơ").fill("13.TH")
    page.get_by_label("Tiêu đề hồ sơ").fill("Hồ sơ phát sinh")
    page.get_by_label("Thời hạn lưu trữ").fill("10 năm")
    page.get_by_role("button", name="Mở hồ sơ", exact=True).click()
    expect(page.locator("dialog[open]")).to_have_count(0)  # the next page, not the words typed
    expect(page.get_by_text("Hồ sơ phát sinh")).to_be_visible()
    is_sound(page)
