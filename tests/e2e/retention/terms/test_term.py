"""The term of a case file in a browser: an event with its preview, and a group that is chosen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from retention.terms.changes import set_term
from retention.terms.rules import RetentionRule
from tests.e2e.conftest import seen
from tests.worlds.main_job import A_CODE, Held
from tests.worlds.site import Site, served


@pytest.fixture(scope="module")
def own(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy of the archive: terms are moved in it."""
    with served(held.copied(tmp_path_factory.mktemp("terms") / "home").home) as listening:
        yield listening


def put_under(site: Site, rule: RetentionRule) -> None:
    """Let A fall under a rule, with documents that say no term."""
    with site.services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == A_CODE)).one()
        for document in row.documents:
            document.maintenance = None
        row.end_date = "2019-05-01"
        set_term(session, row, rule, cause="classified", by="luutru")


def test_an_event_is_tried_recorded_and_taken_back(
    own: Site, context: BrowserContext, page: Page
) -> None:
    put_under(own, RetentionRule("H.1", "Hợp đồng", 5, "TT 1, mục 1", event="contract-ends"))
    own.enter(context, "luutru")
    page.goto(f"{own.url}/case-files/{A_CODE}")
    page.get_by_role("link", name="Thời hạn lưu trữ").click()
    seen(page, context, "case-term-waits")
    page.get_by_role("button", name="Ghi nhận sự kiện").first.click()
    asked = page.locator("#event-dialog")
    asked.get_by_label("Văn bản chứng minh").fill("BB thanh lý 07/BB")
    asked.get_by_label("Ngày xảy ra").fill("2020-03-01")
    asked.get_by_label("Ngày xảy ra").blur()
    expect(asked.get_by_text("Ngày cuối sẽ là: 31/12/2025")).to_be_visible()
    seen(page, context, "case-term-event")
    asked.get_by_role("button", name="Ghi nhận sự kiện").click()
    expect(page.get_by_text("Đã tính lại thời hạn. Ngày cuối: 31/12/2025")).to_be_visible()
    seen(page, context, "case-term-counts")
    page.get_by_role("button", name="Rút lại").first.click()
    taken = page.locator("dialog[open]")
    taken.get_by_label("Lý do rút lại").fill("Ghi nhầm hồ sơ")
    taken.get_by_role("button", name="Rút lại").click()
    expect(page.get_by_text("chưa ghi nhận việc này")).to_be_visible()


def test_an_equivalent_group_is_found_tried_and_chosen(
    own: Site, context: BrowserContext, page: Page
) -> None:
    put_under(own, RetentionRule("declared", "", 3, "TT 05", "declared", "declared"))
    own.enter(context, "luutru")
    page.goto(f"{own.url}/case-files/{A_CODE}/term")
    page.get_by_role("button", name="Chọn nhóm tương đương").first.click()
    asked = page.locator("#choose-dialog")
    asked.get_by_label("Tìm mục của bảng thời hạn").press_sequentially("cong van")
    asked.get_by_role("radio").first.check()
    expect(asked.get_by_text("Ngày cuối sẽ là")).to_be_visible()
    seen(page, context, "case-term-group")
    asked.get_by_label("Căn cứ, lý do").fill("Cùng loại việc")
    asked.get_by_role("button", name="Chọn nhóm tương đương").click()
    expect(page.get_by_role("heading", name="Các lần đổi thời hạn")).to_be_visible()
    expect(page.get_by_text("Cùng loại việc").first).to_be_visible()
    seen(page, context, "case-term-chosen")
