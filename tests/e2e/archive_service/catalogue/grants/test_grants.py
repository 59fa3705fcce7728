"""Reading is granted and a group is filled by keys alone; what waits, counts and ended is shown."""

import datetime as dt

from playwright.sync_api import BrowserContext, Locator, Page, expect

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.messages import text
from tests.e2e.conftest import seen, width_of
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site

REASON = "Quyết định 12/QĐ-LT"


def by_keys(page: Page, first: Locator, *values: str) -> None:
    """Fill a form from its first field on, field by field, and send it."""
    first.focus()
    for value in values:
        if value:
            page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_a_grant_is_given_and_ended_by_keys(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/grants")
    seen(page, context, "grants-none")
    page.get_by_label("Loại").select_option("case-file")
    page.get_by_label("Đến mức").select_option("restricted")
    until = clock.today() + dt.timedelta(days=3)
    for name, day in (("first_day", clock.today()), ("last_day", until)):
        page.locator(f"[name={name}]").fill(f"{day:%d/%m/%Y}")
    page.locator("[name=code]").fill(A_CODE)
    page.locator("[name=reason]").fill(REASON)
    page.locator("[name=account]").fill("docgia")
    page.locator("[name=reason]").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("chờ người thứ hai xác nhận")
    row = page.get_by_role("row", name=A_CODE).first
    expect(row).to_contain_text("Chờ xác nhận")
    seen(page, context, "grants")
    site.enter(context, "docgia")
    page.goto(f"{site.url}/grants")
    expect(page.get_by_role("heading", name="Cấp quyền")).to_have_count(0)
    seen(page, context, "grants-of-a-reader")
    site.enter(context, "luutru")
    page.goto(f"{site.url}/grants")
    page.get_by_role("row", name=A_CODE).first.get_by_role("button", name="Kết thúc").press("Enter")
    expect(page.locator("#toasts")).to_contain_text(text("pages.grants.ended", "vi"))


def test_a_group_is_made_filled_and_left_by_keys(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"Nhóm nghiên cứu {width_of(context)}"
    site.enter(context, "luutru")
    page.goto(f"{site.url}/grants/groups")
    seen(page, context, "groups-none")
    page.get_by_label("Đến mức").select_option("restricted")
    page.locator("[name=agency]").fill(SAMPLE_AGENCY.new_code)
    page.locator("[name=name]").fill(name)
    page.locator("[name=name]").press("Enter")
    expect(page.locator("#toasts")).to_contain_text(f"Đã lập nhóm {name}")
    group = page.get_by_role("region", name=name)
    by_keys(page, group.get_by_label(text("pages.grants.account", "vi")), "docgia", REASON)
    expect(page.locator("#toasts")).to_contain_text("chờ người thứ hai xác nhận")
    expect(group).to_contain_text("Chờ xác nhận")
    seen(page, context, "groups")
    group.get_by_role("button", name="Cho ra khỏi nhóm").press("Enter")
    expect(group.get_by_role("row")).to_have_count(0)
