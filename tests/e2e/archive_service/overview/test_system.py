"""The administrator sees the state of the house and sets up agencies and accounts."""

from typing import Literal
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.notices.incidents import open_incident
from tests.e2e.conftest import barriers, is_sound, seen, width_of
from tests.worlds.site import Site

ADMIN = "quantri"


def test_every_page_of_the_administrator_is_sound(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, ADMIN)
    for place in (
        "/",
        "/system/incidents",
        "/system/announcements",
        "/system/agencies",
        "/system/accounts",
        "/system/copies",
        "/fixity",
        "/formats",
        "/jobs",
        "/jobs?q=khong-co-viec-nao",
    ):
        page.goto(f"{site.url}{place}")
        is_sound(page)


def test_the_archivist_s_way_to_the_system_and_to_holds_is_sound(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    for place in ("/system", "/system/incidents", "/fixity", "/holds", "/case-files"):
        page.goto(f"{site.url}{place}")
        is_sound(page)


def test_an_account_is_made_and_its_password_shown_once(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"moi{width_of(context)}"
    site.enter(context, ADMIN)
    page.goto(f"{site.url}/system/accounts")
    page.get_by_role("button", name="Thêm tài khoản").first.click()
    dialog = page.locator("#account-dialog")
    dialog.get_by_label("Tên tài khoản").fill(name)
    dialog.get_by_label("Vai trò").select_option("archivist")
    dialog.get_by_role("button", name="Thêm tài khoản").click()
    password = page.locator("#first-password").inner_text()
    assert barriers(page) == []
    page.get_by_role("link", name="Về danh sách").click()
    expect(page.get_by_text(name, exact=True).first).to_be_visible()
    assert password not in page.content()


def test_the_medium_of_a_retired_copy_is_noted_in_its_dialog(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"cu{width_of(context)}"
    with site.services.writing() as session:
        retired = {"state": CopyStanding.RETIRED, "holdings_known": True}
        now = {"enrolled_at": clock.now(), "retired_at": clock.now()}
        session.add(EnrolledCopy(name=name, identity=str(uuid4()), **retired, **now))
    site.enter(context, ADMIN)
    page.goto(f"{site.url}/system")
    page.get_by_role("link", name="Xem các kho, cả kho đã thôi dùng").click()
    page.get_by_role("button", name="Ghi việc hủy phương tiện").click()
    dialog = page.locator("#medium-dialog")
    dialog.get_by_label("Kho").select_option(name)
    dialog.get_by_label("Ngày thực hiện").fill("01/01/2001")
    dialog.get_by_label("Người thực hiện").fill("Trần Văn Sáu")
    dialog.get_by_label("Cách thực hiện").fill("nghiền vụn")
    dialog.get_by_label("Số biên bản").fill("12/BB-LT")
    seen(page, context, "copies-dialog")
    dialog.get_by_role("button", name="Ghi", exact=True).click()
    expect(dialog.get_by_text("Ngày 01/01/2001 không dùng được", exact=False)).to_be_visible()
    expect(dialog.get_by_label("Người thực hiện")).to_have_value("Trần Văn Sáu")
    expect(dialog.get_by_label("Kho")).to_have_value(name)
    seen(page, context, "copies-refused")
    dialog.get_by_label("Ngày thực hiện").fill(f"{clock.today():%d/%m/%Y}")
    dialog.get_by_role("button", name="Ghi", exact=True).click()
    expect(page.get_by_text(f"Đã ghi phương tiện của kho {name}.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.get_by_text("biên bản số 12/BB-LT", exact=False)).to_be_visible()
    seen(page, context, "copies")


def test_an_agency_is_added_in_its_dialog(site: Site, context: BrowserContext, page: Page) -> None:
    width = width_of(context)
    code = f"H40.{width % 90 + 10}"
    site.enter(context, ADMIN)
    page.goto(f"{site.url}/system/agencies")
    page.keyboard.press("c")
    dialog = page.locator("#agency-dialog")
    dialog.get_by_label("Mã định danh").fill(code)
    dialog.get_by_label("Tên cơ quan").fill("Ban Quản lý bến bãi tỉnh Sơn Lam")
    assert barriers(page) == []
    dialog.get_by_role("button", name="Thêm cơ quan").click()
    expect(page.get_by_role("status")).to_contain_text(code)
    expect(page.get_by_text(code, exact=True).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_fits_a_small_phone(
    site: Site, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    narrow = browser.new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    site.enter(narrow, ADMIN)
    page = narrow.new_page()
    for place in ("/system", "/system/accounts", "/system/agencies", "/jobs"):
        page.goto(f"{site.url}{place}")
        is_sound(page)
    narrow.close()


def test_what_is_announced_stands_on_every_page_till_it_is_withdrawn(
    site: Site, context: BrowserContext, page: Page
) -> None:
    width = width_of(context)
    told = f"Bảo trì máy chủ tra cứu {width}"
    site.enter(context, ADMIN)
    page.goto(f"{site.url}/system/announcements")
    page.keyboard.press("c")
    dialog = page.locator("#announcement-dialog")
    dialog.get_by_label("Nội dung").fill(told)
    dialog.get_by_label("Đến", exact=True).fill("2099-12-31T18:00")
    assert barriers(page) == []
    dialog.get_by_role("button", name="Đăng", exact=True).click()
    expect(page.get_by_role("complementary", name="Đang thông báo")).to_contain_text(told)
    is_sound(page)
    page.goto(f"{site.url}/jobs")
    expect(page.get_by_text(told)).to_be_visible()
    assert barriers(page) == []
    page.goto(f"{site.url}/system/announcements")
    with page.expect_navigation():
        page.get_by_role("row").filter(has_text=told).get_by_role("button", name="Rút").click()
    page.goto(f"{site.url}/jobs")
    expect(page.get_by_text(told)).to_have_count(0)


def test_an_incident_is_taken_by_the_one_who_sees_to_it(
    site: Site, context: BrowserContext, page: Page
) -> None:
    width = width_of(context)
    with site.services.writing() as session:
        alarm = IncidentSeverity.ALARM
        open_incident(session, "backup-missed", f"/mnt/{width}", severity=alarm)
        marked = session.scalars(select(Submission.id).limit(1)).one()
        open_incident(session, "secrecy-mark-found", f"submission {marked}", severity=alarm)
    site.enter(context, ADMIN)
    page.goto(f"{site.url}/system")
    row = page.get_by_role("row").filter(has_text=f"/mnt/{width}")
    expect(row).to_contain_text("Quá hạn sao lưu")
    is_sound(page)
    row.get_by_role("button", name="Nhận xử lý").click()
    page.wait_for_url("**/system/incidents")
    row = page.get_by_role("row").filter(has_text=f"/mnt/{width}")
    expect(row).to_contain_text(ADMIN)
    is_sound(page)
