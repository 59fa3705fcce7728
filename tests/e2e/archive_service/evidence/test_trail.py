"""The auditor reads the trail and has it verified."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import is_sound
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site


def test_the_trail_is_filtered_and_verified(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "thanhtra")
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="Kiểm chứng nhật ký").click()
    expect(page.get_by_text("Nhật ký khớp nhưng chưa chứng minh được")).to_be_visible()
    is_sound(page)
    page.goto(f"{site.url}/audit")
    page.fill("#filter", A_CODE)
    page.press("#filter", "Enter")
    expect(page.get_by_role("link", name=A_CODE).first).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="XLSX").click()
    assert started.value.suggested_filename == "nhat-ky.xlsx"
