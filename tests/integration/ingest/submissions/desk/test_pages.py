"""The desk and the file plans as pages: order, races, rights, and what they ask of the database."""

import datetime as dt
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from archive_service import clock
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.opening import readable_submission_file
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from ingest.file_plan.acts import list_plans
from ingest.submissions import acts as submissions_acts
from ingest.submissions import queries
from ingest.submissions.desk.queue import Place, open_queue
from tests.worlds.archive import head_of_agency, new_home, person, small_pdf_case
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import do_all, restricted_case, session_token
from tests.worlds.door import case_row, document_row, many_cases, write_pdf, write_sheet

GOOD, BAD, TIFF = "H40.18.2025.08.QLCT", "H40.18.2025.10.QLCT", "H40.18.2025.11.QLCT"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def archivist(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "lan")


def hand_in(services: Services, folder: Path) -> UUID:
    (found,) = submissions_acts.submit(folder, actor=person(services, "bach"), services=services)
    return found


def hand_in_all(services: Services, folder: Path) -> None:
    submissions_acts.submit(folder, actor=person(services, "bach"), services=services)


def bad_case(folder: Path, code: str = BAD) -> Path:
    """A case file whose document has no day."""
    write_pdf(folder / "01.pdf", words=code)
    rows = [document_row("01.pdf", code, issuedDate="")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], rows)
    return folder


def tiff_case(folder: Path) -> Path:
    """A case file of one page image that no browser shows."""
    (folder / "anh").mkdir(parents=True)
    Image.new("L", (900, 1200), 240).save(folder / "anh" / "001.tif", dpi=(200, 200))
    rows = [document_row("anh", TIFF, confidenceLevel="Số hóa")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(TIFF)], rows)
    return folder


def state(services: Services, submission_id: UUID) -> str:
    (found,) = queries.submissions(services, [submission_id], actor=person(services, "lan"))
    return found.state


def test_the_queue_puts_errors_first_and_the_oldest_first_among_equals(
    services: Services, tmp_path: Path
) -> None:
    good = hand_in(services, small_pdf_case(tmp_path / "good"))
    first = hand_in(services, bad_case(tmp_path / "one"))
    second = hand_in(services, bad_case(tmp_path / "two", "H40.18.2025.12.QLCT"))
    do_all(services)
    unchecked = hand_in(services, small_pdf_case(tmp_path / "new", code="H40.18.2025.13.QLCT"))
    with services.read_only() as session:
        queue = open_queue(session, actor=person(services, "lan")).shown
        fitting = open_queue(session, actor=person(services, "lan"), text="KHE lanh 13").shown
        none = open_queue(session, actor=person(services, "stranger"))
    assert [waiting.id for waiting in queue] == [first, second, good, unchecked]
    assert [waiting.group for waiting in queue] == ["errors", "errors", "warnings", "checking"]
    assert [waiting.id for waiting in fitting] == [unchecked]
    assert (none.shown, none.total, none.place) == ([], 0, Place())


def test_the_desk_opens_at_the_worst_and_leads_on_after_each_decision(
    services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    bad = hand_in(services, bad_case(tmp_path / "bad"))
    good = hand_in(services, small_pdf_case(tmp_path / "good"))
    do_all(services)
    assert "Ngày, tháng, năm tài liệu" in archivist.get("/desk").text
    unweighed = post(archivist, f"/submissions/{good}/accept", reason="  ")
    assert unweighed.headers["Location"] == f"/desk/{good}"
    assert "Hồ sơ còn cảnh báo: hãy ghi lý do" in archivist.get(f"/desk/{good}").text
    assert state(services, good) == "checked"
    answer = post(archivist, f"/submissions/{good}/accept", reason="Mã đã đối chiếu")
    assert answer.headers["Location"] == f"/desk/{bad}"
    answer = post(archivist, f"/submissions/{bad}/return", reason="Ghi ngày của biên bản")
    assert answer.headers["Location"] == "/desk"
    assert (state(services, good), state(services, bad)) == ("accepted", "returned")
    assert "Không còn hồ sơ nào chờ" in archivist.get("/desk").text
    moved = archivist.get(f"/desk/{good}")
    assert (moved.status_code, moved.headers["Location"]) == (303, f"/submissions/{good}")


def test_the_desk_tells_the_last_day_for_the_answer_and_marks_what_is_late(
    services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    new = hand_in(services, small_pdf_case(tmp_path / "new"))
    old = hand_in(services, small_pdf_case(tmp_path / "old", code="H40.18.2025.13.QLCT"))
    do_all(services)
    today = clock.today()
    for submission_id, days in ((new, 60), (old, 61)):
        received = clock.now() - dt.timedelta(days=days)
        with services.writing() as session:
            session.get_one(Submission, submission_id).received_at = received
    page = archivist.get(f"/desk/{new}").text
    head = page[page.index('class="desk-head"') :]
    assert f"hạn trả lời {today:%d/%m/%Y}" in head
    assert "quá hạn" not in head
    assert page.count("60 ngày") == 1
    assert "61 ngày, quá hạn" in page
    late = archivist.get(f"/desk/{old}").text
    head = late[late.index('class="desk-head"') :]
    assert f"Đã quá hạn trả lời {today - dt.timedelta(days=1):%d/%m/%Y}" in head


def test_of_two_decisions_the_first_stands_and_the_second_is_a_page_in_words(
    app: Flask, services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    submission_id = hand_in(services, small_pdf_case(tmp_path / "case"))
    do_all(services)
    other = browser_of(app, services, "mai")
    post(other, f"/submissions/{submission_id}/return", reason="Thiếu trang")
    late = post(archivist, f"/submissions/{submission_id}/accept")
    assert (late.status_code, late.mimetype) == (409, "text/html")
    assert state(services, submission_id) == "returned"


def test_what_only_the_sender_can_mend_is_not_accepted_by_a_forged_form(
    services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    submission_id = hand_in(services, bad_case(tmp_path / "bad"))
    do_all(services)
    assert post(archivist, f"/submissions/{submission_id}/accept").status_code == 409
    assert post(archivist, f"/submissions/{submission_id}/return").status_code == 422
    assert state(services, submission_id) == "checked"


def test_an_officer_decides_nothing(app: Flask, services: Services, tmp_path: Path) -> None:
    submission_id = hand_in(services, small_pdf_case(tmp_path / "case"))
    do_all(services)
    officer = browser_of(app, services, "bach")
    assert officer.get(f"/desk/{submission_id}").status_code == 403
    for act in ("accept", "return"):
        answer = post(officer, f"/submissions/{submission_id}/{act}", reason="x")
        assert answer.status_code == 403
    assert state(services, submission_id) == "checked"


def test_a_page_image_that_no_browser_shows_is_drawn(
    app: Flask, services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    submission_id = hand_in(services, tiff_case(tmp_path / "tiff"))
    do_all(services)
    shown = archivist.get(f"/desk/{submission_id}").text
    address = shown.partition("/pictures/")[2][:36]
    picture = f"/submissions/{submission_id}/pictures/{address}"
    answer = archivist.get(picture)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.data.startswith(b"\xff\xd8")
    assert browser_of(app, services, "stranger").get(picture).status_code == 404
    assert browser_of(app, services, "binh").get(picture).status_code in (403, 404)


def test_the_desk_asks_as_much_for_thirty_as_for_three(
    services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    def statements() -> int:
        with counted(services) as seen:
            assert archivist.get("/desk").status_code == 200
        return len(seen)

    hand_in_all(services, many_cases(tmp_path / "few", range(1, 4)))
    few = statements()
    hand_in_all(services, many_cases(tmp_path / "more", range(4, 31)))
    assert statements() == few


def import_plan(client: FlaskClient, file: Path, year: str = "2025") -> TestResponse:
    with file.open("rb") as source:
        data = {
            "csrf_token": session_token(client),
            "agency": "H40.18",
            "year": year,
            "file": (source, file.name),
        }
        return client.post("/file-plans/import", data=data, content_type="multipart/form-data")


def test_a_file_plan_is_imported_read_and_approved_by_forms(
    app: Flask, services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    sheet = tmp_path / "plan.xlsx"
    write_file_plan(sheet, SAMPLE_AGENCY)
    shown = import_plan(archivist, sheet)
    assert shown.status_code == 200
    assert "H40.18.2025.01.TH" in shown.text
    (plan,) = list_plans(services, actor=person(services, "lan"))
    assert (plan.state, plan.entries) == ("draft", 12)
    assert post(archivist, f"/file-plans/{plan.id}/approve").status_code == 403
    head = browser_of(app, services, head_of_agency(services).account)
    answer = post(head, f"/file-plans/{plan.id}/approve")
    assert answer.headers["Location"] == f"/file-plans/{plan.id}"
    (plan,) = list_plans(services, actor=person(services, "lan"))
    assert plan.state == "approved"
    hand_in(services, small_pdf_case(tmp_path / "case"))
    assert "Đã nhận" in archivist.get(f"/file-plans/{plan.id}").text
    bach = browser_of(app, services, "bach")
    due = bach.get("/my-case-files?whose=agency").text
    assert "H40.18.2025.09.TCCB" in due
    assert due.count('action="/drafts"') > 1
    assert "H40.18.2025.08.QLCT</a>" not in due.partition("recent-title")[0]


def test_what_is_no_file_plan_is_told_on_the_page(
    app: Flask, services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    sheet = bad_case(tmp_path / "bad") / "Hồ sơ.xlsx"
    for year, why in (("2025", "file-plan-unreadable"), ("hai", "file-plan-year")):
        refused = import_plan(archivist, sheet, year=year)
        assert refused.status_code == 422
        assert why in refused.text
    reader = browser_of(app, services, "binh")
    assert import_plan(reader, sheet).status_code == 403
    assert list_plans(services, actor=person(services, "lan")) == []


def test_reading_what_is_restricted_at_the_desk_is_one_event_a_document(
    services: Services, tmp_path: Path
) -> None:
    closed = hand_in(services, restricted_case(tmp_path / "closed", code=BAD))
    scanned = hand_in(services, paged_case(tmp_path / "scanned", mode="Sử dụng có điều kiện"))
    unknown = hand_in(services, paged_case(tmp_path / "unknown", mode="Không rõ"))
    free = hand_in(services, small_pdf_case(tmp_path / "free"))
    for who in ("lan", "lan", "mai"):
        for submission_id in (closed, scanned, unknown, free):
            read_all(services, submission_id, person(services, who))
    with services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == "document:read")
        events = list(session.scalars(query.order_by(AuditEvent.number)))
    told = [(row.account, row.data["submission"], row.data["ordinal"]) for row in events]
    ids = (str(closed), str(scanned), str(unknown))
    assert told == [(who, one, 1) for who in ("lan", "mai") for one in ids]


def paged_case(folder: Path, *, mode: str) -> Path:
    """A case file of one document of two page images."""
    for page in ("001", "002"):
        (folder / "anh").mkdir(parents=True, exist_ok=True)
        Image.new("L", (90, 120), 240).save(folder / "anh" / f"{page}.jpg", dpi=(200, 200))
    rows = [document_row("anh", TIFF, confidenceLevel="Số hóa", mode=mode)]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(TIFF)], rows)
    return folder


def read_all(services: Services, submission_id: UUID, actor: Actor) -> None:
    """Open every file of its documents."""
    with services.read_only() as session:
        submission = holdings_rows.get_submission(session, submission_id, actor=actor)
        named = submission.named_files()
    for file in named:
        found = readable_submission_file(services, submission_id, file.id, actor=actor)
        assert found.read(services)
