"""Areas are drawn on the picture of a page, kept, changed by the keyboard, and dropped."""

from playwright.sync_api import BrowserContext, Page, expect

from archive_service.catalogue.use_requests.acts import list_access_requests, make_access_request
from archive_service.catalogue.use_requests.given import Wish
from archive_service.domain.people.account import Role
from tests.e2e.conftest import seen
from tests.worlds.archive import person
from tests.worlds.clients import add_person
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site


def test_an_area_is_drawn_kept_and_dropped(site: Site, context: BrowserContext, page: Page) -> None:
    for name, role in (("nguoi.doc", Role.ARCHIVIST), ("phu.trach", Role.HEAD)):
        add_person(site.services, name, role)
    wish = Wish(
        code=A_CODE, document=1, purpose="Xác minh", person="Trần Văn B", identity="C1234567"
    )
    made = make_access_request(site.services, wish, actor=person(site.services, "nguoi.doc"))
    site.enter(context, "phu.trach")
    page.goto(f"{site.url}/use-requests/{made.id}/redact")
    sheet = page.locator("[data-redact-sheet] img")
    expect(sheet).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-started", "")
    sheet.scroll_into_view_if_needed()
    frame = sheet.bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + frame["width"] * 0.2, frame["y"] + 100)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.6, frame["y"] + 160, steps=4)
    page.mouse.up()
    expect(page.locator(".redact-area")).to_have_count(1)
    expect(page.get_by_label("Từ trái (%)").first).to_have_value("20.00")
    expect(page.get_by_label("Rộng (%)").first).to_have_value("40.00")
    page.get_by_label("Lý do").first.select_option("family-secret")
    seen(page, context, "redaction")
    page.get_by_role("button", name="Lưu các vùng che").press("Enter")
    expect(page.get_by_text("Đã lưu 1 vùng che.")).to_be_visible()
    second = page.locator("[data-redact-row]").nth(1)
    for name, value in (
        ("page", "1"),
        ("left", "5"),
        ("top", "50"),
        ("width", "9"),
        ("height", "9"),
    ):
        second.locator(f"[name=area-{name}]").fill(value)
    expect(page.locator(".redact-area")).to_have_count(2)
    page.get_by_role("button", name="Bỏ").first.press("Enter")
    expect(page.locator(".redact-area")).to_have_count(1)
    page.get_by_role("button", name="Lưu các vùng che").press("Enter")
    expect(page.locator("[data-redact-row]")).to_have_count(2)
    rows = list_access_requests(site.services, actor=person(site.services, "phu.trach")).requests
    (row,) = (access_request for access_request in rows if access_request.id == made.id)
    assert [(area.left, area.top, area.reason) for area in row.areas] == [
        (0.05, 0.5, "personal-data")
    ]
