"""The clerk has all copies that wait signed by one act, closes the browser, and finds them done."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import barriers, do_all, is_sound
from tests.worlds.archive import copy_home
from tests.worlds.digitize.copies_waiting import WAITING_CODE, waiting_home
from tests.worlds.digitize.scanned import CLERK
from tests.worlds.site import Site, served


@pytest.fixture(scope="module")
def clerks_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made beside the browser's own loop, which signing cannot share."""
    place = tmp_path_factory.mktemp("clerk")
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(waiting_home, place, copies=3).result()


@pytest.fixture
def clerks_site(clerks_home: Path, tmp_path: Path) -> Iterator[Site]:
    with served(copy_home(clerks_home, tmp_path / "home")) as listening:
        yield listening


def test_copies_are_signed_while_the_browser_is_closed(
    clerks_site: Site, context: BrowserContext, page: Page
) -> None:
    clerks_site.enter(context, CLERK)
    page.goto(f"{clerks_site.url}/")
    expect(page.get_by_role("heading", name="Bản số hóa chờ ký số")).to_be_visible()
    is_sound(page)
    page.get_by_role("button", name="Ký tất cả 3 bản").click()
    expect(page.get_by_text("Đang ký; có thể đóng trang này")).to_be_visible()
    page.goto("about:blank")
    do_all(clerks_site)
    page.goto(f"{clerks_site.url}/signing")
    expect(page.get_by_text("Lần ký gần nhất xong")).to_be_visible()
    expect(page.get_by_text("3/3")).to_be_visible()
    assert barriers(page) == []


def test_where_the_line_breaks_the_button_comes_back_and_says_what_to_do(
    clerks_site: Site, context: BrowserContext, tmp_path: Path
) -> None:
    clerks_site.enter(context, CLERK)
    page = context.new_page()  # one whose console tells of the broken line, as it should
    page.goto(f"{clerks_site.url}/signing/copies")
    page.get_by_role("button", name="Cấp bản sao").click()
    page.fill("#code", WAITING_CODE)
    page.route("**/signing/copies/issue", lambda route: route.abort("internetdisconnected"))
    signs = page.get_by_role("button", name="Ký và tải về")
    signs.click()
    expect(page.get_by_role("alert").get_by_text("Hãy kiểm tra mạng rồi bấm lại")).to_be_visible()
    expect(signs).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#code")).to_have_value(WAITING_CODE)
    assert barriers(page) == []
    page.unroute("**/signing/copies/issue")
    with page.expect_download() as started:
        signs.click()
    started.value.save_as(tmp_path / "copy.pdf")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_copy_for_use_is_asked_for_and_downloaded(
    clerks_site: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    clerks_site.enter(context, CLERK)
    page.goto(f"{clerks_site.url}/signing/copies")
    is_sound(page)
    page.get_by_role("button", name="Cấp bản sao").click()
    page.fill("#code", WAITING_CODE)
    page.fill("#pages", "99")
    page.select_option("#form", "sao-luc")
    page.get_by_role("button", name="Ký và tải về").click()
    expect(page.get_by_role("dialog").get_by_text("99")).to_be_visible()
    is_sound(page)
    expect(page.get_by_role("dialog").locator("#pages")).to_have_value("99")
    page.fill("#pages", "")
    with page.expect_download() as started:
        page.get_by_role("button", name="Ký và tải về").click()
    assert started.value.suggested_filename == f"{WAITING_CODE}.1.sao-luc.pdf"
    expect(page.get_by_role("dialog")).to_be_hidden()
    started.value.save_as(tmp_path / "copy.pdf")
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        assert len(pdf.Root.AcroForm.Fields) == 1
