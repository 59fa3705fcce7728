"""Where findings lead: to the page in the viewer, to the field, in a draft to what is mended."""

import re
from html import unescape
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.case_files import make_faulty
from archive_service.demo.papers import read_case
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import Submission
from archive_service.finding_document import FindingDocument
from archive_service.services import Services
from archive_service.worker import work
from ingest.drafts import acts as drafts_acts
from ingest.drafts.drafts import put_field
from ingest.drafts.pages.returned import parted_reason
from ingest.receiving.page_parts.sheets import Sheet, fields_of
from ingest.submissions import acts as submissions_acts
from tests.integration.ingest.drafts.read_drafts import add, begun, write_plain
from tests.worlds.archive import new_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, session_token
from tests.worlds.ingest.misplaced import CODE, PAGES, misplaced_case

DIGEST = re.compile(r"[0-9a-f]{64}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def submission(services: Services, tmp_path: Path) -> UUID:
    folder = misplaced_case(tmp_path / "case")
    (found,) = submissions_acts.submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    return found


def part_of(page: str, anchor: str) -> html.HtmlElement:
    """What bears this id."""
    return cast("html.HtmlElement", html.fromstring(page)).get_element_by_id(anchor)


def places(client: FlaskClient, address: str, within: str = "main") -> dict[str, str]:
    """What each place that a finding names leads to, by its words."""
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 200
    places = part_of(answer.text, within).find_class("where")
    return {
        " ".join(str(link.text_content()).split()): link.get("href", "")
        for place in places
        for link in place.iter("a")
    }


def test_on_the_desk_a_finding_leads_to_its_page_or_its_field(
    app: Flask, services: Services, submission: UUID
) -> None:
    desk = f"/desk/{submission}"
    found = places(browser_of(app, services, "lan"), f"{desk}?part=all&q=QLCT")
    assert found[f"{PAGES}/002.jpg"] == f"{desk}?document=1&q=QLCT#page=2"
    assert found["Văn bản, dòng 3, Ngày, tháng, năm tài liệu"] == (
        f"{desk}?document=2&q=QLCT#field-issuedDate"
    )
    assert found["Văn bản, dòng 3, Số của tài liệu"] == f"{desk}?document=2&q=QLCT#field-codeNumber"
    assert found["Hồ sơ, dòng 2, Tổng số tài liệu trong hồ sơ"] == (
        f"{desk}?document=1&part=case&q=QLCT#field-totalDoc"
    )
    assert found["03b.pdf"] == f"{desk}?document=3&pdf=2&q=QLCT#page=1"


def test_digests_stand_behind_details_and_in_no_sentence(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    make_faulty(tmp_path / "faulty", read_case("case_c"), SAMPLE_AGENCY)
    bach = person(services, "bach")
    (found,) = submissions_acts.submit(tmp_path / "faulty", actor=bach, services=services)
    do_all(services)
    text = browser_of(app, services, "lan").get(f"/desk/{found}?part=all").text
    page = cast("html.HtmlElement", html.fromstring(text))
    (folded,) = [one for one in page.iter("details") if "Mã đã khai" in one.text_content()]
    assert folded.get("open") is None
    assert len(DIGEST.findall(folded.text_content())) == 2
    assert not any(DIGEST.search(one.text_content()) for one in page.find_class("what"))
    assert not DIGEST.search(part_of(text, "reason").text_content())  # proposed for the return
    told = messages_of(services, found)
    assert len(DIGEST.findall(told["checksum-differs"])) == 2  # programs compare them


def messages_of(services: Services, submission_id: UUID) -> dict[str, str]:
    with services.read_only() as session:
        rows = session.get_one(Submission, submission_id).findings
        return {row.code: FindingDocument.of(row, "vi").message for row in rows}


def test_reasons_that_are_proposed_name_document_and_field_as_people_see_them(
    app: Flask, services: Services, submission: UUID
) -> None:
    page = browser_of(app, services, "lan").get(f"/desk/{submission}").text
    assert "(Tài liệu 2: Văn bản, dòng 3, Ngày, tháng, năm tài liệu)" in page
    assert "(Tài liệu 3: 03b.pdf)" in page
    assert "(Hồ sơ, dòng 2, Tổng số tài liệu trong hồ sơ)" in page
    assert "issuedDate)" not in page


def test_of_what_came_without_a_sheet_no_row_is_named(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    bach, draft_id = person(services, "bach"), begun(services)
    head = ("SỞ CÔNG TRÌNH", "Số: 12/TTr-SCT", "Sơn Lam, ngày 12 tháng 3 năm 2025", "TỜ TRÌNH")
    for about in ("Về việc sửa chữa cống", "Về việc sửa chữa đập"):
        paper = write_plain(tmp_path / f"{about}.pdf", *head, about, "Nơi nhận: - Như trên;")
        add(services, draft_id, paper)
    given = {"fileCode": CODE, "title": "Hồ sơ sửa chữa", "maintenance": "05"}
    given |= {"startDate": "2025-03-01", "endDate": "2025-06-30"}
    work(services, until_empty=True)
    with services.writing() as session:
        for name, value in given.items():
            put_field(session, draft_id, 0, name, value, was="", actor=bach)
    written = browser_of(app, services, "bach").get(f"/drafts/{draft_id}").text
    assert "Số, ký hiệu 12/TTr-SCT" in written, "told while it is filed"
    drafts_acts.send(services, draft_id, actor=bach)
    do_all(services)
    page = browser_of(app, services, "lan").get(f"/desk/{draft_id}").text
    assert "(Tài liệu 2, Số của tài liệu)" in page


def test_documents_that_nobody_signed_are_told_wherever_they_are_looked_at(
    app: Flask, services: Services, submission: UUID, tmp_path: Path
) -> None:
    """Document 1 is a scan: it bears a signature of the hand."""
    words = "Không có chữ ký số có giá trị"
    lan, bach = browser_of(app, services, "lan"), browser_of(app, services, "bach")
    assert words not in lan.get(f"/desk/{submission}?document=1").text
    assert words in lan.get(f"/desk/{submission}?document=2").text
    checks = part_of(lan.get(f"/desk/{submission}?part=checks").text, "main").text_content()
    assert "không có chữ ký số để kiểm tra" in checks
    assert "2 tài liệu không có chữ ký số có giá trị" in checks
    assert bach.get(f"/submissions/{submission}").text.count(words) == 2
    draft_id = begun(services)
    add(services, draft_id, write_plain(tmp_path / "a.pdf", "Tờ trình"))
    assert words not in bach.get(f"/drafts/{draft_id}").text, "it was not looked into yet"
    work(services, until_empty=True)
    assert words in bach.get(f"/drafts/{draft_id}").text


def test_each_place_of_a_field_is_there_to_be_led_to(
    app: Flask, services: Services, submission: UUID
) -> None:
    client = browser_of(app, services, "lan")
    found = places(client, f"/desk/{submission}?part=all")
    fields = [href for href in found.values() if "#field-" in href]
    assert len(fields) >= 3
    for href in fields:
        address, _, anchor = href.partition("#")
        field = part_of(client.get(address).text, anchor)
        assert field.find_class("finding"), href


def test_a_page_that_a_check_names_is_the_one_that_is_opened(
    app: Flask, services: Services, submission: UUID
) -> None:
    with services.writing() as session:
        session.add(
            FindingRow(
                submission_id=submission,
                ordinal=99,
                check="signatures",
                code="signature-partial",
                severity=Severity.WARNING,
                place="03b.pdf",
                facts={"signer": "Trần Minh Khôi", "signed_at": "", "errors": "", "page": 2},
            )
        )
    desk = f"/desk/{submission}"
    found = places(browser_of(app, services, "lan"), f"{desk}?part=all")
    assert found["03b.pdf"] == f"{desk}?document=3&pdf=2#page=2"


def test_the_page_of_a_submission_leads_to_the_desk_or_to_the_file_and_its_row(
    app: Flask, services: Services, submission: UUID
) -> None:
    page = f"/submissions/{submission}"
    assert places(browser_of(app, services, "lan"), page)[f"{PAGES}/002.jpg"] == (
        f"/desk/{submission}?document=1#page=2"
    )
    officer = browser_of(app, services, "bach")
    found = places(officer, page)
    file = found[f"{PAGES}/002.jpg"]
    assert officer.get(file).mimetype == "image/jpeg"
    assert found["Văn bản, dòng 3, Ngày, tháng, năm tài liệu"] == "#document-2"
    assert 'id="document-2"' in officer.get(page).text


def corrected(app: Flask, services: Services, submission: UUID) -> tuple[FlaskClient, str]:
    """Who handed it in, and the page of the draft that corrects it after its return."""
    lan = browser_of(app, services, "lan")
    proposed = lan.get(f"/desk/{submission}").text.partition('id="reason"')[2].partition(">")[2]
    reason = unescape(proposed.partition("</textarea>")[0])
    post(lan, f"/submissions/{submission}/return", reason=reason)
    officer = browser_of(app, services, "bach")
    return officer, post(officer, "/drafts", after=str(submission)).headers["Location"]


def test_where_a_returned_one_is_mended_its_findings_lead_to_what_is_to_be_mended(
    app: Flask, services: Services, submission: UUID
) -> None:
    officer, draft = corrected(app, services, submission)
    found = places(officer, draft, "given-back")
    assert found[f"{PAGES}/002.jpg"] == f"{draft}?document=1#page=2"
    assert found["03b.pdf"] == f"{draft}?document=3&pdf=2#page=1"
    day = found["Tài liệu 2, Ngày, tháng, năm tài liệu"]
    assert day == f"{draft}?document=2#f-2-issuedDate"
    assert 'id="f-2-issuedDate"' in officer.get(day).text
    second = officer.get(found["03b.pdf"]).text
    assert 'data-source="/api/v1/' in second
    assert "tệp 2" in second


def test_what_was_returned_stands_at_its_field_and_its_document_until_it_is_mended(
    app: Flask, services: Services, submission: UUID
) -> None:
    officer, draft = corrected(app, services, submission)
    page = officer.get(f"{draft}?document=2").text
    assert "Bị trả lại vì: " in part_of(page, "f-2-issuedDate-note").text_content()
    second = part_of(page, "open-2").getparent()
    assert second is not None
    assert any("#f-2-issuedDate" in link.get("href", "") for link in second.iter("a"))
    assert "đã sửa" not in part_of(page, "given-back").text_content()
    was = str(part_of(page, "f-2-issuedDate").get("value", ""))
    told = {"row": "2", "name": "issuedDate", "value": "03/03/2025", "was": was}
    told |= {"selected": "2", "csrf_token": session_token(officer)}
    answer = officer.post(f"{draft}/fields", data=told, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Đã sửa so với lần nộp bị trả lại." in answer.text
    above = part_of(officer.get(draft).text, "given-back").text_content()
    assert "đã sửa 1/" in above
    assert "1 điểm đã sửa" in above
    gone = {"path": "03b.pdf", "csrf_token": session_token(officer)}
    assert officer.post(f"{draft}/remove", data=gone).status_code == 303
    assert "đã sửa 2/" in part_of(officer.get(draft).text, "given-back").text_content()
    post(officer, f"{draft}/remove", row="3")
    assert "đã sửa 2/" in part_of(officer.get(draft).text, "given-back").text_content()


def test_only_what_the_return_names_is_to_be_mended_and_its_own_words_stay(
    app: Flask, services: Services
) -> None:
    missing, remedy = "Thiếu trường bắt buộc.", "Hãy ghi giá trị."
    findings = [
        {
            "message": missing,
            "remedy": remedy,
            "place": f"Tài liệu {at}, issuedDate",
            "was_at": f"Văn bản, dòng {at + 1}, issuedDate",
        }
        for at in (1, 2, 3)
    ]
    day = "Ngày, tháng, năm tài liệu"
    lines = [
        f"1. {missing} (Tài liệu 3: Văn bản, dòng 4, {day}) {remedy} Xem bản gốc.",
        f"2. {missing} (Tài liệu 2, {day}) {remedy}",
        "Nộp lại trước thứ Sáu.",
    ]
    with app.test_request_context():
        named, own = parted_reason("\n".join(lines), findings)
        assert [entry["place"][:10] for entry in named] == ["Tài liệu 3", "Tài liệu 2"]
        assert own == "Xem bản gốc.\nNộp lại trước thứ Sáu."
        assert parted_reason("Thiếu ngày", findings) == ([], "Thiếu ngày")


def test_an_error_of_a_draft_leads_to_its_field(
    app: Flask, services: Services, submission: UUID
) -> None:
    officer, draft = corrected(app, services, submission)
    post(officer, f"{draft}/fields", row="2", name="issuedDate", value="31/02/2025")
    found = places(officer, draft, "to-mend")
    assert f"{draft}?document=2#f-2-issuedDate" in found.values()


@pytest.mark.parametrize(
    ("place", "label", "value"),
    [
        ("Văn bản, dòng 7", "Dòng của bảng kê", "7"),
        ("Tài liệu 3", "Tài liệu", "3, Báo cáo"),
        ("Tài liệu 3, sha256", "Tài liệu", "3, Báo cáo"),
    ],
)
def test_a_finding_on_a_whole_document_names_the_row_or_else_the_document(
    app: Flask, place: str, label: str, value: str
) -> None:
    found = {"place": place, "field": "", "severity": "warning", "message": "x", "remedy": "y"}
    sheet = Sheet(3, "document", 7, {"subject": "Báo cáo"}, findings=[found])
    with app.test_request_context("/"):
        (row,) = [field for field in fields_of(sheet) if field.findings]
    assert (row.label, row.value, row.id) == (label, value, "field-row")
