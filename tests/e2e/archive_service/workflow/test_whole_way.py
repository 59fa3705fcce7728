"""The whole way in a real browser: returned, mended, accepted, signed by both, catalogued."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject
from tests.e2e.conftest import do_all, is_sound
from tests.e2e.ingest.drafts.draft_page import type_in
from tests.worlds.archive import new_home
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.site import Site, served

Result = TypeVar("Result")
CODE = "H40.18.2025.10.QLCT"
TITLE = "Hồ sơ nâng cấp Trạm bơm Khe Lạnh"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Site]:
    with served(new_home(tmp_path / "home")) as running:
        yield running


def signed_in(service: Site, browser: Browser, account: str) -> BrowserContext:
    made = browser.new_context(viewport={"width": 1366, "height": 860}, locale="vi-VN")
    service.enter(made, account)
    return made


def apart(function: Callable[..., Result], *args: object, **named: object) -> Result:
    """Beside the browser's own loop, which signing cannot share."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *args, **named).result()


def test_a_case_file_goes_all_the_way_and_both_sides_hold_a_signed_paper(
    service: Site, browser: Browser, tmp_path: Path, tools: ModuleType
) -> None:
    officer = signed_in(service, browser, "bach")
    archivist = signed_in(service, browser, "lan")
    try:
        mine, desk = officer.new_page(), archivist.new_page()
        hand_in_with_a_gap(service, mine, tmp_path / "case")
        give_back(service, desk)
        mend(service, mine)
        accept(service, desk)
        paper = sign_on_both_sides(service, mine, desk, tmp_path)
        assert len(apart(inspect_signatures, paper, service.services.trust)) == 2
        assert tools.verapdf([paper])[0].passed
        describe(service, desk)
    finally:
        officer.close()
        archivist.close()


def hand_in_with_a_gap(service: Site, page: Page, folder: Path) -> None:
    """A folder whose document has no date."""
    write_pdf(folder / "01 Tờ trình.pdf", words=CODE)
    rows = [document_row("01 Tờ trình.pdf", CODE, issuedDate="")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE, title=TITLE)], rows)
    page.goto(f"{service.url}/submit")
    expect(page.locator("[data-upload-told]")).not_to_be_empty()
    page.set_input_files("#folder", folder)
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 2 tệp")
    page.get_by_role("button", name="Nộp hồ sơ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    do_all(service)


def give_back(service: Site, page: Page) -> None:
    """The archivist returns it with the reason that was found."""
    page.goto(f"{service.url}/desk")
    expect(page.locator(".desk-head .code")).to_have_text(CODE)
    is_sound(page)
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Lý do")).not_to_have_value("")
    dialog.get_by_role("button", name="Trả lại hồ sơ").click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã trả lại {CODE}")


def mend(service: Site, page: Page) -> None:
    """The officer sees why, fills in the date, and hands it in again."""
    page.goto("about:blank")  # the page before loads itself anew when the state changes
    page.goto(f"{service.url}/my-case-files")
    returned = page.get_by_role("region", name="Bị trả lại")
    expect(returned).to_contain_text(CODE)
    is_sound(page)
    returned.get_by_role("button", name="Sửa và nộp lại").click()
    expect(page.locator("#documents-title")).to_be_visible()
    page.locator(".draft-document a[id]").first.click()
    expect(page.locator("#document-title")).to_have_text("Tài liệu 1")
    type_in(page, "Ngày, tháng, năm tài liệu", "12/04/2025")
    expect(page.locator("#why")).not_to_contain_text("bắt buộc")
    page.locator("#send").click()
    expect(page.locator("#toasts")).to_contain_text("Đã nhận 1 hồ sơ")
    do_all(service)


def accept(service: Site, page: Page) -> None:
    """The archivist sees what changed and accepts."""
    page.goto(f"{service.url}/desk")
    expect(page.locator(".desk-head .code")).to_have_text(CODE)
    page.get_by_role("link", name="Thay đổi").click()
    page.wait_for_url("**part=changes**")
    expect(page.locator(".aside")).to_contain_text("12/04/2025")
    is_sound(page)
    page.keyboard.press("a")
    page.get_by_label("Lý do tiếp nhận").fill("Đã đối chiếu với bản giấy")
    page.locator("#accept-dialog").get_by_role("button", name="Tiếp nhận").click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã tiếp nhận {CODE}")
    do_all(service)


def sign_on_both_sides(service: Site, mine: Page, desk: Page, folder: Path) -> Path:
    """Minutes made by the archivist, signed for the archive, then by the officer's own key."""
    desk.goto(f"{service.url}/handovers")
    desk.get_by_role("link", name="Lập biên bản").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("Lập biên bản cho")
    is_sound(desk)
    dialog.get_by_role("button", name="Lập biên bản").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("01/BBGN-LT")
    do_all(service)
    desk.reload()
    expect(desk.locator(".page-head")).to_contain_text("Chờ bên giao ký")
    is_sound(desk)

    mine.goto("about:blank")
    mine.goto(f"{service.url}/signing")
    paper = fetched(service, mine, "Tải về để ký", folder / "bien-ban.pdf")
    subject = Subject("bach", SAMPLE_AGENCY.name, SignerKind.PERSON, "CCCD:000000000118")
    service.services.authority.issue_key(subject, folder / "bach.p12")
    key = open_pkcs12("pkcs12:bach.p12", home=folder)
    apart(key.sign_pdf, paper, paper, field="BenGiao", reason="Giao hồ sơ")
    mine.locator("[data-opens=return-dialog]").click()
    mine.set_input_files("#signed-file", paper)
    mine.locator("#return-dialog button[type=submit]").click()
    expect(mine.locator("#toasts")).not_to_be_empty()
    desk.reload()
    expect(desk.locator(".page-head")).to_contain_text("Hai bên đã ký")
    return fetched(service, desk, "Mở biên bản", folder / "both.pdf")


def fetched(service: Site, page: Page, link: str, target: Path) -> Path:
    """What a link leads to, as this account gets it; browsers show a PDF in place."""
    href = page.get_by_role("link", name=link).first.get_attribute("href")
    assert href is not None
    answer = page.context.request.get(f"{service.url}{href}")
    assert answer.ok
    target.write_bytes(answer.body())
    return target


def describe(service: Site, page: Page) -> None:
    """The archivist catalogues: one more version, the old one stays."""
    page.goto(f"{service.url}/case-files/{CODE}")
    page.get_by_role("link", name="Sửa dữ liệu").first.click()
    page.wait_for_url("**/describe**")
    page.get_by_label("Tiêu đề hồ sơ").fill(f"{TITLE}, huyện Sơn Trà")
    page.locator("#reason").fill("Bổ sung địa danh")
    is_sound(page)
    page.get_by_role("button", name="Lưu thay đổi").click()
    expect(page.locator("#toasts")).to_contain_text("Phiên bản mới của gói đang được tạo")
    do_all(service)
    with service.services.read_only() as session:
        row = session.scalars(select(CaseFile)).one()
        assert (row.title, row.version_stored) == (f"{TITLE}, huyện Sơn Trà", 2)
