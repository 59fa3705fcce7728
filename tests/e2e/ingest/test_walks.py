"""A whole day in a real browser: from drop to receipt, ten by keys, presses made twice."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.web.session import COOKIE
from ingest.submissions import acts as submissions_acts
from tests.e2e.conftest import do_all, is_sound
from tests.e2e.ingest.drafts.draft_page import WAIT_MS, drop, type_in
from tests.e2e.ingest.drafts.pointer import middle
from tests.e2e.ingest.submissions.desk.desk_page import (
    BAD,
    WARNED,
    bad_case,
    press,
    submit,
    warned_case,
    without_warnings,
)
from tests.e2e.ingest.submissions.planned import add_plan
from tests.worlds.archive import PASSWORD, person, small_pdf_case
from tests.worlds.door import write_pdf
from tests.worlds.site import Site

pytestmark = pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
CLEAN = 8


def test_an_officer_goes_from_drop_to_receipt_and_the_session_ends_on_the_way(
    service: Site, context: BrowserContext, tmp_path: Path
) -> None:
    page = context.new_page()  # that a request is refused is what it is about
    add_plan(service, 2025, "08.QLCT")
    page.goto(f"{service.url}/my-case-files")
    expect(page.locator("html[data-started]")).to_be_attached()
    row = page.locator("[data-takes-drops]")
    drop(context, page, write_pdf(tmp_path / "01. Báo cáo.pdf"), at=middle(row))
    expect(row.locator("[data-upload-told]")).to_contain_text("1/1", timeout=WAIT_MS)
    row.get_by_role("button", name="Làm tiếp").click()
    expect(page.locator(".draft-document")).to_have_count(1, timeout=WAIT_MS)
    draft = page.url
    page.go_back()
    expect(row.get_by_role("button", name="Làm tiếp")).to_be_visible()
    page.go_forward()
    expect(page).to_have_url(draft)
    type_in(page, "Thời gian bắt đầu", "01/03/2025", where="#data")
    context.clear_cookies(name=COOKIE)
    page.locator("#f-0-title").fill("Hồ sơ qua một phiên đã hết")
    page.locator("#f-0-title").blur()
    dialog = page.locator("#sign-in-again")
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator("#f-0-title")).to_have_attribute("data-was", "Hồ sơ qua một phiên đã hết")
    page.locator(".draft-document a[id]").click()
    type_in(page, "Ngày, tháng, năm tài liệu", "10/03/2025")
    expect(page.locator("#why")).not_to_contain_text("bắt buộc", timeout=WAIT_MS)
    page.locator("#send").dblclick()
    expect(page).to_have_url(re.compile("/submissions/"), timeout=WAIT_MS)
    sent = page.url
    page.go_back()
    page.reload()
    expect(page).to_have_url(
        re.compile(f"^{sent}")
    )  # what was handed in stands where its draft was
    do_all(service)
    submissions_acts.accept(
        service.services, UUID(sent.rpartition("/")[2]), actor=person(service.services, "lan")
    )
    do_all(service)
    page.goto(f"{service.url}/my-case-files?tab=stored")
    expect(page.get_by_role("main")).to_contain_text("Hồ sơ qua một phiên đã hết")
    with page.expect_download() as receipt:
        page.get_by_role("link", name=re.compile("GTN")).click()
    assert receipt.value.path().read_bytes().startswith(b"%PDF-")


def test_an_archivist_goes_through_ten_submissions_by_keys_alone(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    codes = [f"H40.18.2025.{20 + at}.QLCT" for at in range(CLEAN)]
    folders = [small_pdf_case(tmp_path / code, code=code) for code in codes]
    submit(service, bad_case(tmp_path / "bad"), warned_case(tmp_path / "warned"))
    for submission_id in submit(service, *folders):
        without_warnings(service, submission_id)
    service.enter(context, "lan")
    page.goto(f"{service.url}/desk")
    at, toast = page.locator(".desk-head .code"), page.locator("#toasts")
    expect(at).to_have_text(BAD)
    press(page, "r")
    expect(page.get_by_label("Lý do", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    by_tab(page, "Trả lại hồ sơ")
    expect(toast).to_contain_text(f"Đã trả lại {BAD}")
    expect(at).to_have_text(WARNED)
    press(page, "a")
    expect(page.get_by_label("Lý do tiếp nhận")).to_be_focused()
    page.keyboard.type("Hai bản đều cần giữ")
    by_tab(page, "Tiếp nhận")
    expect(toast).to_contain_text(f"Đã tiếp nhận {WARNED}")
    for left in range(CLEAN, 0, -1):
        expect(page.locator(".queue-list [data-item]")).to_have_count(left)
        code = at.inner_text()
        press(page, "a")
        expect(toast).to_contain_text(f"Đã tiếp nhận {code}")
    expect(page.get_by_text("Không còn hồ sơ nào chờ")).to_be_visible()
    is_sound(page)
    assert counts(service) == {SubmissionState.ACCEPTED: CLEAN + 1, SubmissionState.RETURNED: 1}


def by_tab(page: Page, button: str) -> None:
    """Go on to the button and press it."""
    wanted = page.locator("dialog[open]").get_by_role("button", name=button)
    for _ in range(6):
        if wanted.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    page.keyboard.press("Enter")


def counts(service: Site) -> dict[SubmissionState, int]:
    with service.services.read_only() as session:
        rows = session.execute(select(Submission.state, func.count()).group_by(Submission.state))
        return {state: count for state, count in rows}


def test_what_is_decided_by_a_double_press_is_decided_once_and_back_shows_no_error(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    clean = [small_pdf_case(tmp_path / str(at), code=f"H40.18.2025.4{at}.QLCT") for at in (1, 2, 3)]
    submit(service, bad_case(tmp_path / "bad"), warned_case(tmp_path / "warned"))
    for submission_id in submit(service, *clean):
        without_warnings(service, submission_id)
    service.enter(context, "lan")
    page.goto(f"{service.url}/desk")
    page.locator("html[data-started]").wait_for(state="attached")
    dialog = page.locator("dialog[open]")

    def give_back() -> None:
        page.keyboard.press("r")
        dialog.get_by_role("button", name="Trả lại hồ sơ").dblclick()

    def accept_warned() -> None:
        page.keyboard.press("a")
        dialog.get_by_label("Lý do tiếp nhận").fill("Cần giữ cả hai")
        dialog.get_by_role("button", name="Tiếp nhận").dblclick()

    def accept() -> None:
        page.locator("#desk-bar").get_by_role("button", name="Tiếp nhận").dblclick()

    acts: list[tuple[Callable[[], None], str]] = [
        (give_back, "Đã trả lại"),
        (accept_warned, "Đã tiếp nhận"),
        (accept, "Đã tiếp nhận"),
    ]
    for decided, (act, told) in enumerate(acts, start=1):
        page.locator("html[data-started]").wait_for(state="attached")
        act()
        expect(page.locator("#toasts")).to_contain_text(told)
        expect(page.locator("h1")).not_to_contain_text("Không")
        assert len(decisions(service)) == decided
        page.go_back()
        expect(page.locator("h1, .desk-head").first).to_be_visible()
        page.goto(f"{service.url}/desk")
    assert counts(service)[SubmissionState.CHECKED] == 2


def decisions(service: Site) -> list[str]:
    with service.services.read_only() as session:
        tags = ("submission:accepted", "submission:returned")
        return list(session.scalars(select(AuditEvent.tag).where(AuditEvent.tag.in_(tags))))
