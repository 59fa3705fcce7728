"""One document of a submission that nobody decided on is recalled on its page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from archive_service.domain.intake.submission import Submission, SubmissionState
from ingest.submissions.acts import submit
from tests.e2e.conftest import do_all, is_sound
from tests.worlds.archive import person
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.site import Site

CODE = "H40.18.2025.08.QLCT"


@pytest.mark.parametrize("context", [1366, 390], indirect=True, ids=["desk", "phone"])
def test_the_officer_recalls_one_document_with_a_reason_and_the_others_stay(
    service: Site, page: Page, tmp_path: Path
) -> None:
    place = tmp_path / "ho-so"
    place.mkdir()
    rows = []
    for number in (1, 2):
        file = write_pdf(place / f"{number}.pdf", words=f"Văn bản {number}")
        rows.append(document_row(file.name, CODE, codeNumber=str(number), subject=f"Việc {number}"))
    write_sheet(place / "ho-so.xlsx", [case_row(CODE, totalDoc="2")], rows)
    officer = person(service.services, "bach")
    (made,) = submit(place, actor=officer, services=service.services)
    do_all(service)
    page.goto(f"{service.url}/submissions/{made}")
    page.get_by_role("link", name="Thu hồi, thay thế hoặc đính chính văn bản số 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Việc 1")
    expect(dialog).to_contain_text("không cần xác nhận")
    is_sound(page)
    dialog.get_by_label("Lý do").fill("Ban hành nhầm")
    dialog.get_by_role("button", name="Thực hiện ngay").click()
    expect(page.locator("body")).to_contain_text("Phần còn lại của phiếu nộp được kiểm tra lại")
    expect(page.locator("table")).not_to_contain_text("Việc 1")
    expect(page.locator("table")).to_contain_text("Việc 2")
    is_sound(page)
    with service.services.read_only() as session:
        row = session.get_one(Submission, made)
        assert row.state is SubmissionState.RECEIVED
        assert [document.fields["subject"] for document in row.case_file().documents] == ["Việc 2"]
