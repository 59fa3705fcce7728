"""The administrator sees the state of the house and sets up agencies and accounts."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import barriers, overflow_px
from tests.factories.site import Site

ADMIN = "quantri"


def test_every_page_of_the_administrator_is_sound(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, ADMIN)
    for place in ("/", "/system/agencies", "/system/accounts", "/jobs"):
        page.goto(f"{site.url}{place}")
        assert overflow_px(page) == 0
        assert barriers(page) == []


def test_an_account_is_made_and_its_password_shown_once(
    site: Site, context: BrowserContext, page: Page
) -> None:
    name = f"moi{context.pages[0].viewport_size['width']}"  # type: ignore[index]  # always set
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
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    assert password not in page.content()


def test_an_agency_is_added_in_its_dialog(site: Site, context: BrowserContext, page: Page) -> None:
    width = context.pages[0].viewport_size["width"]  # type: ignore[index]  # always set
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
def test_the_overview_fits_a_small_phone(site: Site, browser: Browser, scheme: str) -> None:
    narrow = browser.new_context(
        viewport={"width": 320, "height": 700},
        color_scheme=scheme,  # type: ignore[arg-type]  # one of its words
    )
    site.enter(narrow, ADMIN)
    page = narrow.new_page()
    for place in ("/system", "/system/accounts", "/system/agencies", "/jobs"):
        page.goto(f"{site.url}{place}")
        assert overflow_px(page) == 0
    assert barriers(page) == []
    narrow.close()
