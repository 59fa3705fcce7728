"""What proves a case file is printed on one sheet, for who may read its history."""

from pathlib import Path

import pypdfium2
from playwright.sync_api import Browser, BrowserContext, Page, expect

import archive_service
from tests.e2e.conftest import PHONE, seen
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site

PRINT = Path(archive_service.__file__).parent / "static" / "css" / "print.css"
A_VERSION = """<article class="sheet-of-evidence"><ul class="checks"><li>nguyên trạng<span
class="meta d-block">20 tệp, 326 KB</span><span class="meta d-block">của bảng kê</span></li></ul>
</article>"""
MOST_VERSIONS = 7  # one more than are shown
AS_LONG_AS_CAN_BE = """(list, most) => {
  while (list.children.length < most) list.append(list.firstElementChild.cloneNode(true));
}"""


def test_times_copies_and_versions_go_on_one_sheet(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    page.locator("summary", has_text="Xuất").click()
    page.get_by_role("link", name="Trang chứng cứ").click()
    sheet = page.locator(".sheet-of-evidence")
    for said in (A_CODE, "Tiếp nhận", "kho1", "kho2", "Nguyên vẹn", "SHA-256", "niêm phong"):
        expect(sheet).to_contain_text(said)
    seen(page, context, "evidence-sheet")
    page.emulate_media(media="print")
    page.locator(".sheet-of-evidence .checks").evaluate(AS_LONG_AS_CAN_BE, MOST_VERSIONS)
    with pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True)) as printed:
        assert len(printed) == 1


def test_what_has_lines_of_its_own_on_a_screen_is_parted_on_paper(page: Page) -> None:
    page.set_content(f"<style>{PRINT.read_text(encoding='utf-8')}</style>{A_VERSION}")
    with pypdfium2.PdfDocument(page.pdf()) as printed:
        words = "".join(printed[0].get_textpage().get_text_range().split())  # faces part letters
    assert words == "nguyêntrạng;20tệp,326KB;củabảngkê"


def test_who_may_not_read_the_history_gets_no_sheet(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    answer = page.request.get(f"{site.url}/case-files/{A_CODE}/evidence")
    assert answer.status == 403
    page.goto(f"{site.url}/case-files/{A_CODE}")
    expect(page.get_by_role("link", name="Trang chứng cứ")).to_have_count(0)


def test_the_sheet_is_read_on_a_phone(site: Site, browser: Browser) -> None:
    narrow = browser.new_context(viewport={"width": PHONE, "height": 860}, locale="vi-VN")
    site.enter(narrow, "luutru")
    page = narrow.new_page()
    page.goto(f"{site.url}/case-files/{A_CODE}/evidence")
    seen(page, narrow, "evidence-sheet")
    narrow.close()
