"""The auditor looks through a week of the trail, and signs nothing before each line is said."""

import datetime as dt

from playwright.sync_api import BrowserContext, Page, expect

from archive_service import clock
from archive_service.oversight.reviewing.watching import watch_on
from tests.e2e.conftest import seen, width_of
from tests.worlds.site import Site

AUDITOR, HEAD = "thanhtra", "phutrach"


def test_from_the_list_to_the_paper_that_waits(
    site: Site, context: BrowserContext, page: Page
) -> None:
    weeks = 14 if width_of(context) > 1000 else 15  # one week each
    watch_on(site.services, clock.today() + dt.timedelta(weeks=weeks))
    site.enter(context, AUDITOR)
    page.goto(f"{site.url}/reviews")
    expect(page.get_by_role("heading", name="Rà soát", exact=True).first).to_be_visible()
    seen(page, context, "ra-soat")
    page.get_by_role("link", name="Rà soát nhật ký").first.click()
    lines = page.locator("tbody fieldset")
    expect(lines.first).to_be_visible()
    for number in range(lines.count()):
        lines.nth(number).get_by_label("Đúng").check()
    lines.nth(0).get_by_label("Cần xử lý").check()
    lines.nth(0).get_by_role("textbox").fill("Hỏi lại người phụ trách")
    seen(page, context, "ra-soat-nhat-ky")
    page.get_by_role("button", name="Lưu kết luận").click()
    page.get_by_role("button", name="Lập biên bản để ký").click()
    expect(page.get_by_text("biên bản chờ bạn ký")).to_be_visible()
    seen(page, context, "ra-soat-cho-ky")


def test_a_head_looks_through_accounts(site: Site, context: BrowserContext, page: Page) -> None:
    watch_on(site.services, clock.today() + dt.timedelta(weeks=14))
    site.enter(context, HEAD)
    page.goto(f"{site.url}/reviews")
    page.get_by_role("link", name="Rà soát tài khoản và quyền").first.click()
    expect(page.get_by_role("row").nth(2)).to_be_visible()
    seen(page, context, "ra-soat-tai-khoan")
