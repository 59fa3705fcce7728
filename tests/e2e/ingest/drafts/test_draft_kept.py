"""What is typed into a draft is never lost: not by haste, by a slow line, nor by another window."""

from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from archive_service.domain.intake.submission import Submission, SubmissionState
from tests.e2e.ingest.drafts.draft_page import begin, give, type_in
from tests.worlds.door import write_pdf
from tests.worlds.site import Site

pytestmark = pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])


WAIT_MS = 90_000  # a busy machine takes its time to read page 1


def complete(service: Site, page: Page, folder: Path) -> UUID:
    """A draft with one document that may be handed in."""
    draft_id = begin(service, page)
    give(page, "#files", write_pdf(folder / "01. Báo cáo.pdf"))
    type_in(page, "Thời gian bắt đầu", "01/03/2025", where="#data")
    page.locator(".draft-document a[id]").click()
    type_in(page, "Ngày, tháng, năm tài liệu", "10/03/2025")
    expect(page.locator("#why")).not_to_contain_text("bắt buộc", timeout=WAIT_MS)
    return draft_id


def handed_in(page: Page, draft_id: UUID) -> None:
    """Wait for the page of what was handed in; in steps, so that a slowed request goes on."""
    for _ in range(WAIT_MS // 500):
        if page.url.endswith(f"/submissions/{draft_id}"):
            return
        page.wait_for_timeout(500)
    raise AssertionError(page.url)


def of(service: Site, draft_id: UUID) -> Submission:
    with service.services.read_only() as session:
        return session.get_one(Submission, draft_id)


def broken(route: Route) -> None:
    route.abort()


def slow_down(context: BrowserContext, page: Page) -> None:
    """Each request of the page takes 0.7 s more, as on a slow line."""
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def test_what_is_typed_just_before_it_is_handed_in_is_handed_in(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    draft_id = complete(service, page, tmp_path)
    slow_down(context, page)
    page.locator("#f-0-title").fill("Hồ sơ gõ xong bấm nộp ngay")
    page.locator("#document").get_by_label("Trích yếu").fill("Báo cáo sửa phút chót")
    page.locator("#send").dblclick()
    handed_in(page, draft_id)
    sent = of(service, draft_id)
    assert sent.state is SubmissionState.RECEIVED
    assert sent.case_file().fields["title"] == "Hồ sơ gõ xong bấm nộp ngay"
    assert sent.case_file().documents[0].fields["subject"] == "Báo cáo sửa phút chót"


def test_a_line_that_breaks_hands_nothing_in_and_keeps_what_was_typed(
    service: Site,
    context: BrowserContext,
    tmp_path: Path,
) -> None:
    page = context.new_page()
    draft_id = complete(service, page, tmp_path)
    page.route("**/fields", broken)
    page.locator("#f-0-title").fill("Hồ sơ trên đường truyền đứt")
    page.locator("#send").click()
    expect(page.locator("#f-0-title-note")).to_contain_text("Chưa lưu được", timeout=WAIT_MS)
    expect(page.locator("#f-0-title")).to_be_focused()
    assert of(service, draft_id).state is SubmissionState.DRAFT
    page.unroute("**/fields")
    page.locator("#send").click()
    handed_in(page, draft_id)
    assert of(service, draft_id).case_file().fields["title"] == "Hồ sơ trên đường truyền đứt"


def test_what_is_typed_before_the_scripts_are_there_is_saved_and_no_conflict(
    service: Site, page: Page
) -> None:
    draft_id = begin(service, page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/draft.js*", hold)
    page.reload(wait_until="domcontentloaded")
    with page.expect_response("**/fields") as saved:
        page.locator("#f-0-title").fill("Hồ sơ gõ khi trang chưa mở xong")
    assert saved.value.status == 200, saved.value.text()
    assert held, "the page had its scripts"
    assert of(service, draft_id).case_file().fields["title"] == "Hồ sơ gõ khi trang chưa mở xong"
    held.pop().continue_()
    expect(page.locator("#f-0-title")).to_have_attribute(
        "data-was", "Hồ sơ gõ khi trang chưa mở xong"
    )


def test_what_another_window_changed_is_not_handed_in_unseen(
    service: Site,
    context: BrowserContext,
    page: Page,
    tmp_path: Path,
) -> None:
    draft_id = complete(service, page, tmp_path)
    late = context.new_page()
    late.goto(page.url)
    type_in(page, "Tiêu đề hồ sơ", "Hồ sơ sửa ở cửa sổ khác", where="#data")
    late.locator("#send").click()
    expect(late.locator(".finding.error").first).to_contain_text(
        "Hồ sơ sửa ở cửa sổ khác", timeout=WAIT_MS
    )
    expect(late.locator("#f-0-title")).to_have_value("Hồ sơ sửa ở cửa sổ khác")
    assert of(service, draft_id).state is SubmissionState.DRAFT
    late.locator("#send").click()
    handed_in(late, draft_id)
