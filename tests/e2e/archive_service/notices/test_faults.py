"""A fault is reported from the page where it happened, and answered, at a desk and on a phone."""

import io

from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.e2e.conftest import seen, width_of
from tests.worlds.site import Site

ARCHIVIST, ADMIN = "luutru", "quantri"


def screenshot() -> FilePayload:
    """A picture as a person would attach it."""
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "white").save(out, "PNG")
    return {"name": "man-hinh.png", "mimeType": "image/png", "buffer": out.getvalue()}


def test_from_the_menu_of_a_page_to_the_answer(
    site: Site, context: BrowserContext, page: Page
) -> None:
    did = f"Bấm “Nộp” thì trang trắng ({width_of(context)})"
    site.enter(context, ARCHIVIST)
    page.goto(f"{site.url}/notices")
    page.locator("details.drop-menu summary:has(.avatar)").click()
    page.get_by_role("link", name="Báo lỗi").click()
    expect(page.get_by_label("Trang xảy ra lỗi")).to_have_value("/notices")
    seen(page, context, "bao-loi")
    page.get_by_label("Đã làm gì, thấy gì").fill(did)
    page.get_by_label("Ảnh chụp màn hình").set_input_files(screenshot())
    page.get_by_role("button", name="Gửi báo lỗi").click()
    row = page.get_by_role("row").filter(has_text=did)
    expect(row.get_by_text("Mới", exact=True)).to_be_visible()
    expect(row.get_by_role("link", name="Xem ảnh chụp màn hình")).to_be_visible()
    seen(page, context, "loi-da-bao")

    context.clear_cookies()
    site.enter(context, ADMIN)
    page.goto(f"{site.url}/system/faults")
    row = page.get_by_role("row").filter(has_text=did)
    row.get_by_text("Trả lời…").click()
    seen(page, context, "loi-duoc-bao")
    row.get_by_role("button", name="Đã xong").click()
    expect(page.get_by_text("Nội dung còn trống")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=did)
    row.get_by_label("Trả lời").fill("Đã sửa, xin thử lại.")
    row.get_by_role("button", name="Đã xong").click()
    row = page.get_by_role("row").filter(has_text=did)
    expect(row.get_by_role("button")).to_have_count(0)
    expect(row.get_by_text("Đã xong", exact=True)).to_be_visible()

    context.clear_cookies()
    site.enter(context, ARCHIVIST)
    page.goto(f"{site.url}/notices")
    told = page.get_by_role("row").filter(has_text="Báo lỗi đã xong")
    expect(told.filter(has_text=did).first).to_be_visible()
    page.goto(f"{site.url}/faults")
    row = page.get_by_role("row").filter(has_text=did)
    expect(row.get_by_text("Đã sửa, xin thử lại.")).to_be_visible()
