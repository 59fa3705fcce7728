"""Back after each step of officer, archivist and head, and the button pressed once more."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from ingest.submissions.acts import accept
from tests.e2e.conftest import do_all
from tests.e2e.ingest.drafts.draft_page import WAIT_MS, drop, type_in
from tests.e2e.ingest.drafts.pointer import middle
from tests.e2e.ingest.submissions.desk.desk_page import service, submit, without_warnings
from tests.e2e.ingest.submissions.planned import add_plan
from tests.worlds.archive import person, small_pdf_case
from tests.worlds.door import write_pdf
from tests.worlds.site import Site

__all__ = ["service"]  # a fixture
pytestmark = pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
CODE = "H40.18.2025.51.QLCT"
TITLE = "Hồ sơ gõ trước khi bấm quay lại"


def told(service: Site, tag: str) -> int:
    with service.services.read_only() as session:
        return session.scalar(select(func.count()).where(AuditEvent.tag == tag)) or 0


def started(page: Page) -> None:
    expect(page.locator("html[data-started]")).to_be_attached()


def test_an_officer_loses_nothing_and_sends_once(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    add_plan(service, 2025, "08.QLCT")
    service.enter(context, "bach")
    page.goto(f"{service.url}/my-case-files")
    started(page)
    row = page.locator("[data-takes-drops]")
    drop(context, page, write_pdf(tmp_path / "01. Báo cáo.pdf"), at=middle(row))
    expect(row.locator("[data-upload-told]")).to_contain_text("1/1", timeout=WAIT_MS)
    row.get_by_role("button", name="Làm tiếp").click()
    expect(page.locator(".draft-document")).to_have_count(1, timeout=WAIT_MS)
    page.go_back()
    row.get_by_role("button", name="Làm tiếp").click()  # the same draft, not another one
    expect(page.locator(".draft-document")).to_have_count(1, timeout=WAIT_MS)
    draft = page.url
    started(page)
    page.locator("#f-0-title").fill(TITLE)
    page.go_back()  # before anything was saved by hand
    expect(row).to_be_visible()
    row.get_by_role("button", name="Làm tiếp").click()
    expect(page).to_have_url(draft)
    expect(page.locator("#f-0-title")).to_have_value(TITLE)
    type_in(page, "Thời gian bắt đầu", "01/03/2025", where="#data")
    page.locator(".draft-document a[id]").click()
    type_in(page, "Ngày, tháng, năm tài liệu", "10/03/2025")
    expect(page.locator("#why")).not_to_contain_text("bắt buộc", timeout=WAIT_MS)
    page.locator("#send").click()
    expect(page).to_have_url(re.compile("/submissions/"), timeout=WAIT_MS)
    sent = page.url
    page.go_back()
    if page.locator("#send").count():  # as the browser kept it
        page.locator("#send").click()
    expect(page).to_have_url(re.compile(f"^{sent}"))
    expect(page.get_by_role("main")).to_contain_text(TITLE)
    assert told(service, "submission:received") == 1
    with service.services.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 1


def test_an_archivist_decides_each_once(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    folders = [small_pdf_case(tmp_path / str(at), code=f"H40.18.2025.4{at}.QLCT") for at in (1, 2)]
    for submission_id in submit(service, *folders):
        without_warnings(service, submission_id)
    service.enter(context, "lan")
    page.goto(f"{service.url}/desk")
    started(page)
    accept = page.locator("#desk-bar").get_by_role("button", name="Tiếp nhận")
    first = page.locator(".desk-head .code").inner_text()
    accept.click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã tiếp nhận {first}")
    page.go_back()
    second = page.locator(".desk-head .code")
    expect(second).not_to_have_text(first)  # the desk as it is now
    started(page)
    name = second.inner_text()
    other = context.new_page()  # the same form, open a second time
    other.goto(f"{service.url}/desk")
    expect(other.locator(".desk-head .code")).to_have_text(name)
    started(other)
    accept.click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã tiếp nhận {name}")
    other.locator("#desk-bar").get_by_role("button", name="Tiếp nhận").click()
    expect(other.locator("#toasts")).to_contain_text(f"Đã tiếp nhận {name}")  # it was
    page.go_back()
    expect(page.get_by_role("main")).to_contain_text("Không còn hồ sơ nào chờ")
    assert told(service, "submission:accepted") == 2


def test_a_head_confirms_once(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    (sent,) = submit(service, small_pdf_case(tmp_path / "case", code=CODE))
    accept(service.services, sent, actor=person(service.services, "lan"))
    do_all(service)
    lan = person(service.services, "lan")
    describe_case_file(
        service.services,
        CODE,
        {1: {"mode": "02"}},
        reason="Có dữ liệu cá nhân",
        actor=lan,
    )
    service.enter(context, "hung")
    page.goto(f"{service.url}/approvals")
    page.get_by_role("link", name="Đổi chế độ sử dụng").first.click()
    stale = context.new_page()  # the same form, open a second time
    stale.goto(page.url)
    page.get_by_label("Ý kiến").fill("Đồng ý")
    page.get_by_role("button", name="Xác nhận").click()
    expect(page.get_by_text("Đã xác nhận chế độ sử dụng.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("main")).to_contain_text("Không có việc nào chờ phê duyệt")
    stale.get_by_label("Ý kiến").fill("Đồng ý")
    stale.get_by_role("button", name="Xác nhận").click()
    expect(stale.get_by_role("main")).to_contain_text("đã được hung quyết định")
    expect(stale.get_by_role("main")).to_contain_text("Không cần làm gì thêm")
    assert told(service, "access-mode:confirmed") == 1
