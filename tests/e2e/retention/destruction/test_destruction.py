"""In a real browser from what is due to the certificate of its destruction, and a lie found."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.retention.removal import Removal
from archive_service.storage.ocfl.root import object_root
from ingest.submissions.acts import accept, submit
from tests.e2e.conftest import do_all, seen
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import OPEN_CODE
from tests.worlds.clients import do_all as do_each
from tests.worlds.papers.bad_input import small_case
from tests.worlds.retention.dispositions import HEAD, add_agency_head, make_due, otp_of
from tests.worlds.retention.removing import without_grace
from tests.worlds.site import Site, listening


def aside(work: Callable[[], None]) -> None:
    """Beside the browser's own loop, which signing cannot share."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one case file in custody."""
    place = tmp_path_factory.mktemp("due")
    home = new_home(place / "home")

    def hold() -> None:
        with open_home(home) as services:
            small_case(place / "open", code=OPEN_CODE)
            (identifier,) = submit(
                place / "open", actor=person(services, "bach"), services=services
            )
            do_each(services)
            accept(services, identifier, actor=person(services, "lan"))
            do_each(services)

    aside(hold)
    return home


@pytest.fixture
def site(stored: Path, tmp_path: Path) -> Iterator[Site]:
    with without_grace(stored, tmp_path / "home") as services, listening(services) as running:
        yield running


def look_at_the_case_file(page: Page, context: BrowserContext) -> None:
    """The review of one case file beside its documents; what refuses it stands at its field."""
    page.locator("#items-title").wait_for()
    page.locator("tbody").get_by_role("link", name=OPEN_CODE, exact=True).click()
    expect(page.get_by_role("heading", name="Ý kiến, quyết định trước đây")).to_be_visible()
    seen(page, context, "disposition-item")
    page.get_by_label("Kết quả xét hồ sơ này").select_option("keep")
    page.get_by_label("Lý do", exact=True).fill("Còn dùng")
    page.locator(".desk-bar").get_by_role("button", name="Ghi kết quả").click()
    years = page.get_by_label("Số năm giữ tiếp")
    expect(years).to_have_accessible_description(re.compile("Số năm giữ tiếp chưa đúng"))
    expect(page.get_by_label("Lý do", exact=True)).to_have_value("Còn dùng")
    seen(page, context, "disposition-item-refused")
    page.get_by_role("link", name="Về danh sách").click()


def review_and_hear(page: Page, context: BrowserContext) -> None:
    look_at_the_case_file(page, context)
    page.get_by_label("Chọn mọi hồ sơ trong danh sách").check()
    page.locator("#outcome").select_option("destroy")
    page.get_by_label("Lý do", exact=True).fill("Hết giá trị")
    page.get_by_role("button", name="Xét danh sách").click()
    expect(page.get_by_text("Đã ghi kết quả xét.")).to_be_visible()
    seen(page, context, "disposition-reviewed")
    council = page.locator("form[action$='/council']")
    council.get_by_label("Quyết định thành lập Hội đồng", exact=True).fill("15/QĐ-SCT")
    council.get_by_label("Ngày quyết định thành lập Hội đồng").fill(clock.today().isoformat())
    council.get_by_label("Ngày họp").fill(clock.today().isoformat())
    council.get_by_label("Nơi họp").fill("Phòng họp số 2")
    council.get_by_label("Biên bản họp").fill("Hội đồng thống nhất hủy.")
    council.get_by_role("button", name="Ghi hội đồng và cuộc họp").click()
    expect(page.get_by_text("Đã ghi hội đồng và cuộc họp.")).to_be_visible()
    council.locator("#account-0").select_option("lan")
    council.get_by_role("button", name="Ghi hội đồng và cuộc họp").click()
    expect(page.locator("#members-note")).to_contain_text("Hội đồng có một chủ tịch")
    seen(page, context, "disposition-council-refused")
    council.locator("#account-0").select_option("")
    for at, (name, duty) in enumerate((("Trần Văn Bình", "chair"), ("Lê Thị Lan", "secretary"))):
        council.locator(f"#name-{at}").fill(name)
        council.locator(f"#position-{at}").fill("Chuyên viên")
        council.locator(f"#duty-{at}").select_option(duty)
    council.get_by_role("button", name="Ghi hội đồng và cuộc họp").click()
    for _ in range(2):
        waiting = page.locator("form:has(input[name=name][type=hidden])")
        at = waiting.count() - 1 - _
        waiting.nth(at).get_by_role("button", name="Đồng ý", exact=True).click()
        expect(page.get_by_text("Đã ghi phiếu biểu quyết.")).to_be_visible()


def approve(page: Page, context: BrowserContext, secret: str) -> None:
    page.get_by_label("Số quyết định").fill("41/QĐ-SCT")
    otp, asks = page.get_by_label("Mã xác thực thứ hai"), page.locator("#approve-dialog")
    ask = page.get_by_role("button", name="Phê duyệt…", exact=True)
    for wrong in ("", "41/QĐ", "12345"):  # the browser tells at the field, and nothing is asked
        otp.fill(wrong)
        ask.click()
        expect(otp).to_be_focused()
        expect(asks).to_be_hidden()
    page.get_by_label("Lý do", exact=True).fill("")
    page.get_by_role("button", name="Không chấp thuận").click()  # no code is needed for that
    expect(page.get_by_label("Lý do", exact=True)).to_have_attribute("aria-invalid", "true")
    page.wait_for_load_state()  # with its scripts, which hear Enter
    page.get_by_label("Số quyết định").fill("41/QĐ-SCT")
    otp.fill(otp_of(secret))
    otp.press("Enter")  # asks, and decides nothing by itself
    expect(asks).to_be_visible()
    seen(page, context, "disposition-approve")
    page.get_by_role("button", name="Phê duyệt và cho hủy 1 hồ sơ").click()


def carry_out(page: Page, context: BrowserContext) -> None:
    page.get_by_role("button", name="Thi hành…").click()
    asked = page.locator("#execute-dialog")
    expect(asked.get_by_text("Văn bản chưa đủ chữ ký")).to_be_visible()
    seen(page, context, "disposition-execute")
    page.get_by_role("button", name="Hủy 1 hồ sơ").click()
    expect(page.get_by_text("Việc hủy đã bắt đầu.")).to_be_visible()


def test_from_due_to_the_certificate(site: Site, context: BrowserContext, page: Page) -> None:
    services = site.services
    make_due(services, OPEN_CODE)
    secret = add_agency_head(services)
    site.enter(context, "lan")
    page.goto(f"{site.url}/dispositions")
    page.get_by_role("link", name="Đề nghị hồ sơ").click()
    seen(page, context, "disposition-new")
    page.locator("#codes").fill(OPEN_CODE)
    page.get_by_label("Lý do").fill("Hết thời hạn lưu trữ")
    page.get_by_role("button", name="Lập danh sách").click()
    review_and_hear(page, context)
    page.get_by_role("button", name="Trình thủ trưởng cơ quan").click()
    expect(page.get_by_role("heading", name="Hồ sơ hủy")).to_be_visible()
    expect(page.get_by_text("Số 01/DMH-LT")).to_be_visible()
    seen(page, context, "disposition-submitted")
    address = page.url
    site.enter(context, HEAD)
    page.goto(address)
    approve(page, context, secret)
    expect(page.get_by_text("Đã phê duyệt danh sách.")).to_be_visible()
    site.enter(context, "lan")
    page.goto(address)
    carry_out(page, context)
    do_all(site)
    page.goto(address)
    expect(page.get_by_text("Đã thi hành").first).to_be_visible()
    seen(page, context, "disposition-executed")
    page.get_by_role("link", name="Giấy chứng nhận hủy").first.click()
    expect(page.get_by_text("Mọi mục đã khép")).to_be_visible()
    page.get_by_role("button", name="Đối chiếu lại").click()
    expect(page.get_by_text("mọi nơi đã ghi là đã hủy đều không còn gì")).to_be_visible()
    seen(page, context, "certificate")
    with services.read_only() as session:
        root = object_root(session.scalars(select(Removal)).one().ocfl_id)
    place = services.settings.home / "kho1" / root
    place.mkdir(parents=True)
    (place / "inventory.json").write_bytes(b"{}")
    page.get_by_role("button", name="Đối chiếu lại").click()
    expect(page.get_by_text("nay lại thấy còn dữ liệu")).to_be_visible()
    seen(page, context, "certificate-lies")
    page.goto(f"{site.url}/case-files/{OPEN_CODE}")
    seen(page, context, "destroyed-case-file")
