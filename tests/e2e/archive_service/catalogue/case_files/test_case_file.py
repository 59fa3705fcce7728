"""The page of a case file: its documents, pages, data, copies and history."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from archive_service.messages import text
from archive_service.worker import work
from tests.e2e.conftest import is_sound, seen
from tests.worlds.main_job import A_CODE, B_CODE
from tests.worlds.site import Site


def test_the_archivist_goes_from_the_list_to_a_document_and_turns_its_pages(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files")
    is_sound(page)
    page.get_by_role("link", name=B_CODE).click()
    expect(page.locator(".sheet canvas")).to_be_visible()
    page.locator("[data-viewer-act=next]").click()
    expect(page.locator("[data-viewer-page]")).to_have_value("2")
    page.locator("#documents table a").nth(1).click()
    expect(page.locator("#documents tr[aria-current] td").first).to_have_text("2")
    expect(page.locator(".sheet canvas")).to_be_visible()
    is_sound(page)


def test_the_viewer_has_one_row_of_tools_and_is_on_the_first_screen_of_a_phone(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.set_viewport_size({"width": 1366, "height": 860})
    page.goto(f"{site.url}/case-files/{A_CODE}")
    rows = page.locator(".viewer-bar:visible")
    expect(rows).to_have_count(1)
    row = rows.bounding_box()
    assert row
    assert row["height"] < 60
    page.locator(".viewer-bar summary").click()
    expect(page.get_by_role("button", name="Xoay trang")).to_be_visible()
    seen(page, context, "case-file-menu")
    page.set_viewport_size({"width": 390, "height": 860})
    expect(page.get_by_role("button", name="Xoay trang")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator(".viewer-stage")).to_be_in_viewport(ratio=0.3)
    expect(page.locator(".page-head .drop-menu .icon:visible")).to_have_count(2)


def test_the_pages_come_in_ranges(site: Site, context: BrowserContext, page: Page) -> None:
    statuses: list[int] = []
    page.on(
        "response", lambda seen: statuses.append(seen.status) if "/files/" in seen.url else None
    )
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{B_CODE}")
    expect(page.locator(".sheet canvas")).to_be_visible()
    assert 206 in statuses


def test_signatures_and_term_are_explained(site: Site, context: BrowserContext, page: Page) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}?document=2")
    expect(page.get_by_text("2 chữ ký số hợp lệ").first).to_be_visible()
    page.locator("summary", has_text="Vì sao có thời hạn này").click()
    expect(page.get_by_text("Luật 33/2024/QH15, Điều 15 khoản 3").first).to_be_visible()


def test_check_now_shows_its_result_without_a_reload(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    page.get_by_role("button", name="Kiểm ngay").click()
    expect(page.get_by_text("Đang đọc lại ở mọi kho")).to_be_visible()
    work(site.services, until_empty=True)
    expect(page.get_by_role("button", name="Kiểm ngay")).to_be_visible()
    expect(page.get_by_text("2/2 kho nguyên vẹn")).to_be_visible()


def test_the_whole_case_file_is_downloaded_as_one_pdf(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    page.locator("summary", has_text="Xuất").click()
    seen(page, context, "case-file-exports")
    with page.expect_download() as started:
        page.get_by_role("link", name=re.compile("Xuất PDF")).click()
    assert started.value.suggested_filename == f"{A_CODE}.pdf"


def test_the_page_fits_a_small_phone_in_the_dark_in_english(site: Site, browser: Browser) -> None:
    narrow = browser.new_context(viewport={"width": 320, "height": 700}, color_scheme="dark")
    site.enter(narrow, "luutru")
    narrow.add_cookies([{"name": "lang", "value": "en", "url": site.url}])
    page = narrow.new_page()
    for place in ("/case-files", f"/case-files/{A_CODE}"):
        page.goto(f"{site.url}{place}")
        assert page.locator("html").get_attribute("lang") == "en"
        is_sound(page)
    narrow.close()


def test_two_acts_stand_at_hand_and_the_rest_in_menus(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    head = page.locator(".page-head")
    shown = head.locator("a.btn, button.btn:not(.btn-icon), summary.btn").all_inner_texts()
    assert [one.strip() for one in shown] == ["Sửa dữ liệu", "Xuất", ""]
    page.get_by_label("Việc khác").click()
    seen(page, context, "case-file-more-acts")
    page.get_by_role("link", name=text("pages.arrange.open", "vi")).click()
    expect(page).to_have_url(re.compile("arrange"))


def test_conditions_of_the_list_are_chips_that_can_be_dropped(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files")
    expect(page.get_by_label("Tình trạng")).to_have_value("")
    page.get_by_label("Tình trạng").select_option("stored")
    chip = page.get_by_role("group", name="Đang lọc theo").get_by_role("link")
    expect(chip).to_contain_text("Đã lưu kho")
    seen(page, context, "case-files-chips")
    chip.click()
    expect(page.get_by_role("group", name="Đang lọc theo")).to_have_count(0)
    expect(page.locator("a[data-item]").first).to_be_visible()
