"""A form that would not be heard stays on its page and goes as it was filled, after a sign-in."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from archive_service.accounts.acts import find_account
from archive_service.accounts.passwords import hash_password
from archive_service.web.session import COOKIE
from tests.e2e.conftest import seen
from tests.worlds.archive import PASSWORD
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site

DESK = pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page whose refused requests are what the test is about."""
    return context.new_page()


def enter(site: Site, context: BrowserContext) -> None:
    """The archivist signs in, with a password that this test knows."""
    with site.services.writing() as session:
        account = find_account(session, "luutru")
        assert account is not None
        account.password_hash = hash_password(PASSWORD)
    site.enter(context, "luutru")


def sign_in_over(page: Page) -> None:
    dialog = page.locator("#sign-in-again")
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog).to_have_count(0)


def describe(site: Site, context: BrowserContext, page: Page, title: str) -> None:
    enter(site, context)
    page.goto(f"{site.url}/case-files/{A_CODE}/describe")
    page.locator("html[data-started]").wait_for(state="attached")
    page.get_by_label("Tiêu đề hồ sơ").fill(title)
    page.get_by_label("Lý do thay đổi").fill("Chỉnh lý")


@pytest.mark.parametrize("context", [1366, 390], indirect=True, ids=["desk", "phone"])
def test_a_description_goes_on_after_the_sign_in_over_its_page(
    site: Site, context: BrowserContext, page: Page
) -> None:
    title = f"Hồ sơ mô tả khi phiên đã hết {page.viewport_size}"
    describe(site, context, page, title)
    context.clear_cookies(name=COOKIE)
    page.get_by_role("button", name="Lưu thay đổi").click()
    dialog = page.locator("#sign-in-again")
    expect(dialog).to_be_visible()
    seen(page, context, "form-kept")
    # As after a weekend, or after a sign-in at another window.
    dialog.locator("[name=csrf_token]").evaluate("field => field.value = 'cu'")
    sign_in_over(page)
    expect(page.locator("h1")).to_have_text(title)


@DESK
def test_a_question_that_was_closed_leaves_the_form_as_it_was_filled(
    site: Site, context: BrowserContext, page: Page
) -> None:
    describe(site, context, page, "Chưa gửi")
    context.clear_cookies(name=COOKIE)
    page.get_by_role("button", name="Lưu thay đổi").dblclick()
    expect(page.locator("#sign-in-again")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#unsent")).to_contain_text("vẫn còn nguyên")
    seen(page, context, "form-unsent")
    expect(page.get_by_label("Tiêu đề hồ sơ")).to_have_value("Chưa gửi")


@DESK
def test_one_press_without_a_word_is_asked_for_too_and_leaves_what_stands_beside_it(
    site: Site, context: BrowserContext, page: Page
) -> None:
    describe(site, context, page, "Chưa gửi, và bấm nút khác")
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend", `
            <form method="post" action="/notices/read">
              <input type="hidden" name="csrf_token" value="cu"><button>Bấm một lần</button>
            </form>`)"""
    )
    context.clear_cookies(name=COOKIE)
    page.get_by_role("button", name="Bấm một lần").click()
    expect(page.locator("#sign-in-again")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Tiêu đề hồ sơ")).to_have_value("Chưa gửi, và bấm nút khác")


@DESK
def test_a_form_without_a_line_stays_and_goes_with_the_next_press(
    site: Site, context: BrowserContext, page: Page
) -> None:
    describe(site, context, page, "Hồ sơ gửi khi mất mạng")

    def broken(route: Route) -> None:
        route.abort()

    page.route("**/*", broken)
    page.get_by_role("button", name="Lưu thay đổi").click()
    expect(page.locator("#unsent")).to_be_visible()
    page.unroute("**/*")
    page.get_by_role("button", name="Lưu thay đổi").click()
    expect(page.locator("h1")).to_have_text("Hồ sơ gửi khi mất mạng")


@DESK
def test_a_form_that_grew_stale_is_sent_with_a_new_token(
    site: Site, context: BrowserContext, page: Page
) -> None:
    describe(site, context, page, "Hồ sơ trên trang mở đã lâu")
    page.locator("main form [name=csrf_token]").first.evaluate("field => field.value = 'cu'")
    page.get_by_role("button", name="Lưu thay đổi").click()
    expect(page.locator("h1")).to_have_text("Hồ sơ trên trang mở đã lâu")


@DESK
def test_the_reasons_of_a_return_stay_in_their_dialog(
    site: Site, context: BrowserContext, page: Page
) -> None:
    enter(site, context)
    page.goto(f"{site.url}/desk")
    page.locator("html[data-started]").wait_for(state="attached")
    page.keyboard.press("r")
    reason = page.get_by_label("Lý do", exact=True)
    reason.fill("Thiếu trang của biên bản")
    context.clear_cookies(name=COOKIE)
    page.get_by_role("button", name="Trả lại hồ sơ").click()
    expect(page.locator("#sign-in-again")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open] #unsent")).to_be_visible()
    expect(reason).to_have_value("Thiếu trang của biên bản")
    page.get_by_role("button", name="Trả lại hồ sơ").click()
    sign_in_over(page)
    expect(page.locator("#toasts")).not_to_be_empty()
