"""A session that ends while somebody types: sign-in over the page, and nothing is lost."""

from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from archive_service.domain.intake.submission import Submission
from archive_service.web.session import COOKIE
from tests.e2e.conftest import seen
from tests.e2e.ingest.drafts.draft_page import WAIT_MS, begin, give, type_in
from tests.worlds.archive import PASSWORD
from tests.worlds.door import write_pdf
from tests.worlds.site import Site

TITLE = "#f-0-title"


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page whose refused requests are what the test is about."""
    return context.new_page()


def kept(service: Site, draft_id: UUID) -> str:
    with service.services.read_only() as session:
        return session.get_one(Submission, draft_id).case_file().fields.get("title", "")


def type_title(page: Page, words: str) -> None:
    page.locator(TITLE).fill(words)
    page.locator(TITLE).blur()


@pytest.mark.parametrize("context", [1366, 390], indirect=True, ids=["desk", "phone"])
def test_the_sign_in_comes_over_the_page_and_what_was_typed_is_saved(
    service: Site, page: Page, context: BrowserContext
) -> None:
    draft_id = begin(service, page)
    context.clear_cookies(name=COOKIE)
    type_title(page, "Hồ sơ gõ khi phiên đã hết")
    dialog = page.locator("#sign-in-again")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Tên tài khoản")).to_have_value("bach")
    expect(page.locator(TITLE)).to_have_value("Hồ sơ gõ khi phiên đã hết")
    seen(page, context, "session-ended")
    dialog.get_by_label("Mật khẩu").fill("sai-mat-khau-nay")
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog).to_contain_text("Tên hoặc mật khẩu không đúng")
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(TITLE)).to_have_attribute("data-was", "Hồ sơ gõ khi phiên đã hết")
    assert kept(service, draft_id) == "Hồ sơ gõ khi phiên đã hết"
    type_in(page, "Tiêu đề hồ sơ", "Hồ sơ gõ tiếp sau đó", where="#data")  # autosave goes on
    assert kept(service, draft_id) == "Hồ sơ gõ tiếp sau đó"


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_question_that_was_closed_comes_again_with_the_next_words(
    service: Site, page: Page, context: BrowserContext
) -> None:
    begin(service, page)
    context.clear_cookies(name=COOKIE)
    type_title(page, "Chưa lưu")
    expect(page.locator("#sign-in-again")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sign-in-again")).to_have_count(0)
    expect(page.locator(f"{TITLE}-note")).to_contain_text("Chưa lưu được")
    with page.expect_response("**/fields"):
        page.locator(TITLE).dispatch_event("change")  # the same words once more ask nobody
    expect(page.locator("#sign-in-again")).to_have_count(0)
    type_title(page, "Vẫn chưa lưu")
    expect(page.locator("#sign-in-again")).to_be_visible()
    expect(page.locator(TITLE)).to_have_value("Vẫn chưa lưu")


@pytest.mark.parametrize("context", [1366, 390], indirect=True, ids=["desk", "phone"])
def test_files_on_their_way_wait_for_the_sign_in_and_all_arrive(
    service: Site, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    begin(service, page)
    files = [write_pdf(tmp_path / f"{at:02}.pdf", words=f"Tờ {at}") for at in range(12)]
    context.clear_cookies(name=COOKIE)
    give(page, "#files", files)
    dialog, told = page.locator("#sign-in-again"), page.locator("[data-upload-told]")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(told).to_contain_text("Phiên làm việc đã hết")
    expect(page.get_by_role("button", name="Thử lại")).to_have_count(0)
    seen(page, context, "upload-waits")
    told.get_by_role("button", name="Đăng nhập để tải tiếp").click()
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(told).to_contain_text("12/12 tệp đã vào bản nháp", timeout=WAIT_MS)
    expect(page.locator(".draft-document a[id]")).to_have_count(len(files))


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_form_that_grew_stale_takes_a_new_token_by_itself(service: Site, page: Page) -> None:
    draft_id = begin(service, page)
    page.locator("[data-draft]").evaluate(
        """page => page.setAttribute("hx-headers", '{"X-CSRFToken": "cu"}')"""
    )
    type_title(page, "Hồ sơ trên trang mở đã lâu")
    expect(page.locator(TITLE)).to_have_attribute("data-was", "Hồ sơ trên trang mở đã lâu")
    assert kept(service, draft_id) == "Hồ sơ trên trang mở đã lâu"


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_lost_line_is_tried_again_without_a_press(service: Site, page: Page) -> None:
    draft_id = begin(service, page)

    def broken(route: Route) -> None:
        route.abort()

    page.route("**/fields", broken)
    type_title(page, "Hồ sơ khi mất mạng")
    expect(page.locator(f"{TITLE}-note")).to_contain_text("Chưa lưu được")
    page.unroute("**/fields")
    expect(page.locator(TITLE)).to_have_attribute("data-was", "Hồ sơ khi mất mạng")
    assert kept(service, draft_id) == "Hồ sơ khi mất mạng"


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_the_older_of_two_windows_of_one_draft_is_told(
    service: Site, page: Page, context: BrowserContext
) -> None:
    begin(service, page)
    late = context.new_page()
    late.goto(page.url)
    expect(page.locator("#opened-elsewhere")).to_contain_text("cửa sổ khác")
    expect(late.locator("#opened-elsewhere")).to_have_count(0)


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_page_left_open_over_an_upgrade_says_so_and_loads_anew_with_what_was_typed(
    service: Site, page: Page, context: BrowserContext
) -> None:
    draft_id = begin(service, page)
    told = page.locator("#new-release")
    type_in(page, "Tiêu đề hồ sơ", "Hồ sơ trước khi nâng cấp", where="#data")
    expect(told).to_have_count(0)
    page.evaluate("document.body.dataset.release = '0.0.1'")  # as the release before wrote it
    type_in(page, "Tiêu đề hồ sơ", "Hồ sơ gõ trên trang cũ", where="#data")
    expect(told).to_contain_text("Hệ thống vừa được nâng cấp")
    seen(page, context, "new-release")
    page.locator(TITLE).fill("Hồ sơ gõ trước khi tải lại")
    told.get_by_role("link", name="Tải lại trang").click()
    expect(told).to_have_count(0)
    expect(page.locator(TITLE)).to_have_value("Hồ sơ gõ trước khi tải lại")
    assert kept(service, draft_id) == "Hồ sơ gõ trước khi tải lại"
