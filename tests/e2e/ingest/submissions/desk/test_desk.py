"""The archivist's desk in a real browser: worst first, page beside data, acts by keys."""

from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from ingest.submissions import acts as submissions_acts
from tests.e2e import conftest
from tests.e2e.conftest import do_all, seen, width_of
from tests.e2e.ingest.submissions.desk.desk_page import (
    BAD,
    GOOD,
    MIXED,
    TITLE,
    WARNED,
    bad_case,
    press,
    service,
    submit,
    warned_case,
    without_warnings,
)
from tests.worlds.archive import mixed_case, person, small_pdf_case
from tests.worlds.crew import wait_until
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.ingest.misplaced import misplaced_case
from tests.worlds.site import Site

__all__ = ["service"]  # fixtures


def state_of(service: Site, submission_id: UUID) -> SubmissionState:
    with service.services.read_only() as session:
        actor = person(service.services, "lan")
        return holdings_rows.get_submission(session, submission_id, actor=actor).state


def is_sound(page: Page) -> None:
    conftest.is_sound(page)
    assert cut_tabs(page) == []
    tops = page.locator(".aside .tabs a").evaluate_all("tabs => tabs.map(tab => tab.offsetTop)")
    assert len(set(tops)) <= 1, "the tabs of the data stand in one row"


def cut_tabs(page: Page) -> list[str]:
    """Tabs of the data that reach beyond their row, which is brought into sight."""
    beyond = """tabs => tabs.filter(tab => {
        tab.parentElement.scrollIntoView({block: "center"});
        return tab.getBoundingClientRect().right > tab.parentElement.getBoundingClientRect().right;
    }).map(tab => tab.innerText)"""
    found: list[str] = page.locator(".aside .tabs a").evaluate_all(beyond)
    return found


def test_the_worst_comes_first_with_its_finding_beside_its_page(
    service: Site, page: Page, tmp_path: Path
) -> None:
    submit(service, small_pdf_case(tmp_path / "good"), bad_case(tmp_path / "bad"))
    page.goto(f"{service.url}/desk")
    expect(page.locator(".desk-head")).to_contain_text(TITLE)
    expect(page.locator(".viewer-bar select")).to_contain_text("2/2.")
    expect(page.locator(".viewer-stage canvas")).to_be_visible()
    field = page.locator(".field", has_text="Ngày, tháng, năm tài liệu")
    expect(field.locator(".finding.error")).to_be_visible()
    expect(page.get_by_role("button", name="Tiếp nhận")).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".desk-bar .actionbar")).to_be_in_viewport(ratio=1)
    is_sound(page)
    page.get_by_role("link", name="Kiểm tra", exact=True).click()
    expect(page.locator(".fields")).to_contain_text("Trường dữ liệu")
    is_sound(page)


@pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
def test_a_finding_with_details_and_a_place_has_room_for_a_finger(
    service: Site, page: Page, tmp_path: Path
) -> None:
    folder = bad_case(tmp_path / "bad")
    rows = [document_row("01.pdf", BAD, sha256="0" * 64), document_row("02.pdf", BAD)]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(BAD)], rows)
    submit(service, folder)
    page.goto(f"{service.url}/desk")
    expect(page.get_by_text("Chi tiết", exact=True)).to_be_visible()
    is_sound(page)


def test_a_submission_is_returned_with_the_reasons_that_were_found(
    service: Site, page: Page, tmp_path: Path
) -> None:
    (bad,) = submit(service, bad_case(tmp_path / "bad"))
    page.goto(f"{service.url}/desk")
    press(page, "n")
    expect(page.locator(".finding").first).to_be_focused()
    press(page, "r")
    reason = page.get_by_label("Lý do", exact=True)
    assert "Ngày, tháng, năm tài liệu" in reason.input_value()
    reason.fill(f"{reason.input_value()}\nGhi đủ người ký.")
    is_sound(page)
    page.get_by_role("button", name="Trả lại hồ sơ").click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã trả lại {BAD}")
    expect(page.get_by_text("Không còn hồ sơ nào chờ")).to_be_visible()
    is_sound(page)
    assert state_of(service, bad) is SubmissionState.RETURNED
    page.goto(f"{service.url}/submissions/{bad}")
    assert "\nGhi đủ người ký." in page.locator(".finding .what + p").first.inner_text()
    is_sound(page)


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_keys_lead_through_the_queue_and_accept(service: Site, page: Page, tmp_path: Path) -> None:
    _, good = submit(service, bad_case(tmp_path / "bad"), small_pdf_case(tmp_path / "good"))
    without_warnings(service, good)
    page.goto(f"{service.url}/desk")
    press(page, "j")
    expect(page.locator(".desk-head .code")).to_have_text(GOOD)
    press(page, "k")
    expect(page.locator(".desk-head .code")).to_have_text(BAD)
    press(page, "s")
    expect(page.locator(".desk-head .code")).to_have_text(GOOD)
    press(page, "a")
    expect(page.locator("#toasts")).to_contain_text(f"Đã tiếp nhận {GOOD}")
    expect(page.locator(".desk-head .code")).to_have_text(BAD)
    assert state_of(service, good) is SubmissionState.ACCEPTED


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_keys_do_not_lead_off_the_desk_to_what_is_set_apart(
    service: Site, page: Page, tmp_path: Path
) -> None:
    _, apart = submit(service, bad_case(tmp_path / "bad"), small_pdf_case(tmp_path / "good"))
    with service.services.writing() as session:
        session.get_one(Submission, apart).state = SubmissionState.QUARANTINED
    page.goto(f"{service.url}/desk")
    expect(page.locator(".queue-list [data-item]")).to_have_count(2)
    press(page, "j")
    press(page, "?")
    expect(page.locator("dialog[open]")).to_be_visible()  # of the page that one was on
    expect(page.locator(".desk-head")).to_contain_text(TITLE)
    press(page, "Escape")
    page.locator(".queue-list [data-item]").last.press("Enter")
    expect(page).to_have_url(f"{service.url}/submissions/{apart}")


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_page_images_are_shown_and_the_filter_needs_no_marks(
    service: Site, page: Page, tmp_path: Path
) -> None:
    submit(service, mixed_case(tmp_path / "mixed"), bad_case(tmp_path / "bad"))
    page.goto(f"{service.url}/desk?q=khe+lanh+09")
    expect(page.locator(".desk-head .code")).to_have_text(MIXED)
    page.locator("#viewer-choice").select_option(index=1)
    expect(page.locator(".viewer-stage img")).to_be_visible()
    expect(page.locator("[data-viewer-pages]")).to_have_text("1")
    is_sound(page)
    page.goto(f"{service.url}/desk?q=khong+co+gi")
    expect(page.get_by_text("Không có hồ sơ nào khớp")).to_be_visible()


@pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
def test_a_submission_that_is_being_checked_is_shown_when_its_checks_are_over(
    service: Site, page: Page, tmp_path: Path
) -> None:
    officer = person(service.services, "bach")
    submissions_acts.submit(
        small_pdf_case(tmp_path / "good"), actor=officer, services=service.services
    )
    page.goto(f"{service.url}/desk")
    accept = page.get_by_role("button", name="Tiếp nhận")
    expect(accept).to_have_attribute("aria-disabled", "true")
    is_sound(page)
    do_all(service)
    expect(page.get_by_text("Mọi phép kiểm tra đã xong")).to_be_visible(timeout=10_000)
    expect(accept).not_to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_the_longest_top_bar_is_seen_whole(service: Site, page: Page) -> None:
    for width in (1210, 1280, 1366, 1920):
        page.set_viewport_size({"width": width, "height": 860})
        page.goto(f"{service.url}/search")
        page.wait_for_load_state("load")
        last = page.locator("#places a").last.bounding_box()
        tools = page.locator(".bar-tools").bounding_box()
        assert last is not None
        assert tools is not None
        assert last["x"] + last["width"] <= tools["x"], width


def test_a_finding_leads_to_its_page_and_to_its_field_by_mouse_and_by_keys(
    service: Site, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    submit(service, misplaced_case(tmp_path / "case"))
    page.goto(f"{service.url}/desk?document=1&part=all")
    expect(page.locator(".viewer-stage img")).to_be_visible()
    expect(page.locator("[data-viewer-page]")).to_have_value("1")
    page.get_by_role("link", name="anh/002.jpg").first.click()
    expect(page.locator("[data-viewer-page]")).to_have_value("2")
    expect(page.locator(".viewer-stage")).to_be_in_viewport()
    finding = page.locator("[data-finding]", has_text="Ngày, tháng, năm tài liệu").first
    place = finding.get_by_role("link", name="Ngày, tháng, năm tài liệu")
    if width_of(context) > 600:  # with keys: on to the finding, then from it to its place
        finding.focus()
        press(page, "Enter")
    else:
        place.click()
    field = page.locator("#field-issuedDate")
    expect(field).to_be_in_viewport()
    expect(field).to_be_focused()
    expect(field).to_have_css("background-color", "rgb(232, 239, 248)")
    seen(page, context, "desk-field")
    assert cut_tabs(page) == []
    page.locator(".aside .tabs").get_by_role("link", name="Tất cả").click()
    page.get_by_role("link", name="03b.pdf").first.click()
    expect(page.locator(".viewer-bar select")).to_contain_text("tệp 2")


def test_warnings_are_asked_about_once_and_the_reason_is_kept(
    service: Site, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    (warned,) = submit(service, warned_case(tmp_path / "warned"))
    page.goto(f"{service.url}/desk")
    expect(page.locator(".desk-head .code")).to_have_text(WARNED)
    press(page, "a")
    dialog = page.locator("#accept-dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[data-warned] li").first).to_be_visible()
    is_sound(page)
    seen(page, context, "desk-warned")
    dialog.get_by_role("button", name="Tiếp nhận").click()  # without a word nothing is decided
    expect(dialog).to_be_visible()
    assert state_of(service, warned) is SubmissionState.CHECKED
    dialog.get_by_label("Lý do tiếp nhận").fill("Hai bản đều cần giữ")
    dialog.get_by_role("button", name="Tiếp nhận").click()
    expect(page.locator("#toasts")).to_contain_text(f"Đã tiếp nhận {WARNED}")
    assert state_of(service, warned) is SubmissionState.ACCEPTED
    with service.services.read_only() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "submission:accepted")
        ).one()
    assert event.data["reason"] == "Hai bản đều cần giữ"


def test_notes_are_folded_and_what_is_clean_says_so(
    service: Site, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    (good,) = submit(service, small_pdf_case(tmp_path / "good"))
    without_warnings(service, good)
    page.goto(f"{service.url}/desk?part=all")
    expect(page.locator(".aside-body .empty")).to_contain_text("Không có phát hiện")
    expect(page.locator("#desk-bar")).to_contain_text("không có phát hiện")
    notes = page.locator("[data-notes]")
    expect(notes.locator("summary")).to_contain_text("không cần làm gì")
    expect(notes.locator(".finding").first).to_be_hidden()
    seen(page, context, "desk-clean")
    notes.locator("summary").click()
    expect(notes.locator(".finding").first).to_be_visible()
    is_sound(page)


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_page_that_closes_lets_go_of_its_submission(
    service: Site, page: Page, tmp_path: Path
) -> None:
    (submission_id,) = submit(service, small_pdf_case(tmp_path / "good"))
    for _ in range(2):  # a page that is loaded again keeps it
        page.goto(f"{service.url}/desk/{submission_id}")
        expect(page.locator("#desk-claim[data-claimed-at]")).to_be_attached()
        page.locator("html[data-started]").wait_for(state="attached")
    assert claimed_by(service, submission_id) == "lan"
    page.goto(f"{service.url}/guide")
    wait_until(lambda: claimed_by(service, submission_id) is None)


def claimed_by(service: Site, submission_id: UUID) -> str | None:
    with service.services.read_only() as session:
        return session.get_one(Submission, submission_id).claimed_by
