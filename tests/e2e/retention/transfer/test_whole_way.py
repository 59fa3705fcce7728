"""In a real browser: both desks of a transfer from what is due to its removal, and no shell.

In between one case file is put on hold and another one comes back, is corrected and goes again;
the disk travels, and both desks read the same steps.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from retention.holds.acts import place_holds
from tests.e2e.conftest import seen
from tests.e2e.retention.transfer.both_sites import aside, site_work
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.papers.bad_input import small_case
from tests.worlds.retention.dispositions import HEAD, add_agency_head, new_otp
from tests.worlds.site import Site, listening
from tests.worlds.transfer.replies import is_over
from tests.worlds.transfer.transfers import RECEIVER, make_permanent, two_archives

HELD_CODE = "H40.18.2025.09.QLCT"
CODES = (OPEN_CODE, RESTRICTED_CODE, HELD_CODE)
DISK = "USB-NOP-LUU"
LINE = 'section[aria-labelledby="line-title"] ul'
BOTH_KNOW = ("Đóng gói", "Nhận gói tin", "Quyết định từng hồ sơ")


@dataclass(frozen=True)
class Desks:
    """Both archives behind servers; a disk is attached to whichever needs it."""

    giver: Site
    receiver: Site


@pytest.fixture(scope="module")
def due(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three case files that are due; the agency has a head."""
    place = tmp_path_factory.mktemp("due")
    home = new_home(place / "home")

    def hold() -> None:
        with open_home(home) as services:
            for code in CODES:
                small_case(place / code, code=code)
                (identifier,) = submit(
                    place / code, actor=person(services, "bach"), services=services
                )
                do_all(services)
                accept(services, identifier, actor=person(services, "lan"))
                do_all(services)
            make_permanent(services, *CODES)
            add_agency_head(services)

    aside(hold)
    return home


@pytest.fixture
def desks(due: Path, tmp_path: Path) -> Iterator[Desks]:
    (tmp_path / "media" / DISK).mkdir(parents=True)

    def with_disks(services: Services) -> Services:
        settings = services.settings
        transfer = settings.transfer.model_copy(update={"disks": [str(tmp_path / "media")]})
        storage = settings.storage.model_copy(update={"staging_grace_s": 0})
        changed = settings.model_copy(update={"transfer": transfer, "storage": storage})
        return replace(services, settings=changed)

    with (
        two_archives(due, tmp_path) as two,
        listening(with_disks(two.giver)) as giver,
        listening(with_disks(two.receiver)) as receiver,
    ):
        yield Desks(giver, receiver)


def said(page: Page, words: str) -> None:
    expect(page.get_by_text(words).first).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def steps(page: Page) -> list[str]:
    line = page.locator(f"{LINE} > li > span:first-of-type")
    words = "found => found.map(one => one.firstChild.textContent.trim())"
    return [str(one) for one in line.evaluate_all(words)]


def days(page: Page) -> dict[str, str]:
    """What stands beside those of the steps that both archives know the moment of."""
    found = zip(steps(page), page.locator(f"{LINE} > li").all(), strict=True)
    return {name: row.locator(".end").inner_text() for name, row in found if name in BOTH_KNOW}


def registered(page: Page, context: BrowserContext, here: Site) -> str:
    """From the list of case files to the answer; the address of the transfer."""
    here.enter(context, "lan")
    page.goto(f"{here.url}/case-files")
    for code in CODES:
        page.get_by_label(f"Chọn {code}").check()
    press(page, "Đưa vào mục lục nộp lưu")
    page.get_by_label("Lưu trữ lịch sử").fill(RECEIVER)
    press(page, "Lập đăng ký nộp lưu")
    said(page, "Đã lập đăng ký 01/")
    address = page.url
    here.enter(context, HEAD)
    page.goto(f"{here.url}/approvals")
    page.get_by_role("link", name="Xem đăng ký để phê duyệt").click()
    press(page, "Phê duyệt đăng ký")
    said(page, "Đã phê duyệt đăng ký.")
    here.enter(context, "lan")
    page.goto(address)
    press(page, "Ghi đã gửi đăng ký")
    press(page, "Ghi trả lời")
    said(page, "Đã ghi trả lời của lưu trữ lịch sử.")
    return address


def on_disk(page: Page, here: Site, build: str) -> None:
    """Built and written, each by a worker while the page goes on by itself."""
    press(page, build)
    said(page, "Hệ thống đang đóng gói")
    site_work(here)
    press(page, "Ghi đĩa")
    said(page, "Chưa rút đĩa")
    site_work(here)
    expect(page.get_by_text("Đang ghi và đọc lại")).to_have_count(0)


def taken_in(page: Page, context: BrowserContext, there: Site) -> None:
    """At the other desk, from the disk to the page of the transfer."""
    there.enter(context, "lan")
    page.goto(f"{there.url}/nop-luu")
    page.get_by_role("link", name="Nhận đĩa nộp lưu").click()
    seen(page, context, "walk-receive")
    with page.expect_navigation():
        press(page, "Nhận từ đĩa")
    site_work(there)
    page.get_by_role("link", name="Nhận nộp lưu 01/").first.click()
    said(page, "Quyết định tiếp nhận hoặc trả lại")


def replied(page: Page, context: BrowserContext, there: Site, name: str) -> None:
    """What was decided is stored, and the reply lies on the disk."""
    press(page, "Ghi quyết định")
    said(page, "Đã ghi quyết định")
    site_work(there)
    page.reload()
    page.get_by_label("Ghi phúc đáp vào").select_option(index=1)
    press(page, "Lập phúc đáp")
    said(page, "đã sẵn sàng để tải về")
    seen(page, context, name)


def read(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Đọc từ").select_option(index=1)
    press(page, "Đọc phúc đáp")
    said(page, "Đã đọc phúc đáp.")


def held(here: Site) -> None:
    place_holds(
        here.services,
        [HELD_CODE],
        reason="Thanh tra đang xem xét hồ sơ",
        authority="QĐ 15/QĐ-TTr",
        actor=person(here.services, "hung"),
    )
    do_all(here.services)


def on_disk_but_held(page: Page, context: BrowserContext, here: Site) -> None:
    """A hold after the building: what was built does not leave, and is built again without it."""
    seen(page, context, "walk-answered")
    press(page, "Đóng gói")
    said(page, "Hệ thống đang đóng gói")
    site_work(here)
    aside(lambda: held(here))
    press(page, "Ghi đĩa")
    said(page, "Chưa rút đĩa")
    site_work(here)
    said(page, f"Hồ sơ không được rời kho lúc này: {HELD_CODE}")
    seen(page, context, "walk-kept-back")
    on_disk(page, here, "Đóng gói lại")
    page.reload()
    said(page, "Bị dừng lại")
    expect(page.get_by_text("Báo cho bên nhận")).to_have_count(0)  # it never left
    seen(page, context, "walk-written")
    page.get_by_text("Tải lại để chép ra đĩa").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Tải về").click()
    assert zipfile.is_zipfile(waiting.value.path())


def let_go(page: Page, context: BrowserContext, here: Site, address: str) -> None:
    """The head of the agency, once the cooling-off is over."""
    aside(lambda: is_over(here.services, UUID(address.rpartition("/")[2])))
    here.enter(context, HEAD)
    page.goto(f"{here.url}/approvals")
    page.get_by_role("link", name="Xem để quyết định xóa").click()
    press(page, "Xóa bản tại đây…")
    page.get_by_label("Mã xác thực thứ hai").fill(new_otp(here.services, HEAD))
    press(page, "Xóa bản của 2 hồ sơ")
    said(page, "Đã cho xóa bản tại đây")
    site_work(here)
    page.reload()
    expect(page.get_by_text("Đã nộp lưu, đã xóa bản tại đây").first).to_be_visible()
    seen(page, context, "walk-removed")


def test_a_transfer_from_what_is_due_to_its_removal_with_a_hold_and_a_return(
    desks: Desks, context: BrowserContext, page: Page
) -> None:
    here, there = desks.giver, desks.receiver
    address = registered(page, context, here)
    on_disk_but_held(page, context, here)

    taken_in(page, context, there)
    seen(page, context, "walk-to-decide")
    page.get_by_role("checkbox", name=f"Trả lại {RESTRICTED_CODE}").check()
    page.get_by_label(f"Lý do trả lại {RESTRICTED_CODE}").fill("Bản quét mờ")
    replied(page, context, there, "walk-replied-in-part")

    here.enter(context, "lan")
    read(page, address)
    said(page, "Bản quét mờ")
    page.get_by_role("checkbox", name=f"Đã sửa, đưa lại vào đợt {RESTRICTED_CODE}").check()
    seen(page, context, "walk-returned")
    press(page, "Đưa lại vào đợt")
    said(page, "cần đóng gói và gửi lại")
    on_disk(page, here, "Đóng gói lại")

    taken_in(page, context, there)
    replied(page, context, there, "walk-replied")
    theirs = steps(page), days(page)
    here.enter(context, "lan")
    read(page, address)
    assert (steps(page), days(page)) == theirs
    press(page, "Ký biên bản giao nhận")
    said(page, "Đã ký biên bản.")
    press(page, "Kết thúc đợt nộp lưu…")
    seen(page, context, "walk-close")
    press(page, "Kết thúc đợt nộp lưu")
    said(page, "Đã kết thúc đợt nộp lưu.")
    seen(page, context, "walk-closed")

    let_go(page, context, here, address)
    page.goto(f"{here.url}/case-files/{HELD_CODE}")
    expect(page.get_by_text("Đã nộp vào lưu trữ khác")).to_have_count(0)
