"""Holds at a browser: what a search found is held in one order, and the order lifted."""

import re

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import seen
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site

AUTHORITY = "12/QĐ-TTT ngày 03/02/2026"


def fill(page: Page, dialog: str) -> None:
    """The paper and the reason, and the act."""
    asked = page.locator(dialog)
    asked.get_by_label("Văn bản của cơ quan có thẩm quyền").fill(AUTHORITY)
    asked.get_by_label("Lý do").fill("Thanh tra việc giao đất")
    asked.get_by_label("Dự kiến đến ngày").fill("2099-12-31")


def test_a_search_is_held_in_one_order_and_the_order_lifted(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "phutrach")
    page.goto(f"{site.url}/search?q=QLCT")
    page.get_by_role("button", name="Tạm dừng xử lý kết quả này").click()
    seen(page, context, "holds-search-dialog")
    fill(page, "#hold-found")
    page.locator("#hold-found").get_by_role("button", name="Tạm dừng xử lý").click()
    expect(page.get_by_role("heading", name="Lệnh theo kết quả tìm “QLCT”")).to_be_visible()
    seen(page, context, "holds-order")
    page.get_by_role("link", name=A_CODE).click()
    expect(page.get_by_role("link", name="Lệnh theo kết quả tìm")).to_be_visible()
    expect(page.get_by_role("button", name="Sửa dữ liệu").first).to_have_attribute(
        "aria-disabled", "true"
    )
    seen(page, context, "holds-case-file")
    page.get_by_role("link", name="Lệnh theo kết quả tìm").click()
    page.get_by_role("button", name="Gỡ toàn bộ lệnh").first.click()
    lifting = page.locator("#lift-order")
    lifting.get_by_label("Lý do gỡ").fill("Kết luận đã ban hành")
    lifting.get_by_role("button", name="Gỡ toàn bộ lệnh").click()
    expect(page.get_by_text("Đã gỡ toàn bộ lệnh tạm dừng.")).to_be_visible()
    expect(page.get_by_role("button", name="Gỡ toàn bộ lệnh")).to_have_count(0)


def test_a_fonds_is_held_on_the_page_of_holds(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "phutrach")
    page.goto(f"{site.url}/holds")
    page.get_by_role("button", name="Đặt lệnh tạm dừng").click()
    seen(page, context, "holds-place")
    fill(page, "#hold-many")
    page.locator("#hold-many").get_by_role("button", name="Tạm dừng xử lý").click()
    codes = page.locator("#hold-codes")
    expect(codes).to_have_accessible_description(re.compile("Lệnh cần mã hồ sơ hoặc một phông"))
    seen(page, context, "holds-place-refused")
    page.locator("#hold-fonds").select_option(index=1)
    fill(page, "#hold-many")
    page.locator("#hold-many").get_by_role("button", name="Tạm dừng xử lý").click()
    expect(page.get_by_role("button", name="Gỡ toàn bộ lệnh")).to_be_visible()
    page.goto(f"{site.url}/holds")
    seen(page, context, "holds-list")
    page.get_by_role("link", name="Lệnh cả phông").first.click()
    page.get_by_role("button", name="Gỡ toàn bộ lệnh").first.click()
    lifting = page.locator("#lift-order")
    lifting.get_by_label("Lý do gỡ").fill("Kết luận đã ban hành")
    lifting.get_by_role("button", name="Gỡ toàn bộ lệnh").click()
    expect(page.get_by_text("Đã gỡ toàn bộ lệnh tạm dừng.")).to_be_visible()


def test_a_press_before_the_scripts_are_there_opens_its_dialog_when_they_are(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "phutrach")
    waiting: list[Route] = []
    page.route("**/js/main.js", lambda route: waiting.append(route))  # noqa: PLW0108 - it is marked
    page.goto(f"{site.url}/holds", wait_until="commit")
    page.get_by_role("button", name="Đặt lệnh tạm dừng").click()
    dialog = page.locator("#hold-many")
    expect(dialog).to_be_hidden()
    waiting[0].continue_()
    expect(dialog).to_be_visible()


def test_a_list_ticked_before_the_scripts_are_there_is_ticked_when_they_are(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "phutrach")
    waiting: list[Route] = []
    page.route("**/js/main.js", lambda route: waiting.append(route))  # noqa: PLW0108 - it is marked
    page.goto(f"{site.url}/case-files", wait_until="commit")
    page.locator("input[data-ticks=code]").check()
    box = page.locator("input[name=code]").first
    expect(box).not_to_be_checked()
    waiting[0].continue_()
    expect(box).to_be_checked()
