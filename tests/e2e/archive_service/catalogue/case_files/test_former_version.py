"""A former version is opened from the case file's page; a change of its mode waits for the head."""

from playwright.sync_api import BrowserContext, Page, expect

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.holdings.rows import get_case_file
from tests.e2e.conftest import is_sound
from tests.worlds.archive import person
from tests.worlds.main_job import A_CODE, B_CODE
from tests.worlds.site import Site


def test_the_archivist_reads_version_1_and_goes_back(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{B_CODE}#versions")
    page.get_by_role("link", name="Phiên bản 1", exact=True).click()
    expect(page.get_by_text("Phiên bản cũ", exact=True)).to_be_visible()
    expect(page.locator(".sheet img, .sheet canvas").first).to_be_visible()
    is_sound(page)
    page.get_by_role("link", name="Về phiên bản hiện hành").click()
    expect(page).to_have_url(f"{site.url}/case-files/{B_CODE}")


def test_the_head_decides_on_a_mode_where_approvals_wait(
    site: Site, context: BrowserContext, page: Page
) -> None:
    actor, reason = person(site.services, "luutru"), "Có dữ liệu cá nhân"
    with site.services.read_only() as session:  # one and the same site at every width
        now = get_case_file(session, A_CODE, actor=actor).documents[0].mode
    mode = "02" if now == "01" else "01"
    describe_case_file(site.services, A_CODE, {1: {"mode": mode}}, reason=reason, actor=actor)
    site.enter(context, "phutrach")
    page.goto(f"{site.url}/approvals")
    page.get_by_role("link", name="Đổi chế độ sử dụng").first.click()
    expect(page.get_by_text("Có dữ liệu cá nhân")).to_be_visible()
    is_sound(page)
    page.get_by_label("Ý kiến").fill("Đồng ý")
    page.get_by_role("button", name="Xác nhận").click()
    expect(page.get_by_text("Đã xác nhận chế độ sử dụng.")).to_be_visible()
    expect(page.get_by_text("Có dữ liệu cá nhân")).to_have_count(0)


def test_boxes_to_tick_stand_within_their_list(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files")
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 860})
        box = page.locator("input.pick").first.bounding_box()
        table = page.locator("table:has(input.pick)").bounding_box()
        assert box
        assert table
        assert box["x"] >= table["x"]
