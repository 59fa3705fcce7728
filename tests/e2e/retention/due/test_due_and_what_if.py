"""What falls due and what a draft would change, in a browser, over some hundred case files."""

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service.bench.retention import seed
from tests.e2e.conftest import do_all, seen, width_of
from tests.worlds.main_job import Held
from tests.worlds.site import Site, served


@pytest.fixture(scope="module")
def full(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The archive with three hundred more of ten agencies, and a draft of their schedule."""
    home = held.copied(tmp_path_factory.mktemp("full") / "home").home
    with served(home) as listening:
        seeding = threading.Thread(target=seed, args=(listening.services, 300))
        seeding.start()
        seeding.join()
        yield listening


def test_a_year_of_the_calendar_leads_to_its_case_files(
    full: Site, context: BrowserContext, page: Page
) -> None:
    full.enter(context, "luutru")
    page.goto(f"{full.url}/due-calendar")
    expect(page.get_by_role("heading", name="Số hồ sơ đến hạn theo năm")).to_be_visible()
    seen(page, context, "due-calendar")
    page.get_by_role("link", name=re.compile("^Quá hạn")).first.click()
    expect(page).to_have_url(re.compile("ends=over"))
    expect(page.locator("[data-list] tbody tr")).to_have_count(15)


def test_a_draft_is_tried_and_what_moves_is_listed(
    full: Site, context: BrowserContext, page: Page
) -> None:
    full.enter(context, "phutrach")
    page.goto(f"{full.url}/retention-schedules")
    page.get_by_role("row", name="Bản nháp").get_by_role("link").click()
    seen(page, context, "draft-before")
    page.get_by_role("button", name=re.compile("^Thử")).click()
    do_all(full)
    page.reload()
    expect(page.get_by_text("Hồ sơ đổi ngày cuối, theo năm hết hạn")).to_be_visible()
    seen(page, context, "draft-tried")
    page.get_by_role("link", name="Hết hạn muộn hơn").click()
    seen(page, context, "draft-moves")
    page.get_by_role("link", name="Tiếp theo").click()
    expect(page.get_by_role("link", name="Từ đầu")).to_be_visible()


def test_what_is_over_is_ticked_and_proposed_for_one_agency(
    full: Site, context: BrowserContext, page: Page
) -> None:
    full.enter(context, "luutru")
    page.goto(f"{full.url}/case-files?state=stored&ends=over")
    seen(page, context, "due-list")
    page.get_by_role("link", name=re.compile(r"^Đề nghị cả \d+ hồ sơ")).click()
    expect(page.get_by_text(re.compile(r"Các hồ sơ này thuộc \d+ cơ quan"))).to_be_visible()
    expect(page.get_by_role("button", name="Lập danh sách")).to_have_attribute(
        "aria-disabled", "true"
    )
    seen(page, context, "disposition-new-agencies")
    of_agency = page.get_by_role("alert").get_by_role("link")
    of_agency.nth(0 if width_of(context) == 1366 else 1).click()  # each width one of its own
    expect(page.get_by_role("button", name="Lập danh sách")).to_be_enabled()
    ticked = page.get_by_role("checkbox", name=re.compile("^Chọn H40"))
    expect(ticked.first).to_be_checked()
    many = ticked.count()
    ticked.first.uncheck()
    page.get_by_label("Lý do").fill("Hết thời hạn lưu trữ")
    seen(page, context, "disposition-new-ticked")
    page.get_by_role("button", name="Lập danh sách").click()
    expect(page.get_by_role("heading", name="Danh mục")).to_contain_text(str(many - 1))
    page.goto(f"{full.url}/case-files?state=stored&ends=over")
    standing = page.get_by_role("link", name=re.compile("^Trong danh sách xem xét hủy"))
    expect(standing.first).to_be_visible()
    row = page.locator("[data-list] tbody tr").filter(has=standing).first
    expect(row.get_by_role("checkbox")).to_have_count(0)  # it is not ticked for a second list
    seen(page, context, "due-list-marked")
