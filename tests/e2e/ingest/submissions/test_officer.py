"""The officer's day in a real browser: hand in, see every reason, mend, get the receipt."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from tests.e2e.conftest import do_all, is_sound
from tests.e2e.ingest.submissions.planned import CODE, add_plan
from tests.worlds.archive import person, small_pdf_case
from tests.worlds.door import write_pdf
from tests.worlds.site import Site

OTHER = "H40.18.2025.09.QLCT"


def give(page: Page, picker: str, what: Path) -> None:
    """Choose files, once the page has its scripts."""
    expect(page.locator("[data-upload-told]")).not_to_be_empty()
    page.set_input_files(picker, what)


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_folder_goes_up_with_its_progress_and_its_findings_come_by_themselves(
    service: Site, page: Page, tmp_path: Path
) -> None:
    folder = small_pdf_case(tmp_path / "case")
    page.goto(f"{service.url}/submit")
    send = page.get_by_role("button", name="Nộp hồ sơ")
    expect(send).to_have_attribute("aria-disabled", "true")
    give(page, "#folder", folder)
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 2 tệp")
    is_sound(page)
    send.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hồ sơ bàn giao Trạm bơm Khe Lạnh")
    expect(page.locator("#toasts")).to_contain_text("Đã nhận 1 hồ sơ")
    expect(page.get_by_text("Trang tự cập nhật")).to_be_visible()
    do_all(service)
    expect(page.locator(".page-head")).to_contain_text("Đã kiểm tra", timeout=10_000)
    expect(page.locator("#findings-title")).to_be_visible()
    expect(page.locator(".finding").first).to_be_visible()
    is_sound(page)


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_zip_without_a_sheet_is_refused_in_words_and_the_upload_stays(
    service: Site, page: Page, tmp_path: Path
) -> None:
    pdf = write_pdf(tmp_path / "01 Biên bản.pdf")
    page.goto(f"{service.url}/submit")
    give(page, "#files", pdf)
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 1 tệp")
    with page.expect_response(lambda answer: answer.request.method == "POST") as told:
        page.get_by_role("button", name="Nộp hồ sơ").click()
    assert told.value.status == 422
    expect(page.locator(".finding.error")).to_be_visible()
    expect(page.locator("[data-upload-list]")).to_contain_text("01 Biên bản.pdf")
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 1 tệp")
    page.get_by_role("button", name="Bỏ 01 Biên bản.pdf").click()
    expect(page.locator("[data-upload-told]")).to_contain_text("Chưa có tệp nào")


@pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
def test_a_form_says_what_is_missing_at_its_field_before_anything_is_sent(
    service: Site, page: Page, tmp_path: Path
) -> None:
    pdf = write_pdf(tmp_path / "01. Biên bản bàn giao.pdf")
    page.goto(f"{service.url}/submit?kind=form")
    page.locator("#fileCode").fill("không phải mã")
    page.get_by_label("Tiêu đề hồ sơ").fill("Hồ sơ bàn giao")
    page.get_by_label("Thời gian bắt đầu").fill("01/03/2025")
    page.get_by_label("Thời gian kết thúc").fill("30/06/2025")
    page.get_by_label("Thời hạn lưu trữ").select_option("20 năm")
    give(page, "#files", pdf)
    go_on = page.get_by_role("button", name="Tiếp tục")
    expect(go_on).to_have_attribute("aria-disabled", "false")
    go_on.click()
    expect(page.locator("#fileCode")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Trích yếu nội dung")).to_have_count(0)
    is_sound(page)
    page.locator("#fileCode").fill(CODE)
    go_on.click()
    expect(page.get_by_label("Trích yếu nội dung")).to_have_value("Biên bản bàn giao")
    expect(page.get_by_label("Tên loại tài liệu")).to_have_value("20")
    is_sound(page)
    page.get_by_role("button", name="Nộp hồ sơ").click()
    expect(page.get_by_label("Ngày, tháng, năm tài liệu")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Ngày, tháng, năm tài liệu").fill("12/04/2025")
    page.get_by_role("button", name="Nộp hồ sơ").click()
    expect(page.locator(".page-head")).to_contain_text(CODE)
    do_all(service)
    page.reload()
    expect(page.locator(".page-head")).to_contain_text("Đã kiểm tra")
    assert page.locator(".finding.error").count() == 0


def test_two_files_of_one_name_from_two_folders_are_two_files(
    service: Site, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{service.url}/submit?kind=form")
    for pages in (1, 2):
        folder = tmp_path / str(pages)
        folder.mkdir()
        give(page, "#files", write_pdf(folder / "a.pdf", pages=pages))
        expect(page.locator("[data-upload-told]")).to_contain_text(f"Đã tải lên đủ {pages} tệp")
    expect(page.locator("[data-upload-list]")).to_contain_text("a (2).pdf")
    give(page, "#files", tmp_path / "1" / "a.pdf")
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 2 tệp")


@pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
def test_both_ways_to_hand_in_are_seen_whole_on_a_phone(service: Site, page: Page) -> None:
    page.goto(f"{service.url}/submit")
    box = page.locator(".tabs a").last.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390


def test_my_case_files_show_returned_ones_with_every_reason_then_what_is_due(
    service: Site, page: Page, tmp_path: Path
) -> None:
    add_plan(service, 2025, "08.QLCT", "09.QLCT")
    folder = small_pdf_case(tmp_path / "case", code=CODE)
    officer, archivist = person(service.services, "bach"), person(service.services, "lan")
    (submission_id,) = submissions_acts.submit(folder, actor=officer, services=service.services)
    do_all(service)
    submissions_acts.give_back(
        service.services, submission_id, Return(reason="Thiếu trang 3"), actor=archivist
    )
    page.goto(f"{service.url}/my-case-files")
    returned = page.get_by_role("region", name="Bị trả lại")
    expect(returned).to_contain_text("Thiếu trang 3")
    expect(returned).to_contain_text(CODE)
    expect(returned.locator("details .finding").first).to_be_hidden()
    due = page.get_by_role("region", name="Đến hạn nộp")
    expect(due).to_contain_text(OTHER)
    expect(due.get_by_role("heading")).to_be_in_viewport()
    is_sound(page)
    returned.get_by_role("button", name="Sửa và nộp lại").click()
    expect(page.locator(".draft-document")).to_have_count(1)
    expect(page.locator("#f-0-fileCode")).to_have_value(CODE)
    page.goto(f"{service.url}/my-case-files")
    due.get_by_role("button", name="Nộp hồ sơ này").last.click()
    expect(page.locator("#f-0-fileCode")).to_have_value(OTHER)


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_stored_case_file_gives_its_signed_receipt(
    service: Site, page: Page, tmp_path: Path
) -> None:
    officer, archivist = person(service.services, "bach"), person(service.services, "lan")
    (submission_id,) = submissions_acts.submit(
        small_pdf_case(tmp_path / "case"), actor=officer, services=service.services
    )
    do_all(service)
    submissions_acts.accept(service.services, submission_id, actor=archivist)
    do_all(service)
    page.goto(f"{service.url}/my-case-files?tab=stored")
    with page.expect_download() as receipt:
        page.get_by_role("link", name=re.compile("GTN")).click()
    assert receipt.value.path().read_bytes().startswith(b"%PDF-")
    page.goto(f"{service.url}/submissions/{submission_id}")
    expect(page.locator("#way")).to_contain_text("2/2 kho")
    is_sound(page)


@pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
def test_a_submission_is_withdrawn_by_its_sender(service: Site, page: Page, tmp_path: Path) -> None:
    officer = person(service.services, "bach")
    (submission_id,) = submissions_acts.submit(
        small_pdf_case(tmp_path / "case"), actor=officer, services=service.services
    )
    page.goto(f"{service.url}/submissions/{submission_id}")
    page.get_by_role("button", name="Rút hồ sơ…").click()
    page.get_by_role("button", name="Rút hồ sơ", exact=True).click()
    expect(page.locator(".page-head")).to_contain_text("Đã rút")


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_ctrl_k_finds_a_submission_by_a_part_of_its_code(
    service: Site, page: Page, tmp_path: Path
) -> None:
    officer = person(service.services, "bach")
    submissions_acts.submit(
        small_pdf_case(tmp_path / "case"), actor=officer, services=service.services
    )
    page.goto(f"{service.url}/my-case-files")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("08.qlct")
    expect(page.get_by_role("option").filter(has_text=CODE)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".page-head")).to_contain_text(CODE)
