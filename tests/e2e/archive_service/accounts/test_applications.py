"""Who has no account asks for one, and an administrator makes it: desk and phone."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import is_sound, seen, width_of
from tests.worlds.site import Site


def test_an_account_is_asked_for_and_made(site: Site, context: BrowserContext, page: Page) -> None:
    name = f"khach{width_of(context)}"
    page.goto(f"{site.url}/sign-in")
    page.get_by_role("link", name="Đề nghị cấp tài khoản").click()
    page.get_by_label("Họ và tên").fill("Trần Thị Hoa")
    page.get_by_label("Tên đăng nhập mong muốn").fill(name)
    page.get_by_label("Mục đích sử dụng").fill("Tra cứu lịch sử xã")
    seen(page, context, "ask-for-account")
    page.get_by_role("button", name="Gửi đề nghị").press("Enter")
    expect(page.get_by_text("Đã nhận đề nghị số")).to_be_visible()
    seen(page, context, "ask-for-account-taken")
    site.enter(context, "quantri")
    page.goto(f"{site.url}/system/account-applications")
    is_sound(page)
    seen(page, context, "account-applications")
    row = page.get_by_role("row", name=name)
    row.get_by_role("button", name="Cấp tài khoản").click()
    page.locator("dialog[open]").get_by_role("button", name="Cấp tài khoản").click()
    expect(page.locator("#first-password")).to_be_visible()
    page.goto(f"{site.url}/system/account-applications")
    row = page.get_by_role("row", name=name)
    expect(row).to_contain_text("Đã cấp")
    expect(row).to_contain_text("Báo trực tiếp tại nơi tiếp nhận")
    seen(page, context, "account-applications-answered")
