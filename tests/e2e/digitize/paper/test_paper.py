"""The archivist takes in the paper half: a box, minutes of what was counted, a loan, its return."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import is_sound
from tests.worlds.main_job import B_CODE, Held
from tests.worlds.site import Site, served

GIVER = "Nguyễn Thị Hoa, văn thư Sở Công trình"


@pytest.fixture
def keepers_site(held: Held, tmp_path: Path) -> Iterator[Site]:
    """An archive of its own: what is received here is still to come for other tests."""
    with served(held.copied(tmp_path / "home").home) as listening:
        yield listening


def sound(page: Page) -> None:
    is_sound(page)


def put_code_right(page: Page) -> None:
    """The code was typed wrongly: ``HH-0412``."""
    page.get_by_role("link", name="Đổi mã").click()
    page.wait_for_url("**/paper?rename=*")
    renamed = page.get_by_role("dialog")
    expect(renamed.get_by_label("Mã hộp")).to_have_value("HH-0412")
    renamed.get_by_label("Mã đúng").fill("H-0412")
    sound(page)
    renamed.get_by_role("button", name="Đổi mã").click()


def lend_and_take_back(page: Page) -> None:
    page.get_by_role("link", name="Cho mượn").click()
    page.wait_for_url("**/paper?lend=*")  # with its scripts, which open the form
    loan = page.get_by_role("dialog")
    expect(loan.get_by_label("Mã hồ sơ")).to_have_value(B_CODE)
    loan.get_by_label("Cho ai mượn").fill("Phòng Thanh tra")
    loan.get_by_role("button", name="Cho mượn").click()
    expect(page.get_by_text("Phòng Thanh tra")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="H-0412", exact=True).click()
    expect(page.get_by_role("link", name=B_CODE).first).to_be_visible()
    page.get_by_role("link", name="Nhận trả").click()
    page.wait_for_url("**/paper?return=*")
    back = page.get_by_role("dialog")
    back.get_by_label("Tình trạng bản giấy khi nhận").fill("Rách mép tờ 3")
    sound(page)
    back.get_by_role("button", name="Nhận trả").click()
    expect(page.get_by_text("Đã nhận trả bản giấy")).to_be_visible()
    expect(page.get_by_text("Phòng Thanh tra")).not_to_be_visible()
    page.get_by_role("link", name="H-0412", exact=True).click()
    page.wait_for_url("**/paper?q=*")
    expect(page.get_by_text("Rách mép tờ 3")).to_be_visible()
    sound(page)


def test_paper_is_received_lent_and_taken_back(
    keepers_site: Site, context: BrowserContext, page: Page
) -> None:
    keepers_site.enter(context, "luutru")
    page.goto(f"{keepers_site.url}/case-files?paper=expected")
    expect(page.get_by_text("Chưa nhận bản giấy").locator("visible=true").first).to_be_visible()
    page.goto(f"{keepers_site.url}/paper")
    expect(page.get_by_role("link", name=B_CODE)).to_be_visible()
    sound(page)

    page.keyboard.press("b")
    box = page.get_by_role("dialog")
    box.get_by_label("Mã hộp").fill("HH-0412")
    box.get_by_label("Kho").fill("Kho 1")
    box.get_by_label("Giá").fill("G3")
    sound(page)
    box.get_by_role("button", name="Thêm hoặc chuyển hộp").click()
    expect(page.get_by_role("cell", name="Kho 1 / G3 / HH-0412")).to_be_visible()
    put_code_right(page)
    expect(page.get_by_role("cell", name="Kho 1 / G3 / H-0412")).to_be_visible()

    page.get_by_role("link", name="Nhận", exact=True).click()
    page.wait_for_url("**/paper?receive=*")
    minutes = page.get_by_role("dialog")
    expect(minutes.get_by_label("Mã hồ sơ")).to_have_value(B_CODE)
    minutes.get_by_label("Số tờ đếm được").fill("1000")
    minutes.get_by_label("Mã hộp").fill("H-0412")
    minutes.get_by_label("Bên giao").fill(GIVER)
    minutes.get_by_role("button", name="Nhận bản giấy").click()
    expect(page.get_by_role("dialog")).to_contain_text("đếm được 1000 tờ")
    expect(page.get_by_role("dialog").get_by_label("Bên giao")).to_have_value(GIVER)
    sound(page)
    page.get_by_role("dialog").get_by_label("Ghi chú").fill("Đếm lại hai lần")
    page.get_by_role("dialog").get_by_role("button", name="Nhận bản giấy").click()
    expect(page.get_by_text("Đã nhận bản giấy theo biên bản")).to_be_visible()

    lend_and_take_back(page)

    page.goto(f"{keepers_site.url}/case-files/{B_CODE}")
    expect(page.get_by_text("Chưa nhận bản giấy")).to_have_count(0)
    expect(page.get_by_role("cell", name="Rách mép tờ 3")).to_be_visible()
    sound(page)
