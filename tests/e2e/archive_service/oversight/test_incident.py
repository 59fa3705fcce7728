"""An incident is told, marked, written of and reported, at a desk and on a phone."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import seen, width_of
from tests.worlds.site import Site

HEAD = "phutrach"


def test_from_the_telling_to_the_report(site: Site, context: BrowserContext, page: Page) -> None:
    what = f"Mất ổ đĩa sao lưu khi vận chuyển ({width_of(context)})"
    site.enter(context, HEAD)
    page.goto(f"{site.url}/system/incidents")
    page.get_by_label("Việc gì đã xảy ra").fill(what)
    page.get_by_role("button", name="Báo sự cố").click()
    expect(page.get_by_text(what, exact=True)).to_be_visible()
    page.get_by_label("Vi phạm quy định về bảo vệ dữ liệu cá nhân").check()
    page.get_by_role("button", name="Đánh dấu", exact=True).click()
    report = page.get_by_role("region", name="Thông báo vi phạm quy định bảo vệ dữ liệu cá nhân")
    expect(report.get_by_text("Chưa gửi", exact=True)).to_be_visible()
    report.get_by_text("Điền văn bản").click()
    report.get_by_label("Số chủ thể dữ liệu cá nhân bị ảnh hưởng").fill("12 người")
    seen(page, context, "su-co")
    report.get_by_role("button", name="Lưu nội dung").click()
    report.get_by_text("Điền văn bản").click()
    persons = report.get_by_label("Số chủ thể dữ liệu cá nhân bị ảnh hưởng")
    expect(persons).to_have_value("12 người")
    page.goto(f"{site.url}/system/incidents")
    expect(page.get_by_role("row").filter(has_text=what).first).to_be_visible()
    seen(page, context, "su-co-phai-bao-cao")
    page.get_by_role("row").filter(has_text=what).get_by_role("link").first.click()
    report.get_by_text("Ghi nhận đã gửi", exact=True).first.click()
    report.get_by_role("button", name="Ghi nhận đã gửi").click()
    expect(report.get_by_text("Đã gửi đúng hạn", exact=True)).to_be_visible()
