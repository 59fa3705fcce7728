"""A new agency from its first account to its first blackened, sealed copy: no one at a shell."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from archive_service.domain.people.account import Role
from archive_service.signing.pdf.validate import inspect_signatures
from tests.e2e.conftest import do_all, is_sound
from tests.worlds.archive import new_home
from tests.worlds.clients import add_person
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.site import Site, served

Result = TypeVar("Result")
AGENCY, NAME = "H40.31", "Sở Thủy lợi tỉnh Sơn Lam"
CODE, TITLE = "H40.31.2025.10.QLCT", "Hồ sơ giải phóng mặt bằng Trạm bơm Khe Lạnh"
OFFICER, CLERK, READER = "canbo.moi", "vanthu.moi", "nguoi.dan"
CHOSEN = "Khe-Lanh-2026-hai-ba"
ADMIN, HEAD, ARCHIVIST = "quan", "hung", "lan"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Site]:
    """An archive with its administrator, head and archivist, and nothing of the new agency."""
    with served(new_home(tmp_path / "home")) as running:
        apart(add_person, running.services, ADMIN, Role.ADMIN)
        yield running


def apart(function: Callable[..., Result], *args: object) -> Result:
    """Beside the browser's own loop."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *args).result()


class People:
    """Each in a browser of their own."""

    def __init__(self, service: Site, browser: Browser) -> None:
        self.service, self._browser = service, browser
        self._pages: dict[str, Page] = {}

    def __getitem__(self, name: str) -> Page:
        """The page of whoever was here before."""
        if name not in self._pages:
            made = self._browser.new_context(
                viewport={"width": 1366, "height": 860}, locale="vi-VN"
            )
            self._pages[name] = made.new_page()
            if name in (ADMIN, HEAD, ARCHIVIST):
                self.service.enter(made, name)
        return self._pages[name]

    def go(self, name: str, place: str) -> Page:
        """Their page, at this place."""
        page = self[name]
        page.goto("about:blank")  # some pages load themselves anew
        page.goto(f"{self.service.url}{place}")
        return page

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


def test_a_new_agency_comes_to_its_first_copy(
    service: Site, browser: Browser, tmp_path: Path
) -> None:
    people = People(service, browser)
    try:
        set_up(people)
        hand_in(people, tmp_path / "case")
        ask(people)
        blacken_and_grant(people)
        seal(people)
        copy = fetch(people, tmp_path / "copy.pdf")
        (report,) = apart(inspect_signatures, copy, service.services.trust)
        assert (report.valid, report.signer) == (True, NAME)
        check(people, copy)
    finally:
        people.close()


def set_up(people: People) -> None:
    """Agency and accounts by the administrator; the head confirms; the clerk has the seal."""
    page = people.go(ADMIN, "/system/agencies")
    page.get_by_role("button", name="Thêm cơ quan").first.click()
    dialog = page.locator("#agency-dialog")
    dialog.locator("[name=code]").fill(AGENCY)
    dialog.locator("[name=name]").fill(NAME)
    dialog.locator("button[type=submit]").click()
    expect(page.get_by_role("main")).to_contain_text(NAME)
    passwords = {
        name: add(people, name, role)
        for name, role in ((OFFICER, "officer"), (CLERK, "clerk"), (READER, "reader"))
    }
    page = people.go(HEAD, "/rights")
    for name in (OFFICER, CLERK):
        page.get_by_role("row", name=name).get_by_role("button", name="Xác nhận").click()
        expect(page.get_by_text(f"Đã xác nhận quyền của {name}.").first).to_be_visible()
    for name, password in passwords.items():
        enter(people, name, password)
    page = people.go(ADMIN, "/system/keys?open=1")
    row = page.get_by_role("row", name=AGENCY)
    row.locator("summary").click()
    is_sound(page)
    row.get_by_label("Tài khoản văn thư").fill(CLERK)
    row.get_by_label("Người giao").fill("Trần Văn An, Giám đốc")
    row.get_by_role("button", name="Giao con dấu").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Đã giao con dấu")


def add(people: People, name: str, role: str) -> str:
    """An account, and the password that is shown once."""
    page = people.go(ADMIN, "/system/accounts")
    page.get_by_role("button", name="Thêm tài khoản").first.click()
    dialog = page.locator("#account-dialog")
    dialog.get_by_label("Tên tài khoản").fill(name)
    dialog.get_by_label("Vai trò").select_option(role)
    if role != "reader":
        dialog.locator("[name=agency]").select_option(AGENCY)
    dialog.get_by_role("button", name="Thêm tài khoản").click()
    return page.locator("#first-password").inner_text()


def enter(people: People, name: str, password: str) -> None:
    """The first time: another password is chosen before anything else."""
    page = people.go(name, "/sign-in")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Chọn mật khẩu của riêng bạn")
    page.locator("[name=new]").fill(CHOSEN)
    page.locator("[name=again]").fill(CHOSEN)
    is_sound(page)
    page.get_by_role("button", name="Đổi mật khẩu").click()
    expect(heading).not_to_have_text("Chọn mật khẩu của riêng bạn")


def hand_in(people: People, folder: Path) -> None:
    """By the officer; accepted by the archivist; stored and indexed by the worker."""
    write_pdf(folder / "01 Biên bản.pdf", words=CODE)
    rows = [document_row("01 Biên bản.pdf", CODE, organName=NAME)]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE, title=TITLE, mode="02")], rows)
    page = people.go(OFFICER, "/submit")
    expect(page.locator("[data-upload-told]")).not_to_be_empty()
    page.set_input_files("#folder", folder)
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 2 tệp")
    page.get_by_role("button", name="Nộp hồ sơ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    do_all(people.service)
    page = people.go(ARCHIVIST, "/desk")
    expect(page.locator(".desk-head .code")).to_have_text(CODE)
    page.keyboard.press("a")
    reason = page.get_by_label("Lý do tiếp nhận")
    if reason.is_visible():
        reason.fill("Đã đối chiếu")
        page.locator("#accept-dialog").get_by_role("button", name="Tiếp nhận").click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã tiếp nhận {CODE}")
    do_all(people.service)


def ask(people: People) -> None:
    """The reader, where the document is refused."""
    page = people.go(READER, f"/case-files/{CODE}?document=1")
    page.get_by_role("link", name="Gửi đề nghị đọc tài liệu này").press("Enter")
    page.locator("[name=purpose]").fill("Xác minh diện tích đất được đền bù")
    is_sound(page)
    page.get_by_role("button", name="Gửi đề nghị").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Đã gửi đề nghị")
    is_sound(page)


def blacken_and_grant(people: People) -> None:
    """The head hides the lower half, and grants a copy that is sealed."""
    page = people.go(HEAD, "/use-requests")
    page.get_by_role("link", name="Che thông tin").press("Enter")
    row = page.locator("[data-redact-row]").first
    for name, value in (
        ("page", "1"), ("left", "0"), ("top", "50"), ("width", "100"), ("height", "50"),
    ):  # fmt: skip
        row.locator(f"[name=area-{name}]").fill(value)
    page.get_by_role("button", name="Lưu các vùng che").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Đã lưu 1 vùng che")
    page = people.go(HEAD, "/use-requests")
    page.locator("summary", has_text="Quyết định").press("Enter")
    page.locator("[name=copy]").select_option("authenticated")
    is_sound(page)
    page.get_by_role("button", name="Cho đọc").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("bản sao có xác thực")


def seal(people: People) -> None:
    """The clerk is told of it, and seals it."""
    page = people.go(CLERK, "/notices")
    expect(page.get_by_role("main")).to_contain_text("chờ ký số")
    page = people.go(CLERK, "/use-requests")
    is_sound(page)
    page.get_by_role("button", name="Ký số bản sao").press("Enter")
    expect(page.locator("#toasts")).to_contain_text(CODE)
    expect(page.get_by_role("button", name="Ký số bản sao")).to_have_count(0)


def fetch(people: People, target: Path) -> Path:
    """By the reader."""
    page = people.go(READER, "/use-requests")
    expect(page.get_by_role("main")).to_contain_text("Bản sao đã ký số")
    is_sound(page)
    with page.expect_download() as got:
        page.get_by_role("link", name="Tải bản sao").click()
    got.value.save_as(target)
    return target


def check(people: People, copy: Path) -> None:
    """By anybody, with the code that the copy bears; what was hidden is black in it."""
    with pypdfium2.PdfDocument(copy) as pdf:
        image = pdf[0].render(scale=200 / 72).to_pil().convert("L")
    lower = image.crop((image.width // 2, image.height // 2 + 16, image.width, image.height))
    assert max(lower.tobytes()) < 64
    (code,) = zxingcpp.read_barcodes(image)
    page = people.go("ai do", f"/check-copy?code={code.text.rpartition('=')[2]}")
    expect(page.get_by_role("main")).to_contain_text("TRÍCH SAO")
    is_sound(page)
