"""Office files and TIFF are read in the viewer, said to be access copies."""

import re
from collections.abc import Iterator

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PHONE, overflow_px, seen
from tests.worlds.archive import new_home, open_home
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.office_files import docx, eml, xlsx
from tests.worlds.papers.tiff import tiff
from tests.worlds.site import Site, listening
from tests.worlds.transfer.handed_over import brought_in

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture(scope="module")
def office_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A case file of a Word file, a workbook, a TIFF, a PDF with an annex, and a letter."""
    base = tmp_path_factory.mktemp("office")
    folder = base / "case"
    folder.mkdir()
    docx(folder / "a.docx")
    xlsx(folder / "b.xlsx")
    tiff(folder / "e.tif")
    write_pdf(folder / "f.pdf", words="bàn giao")
    docx(folder / "g.docx", "Thuyết minh kèm theo văn bản chính")
    eml(folder / "h.eml")
    (folder / "h.docx").unlink()  # hangs on the letter
    named = ("a.docx", "b.xlsx", "e.tif", "f.pdf;g.docx", "h.eml")
    rows = [document_row(files, codeNumber=str(n)) for n, files in enumerate(named, start=1)]
    write_sheet(folder / "danh-sach.xlsx", [case_row(CODE)], [r | {"fileCode": CODE} for r in rows])
    with open_home(new_home(base / "home")) as opened:
        brought_in(opened, folder)
        with listening(opened) as site:
            yield site


def open_document(site: Site, context: BrowserContext, page: Page, ordinal: int) -> None:
    site.enter(context, "lan")
    page.goto(f"{site.url}/case-files/{CODE}?document={ordinal}")
    expect(page.locator(".sheet canvas")).to_be_visible()


@pytest.mark.parametrize(
    ("ordinal", "words"),
    [(1, "II. Kết quả"), (2, "Trang tính “Dự toán”"), (5, "Kính gửi phòng Tài chính")],
)
def test_words_of_a_file_that_no_browser_shows_are_read_in_the_viewer(
    office_site: Site, context: BrowserContext, page: Page, ordinal: int, words: str
) -> None:
    open_document(office_site, context, page, ordinal)
    expect(page.locator(".viewer")).to_contain_text("Bản để đọc, lập từ tệp gốc")
    expect(page.locator("[data-viewer-pages]")).to_have_text(re.compile(r"^\d+$"))
    page.keyboard.press("x")
    expect(page.locator("[data-page-text]")).to_contain_text(words)
    seen(page, context, f"access-copy-{ordinal}")


def test_pages_of_a_tiff_are_turned_like_those_of_a_pdf(
    office_site: Site, context: BrowserContext, page: Page
) -> None:
    open_document(office_site, context, page, 3)
    expect(page.locator("[data-viewer-pages]")).to_have_text("3")
    page.get_by_role("button", name="Trang sau").click()
    expect(page.locator(".sheet canvas")).to_have_attribute("aria-label", "Ảnh trang 2")
    expect(page).to_have_url(re.compile("sheet=2"))
    page.reload()
    expect(page.locator(".sheet canvas")).to_have_attribute("aria-label", "Ảnh trang 2")
    seen(page, context, "access-copy-tiff")
    page.get_by_label("Công cụ xem tài liệu").click()
    with page.expect_download() as taken:
        page.locator(".viewer").get_by_role("link", name="Tải tệp về").click()
    assert taken.value.path().read_bytes()[:4] == b"II*\x00"  # what was received, not its copy
    page.evaluate("() => { window.print = () => {}; }")  # a dialog of the browser's
    page.get_by_role("button", name="In trang này").click()
    with pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True)) as printed:
        assert len(printed) == 1
        assert "In từ" in printed[0].get_textpage().get_text_bounded()


def test_a_hit_in_a_workbook_leads_to_the_marked_words(
    office_site: Site, context: BrowserContext, page: Page
) -> None:
    office_site.enter(context, "lan")
    page.goto(f"{office_site.url}/search?q=du+toan+sua+chua")
    page.locator(".hit .snip").filter(has_text="Trang tính").get_by_role("link").first.click()
    expect(page.locator(".marks .hit.now").first).to_be_visible()


def test_words_of_a_letter_lead_to_its_marked_page(
    office_site: Site, context: BrowserContext, page: Page
) -> None:
    office_site.enter(context, "lan")
    page.goto(f"{office_site.url}/search?q=kinh+gui+phong+tai+chinh")
    page.locator("a[data-item]").first.click()
    expect(page.locator(".marks .hit.now").first).to_be_visible()


def test_a_file_beside_a_pdf_is_shown_when_it_is_asked_for(
    office_site: Site, context: BrowserContext, page: Page
) -> None:
    open_document(office_site, context, page, 4)
    expect(page.locator(".viewer")).not_to_contain_text("Bản để đọc")
    page.locator("details.files summary").click()
    page.get_by_role("link", name=re.compile("Xem.*g.docx")).click()
    expect(page.locator(".viewer")).to_contain_text("Bản để đọc của tệp “g.docx”")
    expect(page.locator(".sheet canvas")).to_be_visible()


def test_an_access_copy_is_read_on_a_phone(office_site: Site, browser: Browser) -> None:
    narrow = browser.new_context(viewport={"width": PHONE, "height": 860}, locale="vi-VN")
    page = narrow.new_page()
    open_document(office_site, narrow, page, 2)
    assert overflow_px(page) == 0
    seen(page, narrow, "access-copy")
    narrow.close()
