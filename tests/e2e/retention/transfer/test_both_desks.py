"""In a real browser: a register from what is due to its answer; the other desk; what leaves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from retention.transfer.receiving.receive import receive
from tests.e2e.conftest import seen
from tests.e2e.retention.transfer.both_sites import aside, plain, site, site_work, stored
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.site import Site, listening
from tests.worlds.transfer.replies import is_over, sent
from tests.worlds.transfer.transfers import RECEIVER, two_archives

__all__ = ["plain", "site", "stored"]  # fixtures


@dataclass(frozen=True)
class Desks:
    """Both archives, each behind a server, and a transfer whose disk the other one took in."""

    giver: Site
    receiver: Site
    path: str


@pytest.fixture
def desks(plain: Path, tmp_path: Path) -> Iterator[Desks]:
    """The disk was carried across, and the door looked at what lies on it."""
    found: list[UUID] = []
    with two_archives(plain, tmp_path) as two:

        def carry() -> None:
            found.append(sent(two, tmp_path, OPEN_CODE, RESTRICTED_CODE))
            receive(two.receiver, tmp_path / "disk", actor=person(two.receiver, "lan"))
            do_all(two.receiver)

        aside(carry)
        with listening(two.giver) as giver, listening(two.receiver) as receiver:
            yield Desks(giver, receiver, f"/nop-luu/{found[0]}")


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
    page.locator("#sent-form").get_by_label("Số văn bản").fill("45/SCT-VP")
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


def decide(page: Page, context: BrowserContext, desks: Desks) -> Path:
    """At the other desk: one goes back, the other is taken; the reply as it is downloaded."""
    there = desks.receiver
    there.enter(context, "lan")
    page.goto(f"{there.url}/nop-luu")
    page.get_by_role("link", name="01/", exact=False).first.click()
    expect(page.get_by_role("heading", name="Quyết định tiếp nhận hoặc trả lại")).to_be_visible()
    seen(page, context, "transfer-in")
    page.get_by_role("checkbox", name=f"Trả lại {RESTRICTED_CODE}").check()
    page.get_by_label(f"Lý do trả lại {RESTRICTED_CODE}").fill("Bản quét mờ")
    page.get_by_role("button", name="Ghi quyết định").click()
    expect(page.get_by_text("Đã ghi quyết định")).to_be_visible()
    site_work(there)
    page.reload()
    page.get_by_role("button", name="Lập phúc đáp").click()
    expect(page.get_by_text("Phúc đáp lần 1 đã sẵn sàng")).to_be_visible()
    seen(page, context, "transfer-replied")
    with page.expect_download() as download:
        page.get_by_role("link", name="Phúc đáp, lần 1").first.click()
    return Path(download.value.path())


def test_both_desks_see_one_transfer(desks: Desks, context: BrowserContext, page: Page) -> None:
    reply = decide(page, context, desks)
    here = desks.giver
    here.enter(context, "lan")
    page.goto(f"{here.url}{desks.path}")
    seen(page, context, "transfer-sent")
    page.get_by_label("Tệp phúc đáp").set_input_files(
        {"name": "reply-001.xml", "mimeType": "application/xml", "buffer": reply.read_bytes()}
    )
    page.get_by_role("button", name="Đọc phúc đáp").click()
    expect(page.get_by_text("Đã đọc phúc đáp.")).to_be_visible()
    expect(page.get_by_text("Bên nhận đã xác nhận").first).to_be_visible()
    seen(page, context, "transfer-receipted")
    page.get_by_role("button", name="Kết thúc đợt nộp lưu…", exact=True).click()
    page.get_by_role("button", name="Kết thúc đợt nộp lưu", exact=True).click()
    expect(page.get_by_text("Đã kết thúc đợt nộp lưu.")).to_be_visible()
    page.goto(f"{here.url}/case-files/{OPEN_CODE}")
    expect(page.get_by_text("Đã nộp vào lưu trữ khác").first).to_be_visible()
    seen(page, context, "transferred-case-file")
    aside(lambda: is_over(here.services, UUID(desks.path.rpartition("/")[2])))
    here.enter(context, HEAD)
    page.goto(f"{here.url}/approvals")
    page.get_by_role("link", name="Xem để quyết định xóa").click()
    page.get_by_role("button", name="Xóa bản tại đây…").click()
    seen(page, context, "transfer-remove")
    page.get_by_label("Mã xác thực thứ hai").fill(new_otp(here.services, HEAD))
    page.get_by_role("button", name="Xóa bản của 1 hồ sơ").click()
    expect(page.get_by_text("Đã cho xóa bản tại đây")).to_be_visible()
    site_work(here)
    page.reload()
    seen(page, context, "transfer-removed")
