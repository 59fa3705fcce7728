"""A right waits for a second person, one person leaves, a refused reader asks: desk and phone."""

from playwright.sync_api import BrowserContext, Page, expect

from archive_service.accounts.acts import add_account
from archive_service.domain.people.account import Role
from archive_service.domain.people.incident import Incident
from tests.e2e.conftest import is_sound, seen, width_of
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR
from tests.worlds.site import Site


def test_an_account_waits_and_another_person_confirms_it(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"cho{width_of(context)}"
    site.enter(context, "quantri")
    page.goto(f"{site.url}/system/accounts")
    page.get_by_role("button", name="Thêm tài khoản").first.click()
    dialog = page.locator("#account-dialog")
    dialog.get_by_label("Tên tài khoản").fill(name)
    dialog.get_by_label("Vai trò").select_option("archivist")
    dialog.get_by_role("button", name="Thêm tài khoản").click()
    expect(page.get_by_text("Chờ người thứ hai xác nhận").first).to_be_visible()
    page.goto(f"{site.url}/system/tokens")
    is_sound(page)
    seen(page, context, "tokens")
    site.enter(context, "phutrach")
    page.goto(f"{site.url}/rights")
    is_sound(page)
    seen(page, context, "rights-waiting")
    page.get_by_role("row", name=name).get_by_role("button", name="Xác nhận").click()
    expect(page.get_by_text(f"Đã xác nhận quyền của {name}.").first).to_be_visible()
    page.goto(f"{site.url}/account")
    is_sound(page)
    seen(page, context, "account")


def test_what_is_open_is_shown_and_handed_over_when_a_person_leaves(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"nghi{width_of(context)}"
    with site.services.unit_of_work() as uow:
        add_account(name, role=Role.ARCHIVIST, actor=OPERATOR, uow=uow)
        any_row(uow.session, Incident, owner=name, kind="backup-missed")
        uow.commit()
    site.enter(context, "quantri")
    page.goto(f"{site.url}/system/accounts?q={name}")
    page.get_by_role("link", name="Cho nghỉ").click()
    expect(page.get_by_role("cell", name="Sự cố đang nhận xử lý")).to_be_visible()
    seen(page, context, "leaving")
    page.get_by_label("Lý do").fill("Nghỉ hưu")
    page.get_by_label("Người nhận bàn giao").fill("phutrach")
    page.get_by_role("button", name="Cho nghỉ và bàn giao").click()
    expect(page.get_by_text(f"Đã cho {name} nghỉ").first).to_be_visible()
    page.goto(f"{site.url}/system/accounts?q={name}")
    page.get_by_role("button", name="Sửa").first.click()
    seen(page, context, "renaming")


def test_a_request_is_sent_and_stands_in_the_list(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    for place in ("/use-requests/new", "/use-requests"):
        page.goto(f"{site.url}{place}")
        is_sound(page)
        seen(page, context, f"use-requests-{place.rpartition('/')[2]}")
