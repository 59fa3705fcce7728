"""In a real browser: a register from what is due to its answer; the other desk; what leaves."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service import clock
from archive_service.demo.bad_input import small_case
from archive_service.workflow.intake import accept, submit
from tests.e2e.conftest import seen
from tests.factories.archive import new_home, open_home, person
from tests.factories.clients import OPEN_CODE, RESTRICTED_CODE, do_all, restricted_case
from tests.factories.dispositions import HEAD, add_agency_head
from tests.factories.site import Site, served
from tests.factories.transfers import RECEIVER, make_permanent


def aside(work: Callable[[], None]) -> None:
    """Beside the browser's own loop, which signing cannot share."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two permanent case files in custody."""
    place = tmp_path_factory.mktemp("permanent")
    home = new_home(place / "home")

    def hold() -> None:
        with open_home(home) as services:
            small_case(place / "open", code=OPEN_CODE)
            restricted_case(place / "restricted", code=RESTRICTED_CODE)
            for name in ("open", "restricted"):
                (one,) = submit(place / name, actor=person(services, "bach"), services=services)
                do_all(services)
                accept(one, actor=person(services, "lan"), services=services)
            do_all(services)
            make_permanent(services, OPEN_CODE, RESTRICTED_CODE)
            add_agency_head(services)

    aside(hold)
    return home


@pytest.fixture
def site(stored: Path, tmp_path: Path) -> Iterator[Site]:
    from tests.factories.archive import copy_home

    with served(copy_home(stored, tmp_path / "home")) as running:
        yield running


def compose(page: Page, context: BrowserContext) -> None:
    page.get_by_role("link", name="Lập đăng ký nộp lưu").first.click()
    expect(page.get_by_role("heading", name="Lập đăng ký nộp lưu")).to_be_visible()
    seen(page, context, "transfer-new")
    page.get_by_label("Lưu trữ lịch sử").fill(RECEIVER)
    page.get_by_role("button", name="Lập đăng ký nộp lưu").click()
    expect(page.get_by_text("Đã lập đăng ký 01/")).to_be_visible()
    seen(page, context, "transfer-draft")


def test_a_register_from_what_is_due_to_its_answer(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "lan")
    page.goto(f"{site.url}/nop-luu")
    seen(page, context, "transfers-due")
    compose(page, context)
    address = page.url
    site.enter(context, HEAD)
    page.goto(f"{site.url}/approvals")
    page.get_by_role("link", name="Xem đăng ký để phê duyệt").click()
    page.get_by_label("Số văn bản phê duyệt").fill("12/QĐ-SCT")
    seen(page, context, "transfer-approve")
    page.get_by_role("button", name="Phê duyệt đăng ký").click()
    expect(page.get_by_text("Đã phê duyệt đăng ký.")).to_be_visible()
    site.enter(context, "lan")
    page.goto(address)
    page.get_by_label("Số văn bản", exact=True).fill("45/SCT-VP")
    page.get_by_role("button", name="Ghi đã gửi đăng ký").click()
    expect(page.get_by_text("Đã ghi việc gửi đăng ký.")).to_be_visible()
    page.get_by_label("Hồ sơ không được nhận").fill(RESTRICTED_CODE)
    page.get_by_role("button", name="Ghi trả lời").click()
    expect(page.get_by_label("Hồ sơ không được nhận")).to_have_accessible_description(
        re.compile("Dòng 1 chưa đúng")
    )
    seen(page, context, "transfer-answer-refused")
    page.get_by_label("Hồ sơ không được nhận").fill(f"{RESTRICTED_CODE}: Trùng hồ sơ đã nộp")
    page.get_by_role("button", name="Ghi trả lời").click()
    expect(page.get_by_text("Đã ghi trả lời của lưu trữ lịch sử.")).to_be_visible()
    seen(page, context, "transfer-answered")
    page.get_by_role("button", name="Rút đăng ký…").click()
    seen(page, context, "transfer-withdraw")
    page.get_by_role("textbox", name="Lý do").fill("Nhầm đợt")
    page.get_by_role("button", name="Rút đăng ký", exact=True).click()
    expect(page.get_by_text("Đã rút đăng ký.")).to_be_visible()
    seen(page, context, "transfer-withdrawn")
    page.goto(f"{site.url}/nop-luu")
    seen(page, context, "transfers")
