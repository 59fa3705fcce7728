"""Rounds of who looks after people: pauses, names, one agency, groups."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service.accounts.acts import add_account
from archive_service.accounts.tries import Place, counted
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.e2e.conftest import seen, width_of
from tests.worlds.archive import OPERATOR, PASSWORD
from tests.worlds.site import Site


def new_account(services: Services, name: str, role: Role) -> None:
    with services.unit_of_work() as uow:
        bound = role in (Role.OFFICER, Role.AGENCY_ADMIN)
        agency = get_agency(uow.session, SAMPLE_AGENCY.new_code).id if bound else None
        add_account(name, role=role, actor=OPERATOR, uow=uow, agency_id=agency, password=PASSWORD)
        uow.commit()


def sign_in(page: Page, site: Site, name: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Tên tài khoản").fill(name)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()


def test_an_administrator_ends_a_pause_and_renames(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"khoa{width_of(context)}"
    new_account(site.services, name, Role.READER)
    for _ in range(5):
        with counted(name, Place("127.0.0.1"), database=site.services.database):
            pass  # a wrong password
    site.enter(context, "quantri")
    page.goto(f"{site.url}/system/accounts?q={name}")
    expect(page.get_by_text("Đang tạm dừng đăng nhập")).to_be_visible()
    seen(page, context, "administrator-paused")
    page.get_by_role("button", name="Gỡ tạm dừng").click()
    expect(page.get_by_text(f"Đã gỡ tạm dừng tài khoản {name}.").first).to_be_visible()
    page.goto(f"{site.url}/system/accounts?q={name}")
    page.get_by_role("button", name="Sửa").first.click()
    page.locator("dialog[open]").get_by_role("textbox").first.fill("Nguyễn Thị Thử")
    seen(page, context, "administrator-rename")
    with page.expect_navigation():
        page.locator("dialog[open] button[type=submit]").last.click()
    page.goto(f"{site.url}/system/accounts?q={name}")
    expect(page.get_by_text("Nguyễn Thị Thử").first).to_be_visible()
    sign_in(page, site, name, PASSWORD)
    expect(page).not_to_have_url(f"{site.url}/sign-in")


@pytest.mark.parametrize("at", ["accounts", "tokens"])
def test_an_administrator_of_one_agency_sees_it_alone(
    site: Site, context: BrowserContext, page: Page, at: str
) -> None:
    name = f"qtcq{width_of(context)}{at}"
    new_account(site.services, name, Role.AGENCY_ADMIN)
    site.enter(context, name)
    page.goto(f"{site.url}/system/{at}")
    seen(page, context, f"agency-administrator-{at}")
    expect(page.get_by_text("quantri", exact=True)).to_have_count(0)


def test_who_looks_after_groups_makes_one_and_lets_somebody_join(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"Nhóm tra cứu {width_of(context)}"
    site.enter(context, "phutrach")
    page.goto(f"{site.url}/grants/groups")
    page.get_by_label("Tên nhóm").fill(name)
    page.locator('input[name="agency"]').fill(SAMPLE_AGENCY.new_code)
    page.get_by_role("button", name="Lập nhóm").click()
    group = page.locator("section", has=page.get_by_role("heading", name=name))
    expect(group.first).to_be_visible()
    group.first.locator('input[name="account"]').fill("docgia")
    group.first.locator('input[name="reason"]').fill("Quyết định số 12/QĐ-SGTVT")
    group.first.get_by_role("button").last.click()
    expect(page.get_by_text("Quyết định số 12/QĐ-SGTVT").first).to_be_visible()
    seen(page, context, "groups")
