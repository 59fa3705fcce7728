"""Handing in by a browser without scripts, and whose pages show what to whom."""

import html
import os
import re
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.storage.uploads import UploadUnknownError
from ingest.submissions import acts as submissions_acts
from ingest.submissions import queries
from ingest.submissions.documents import SubmissionDocument
from ingest.submissions.given import Return
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import new_home, person, small_pdf_case
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import add_person, do_all, session_token, zip_bytes
from tests.worlds.door import many_cases, write_pdf

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def officer(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "bach")


def send(client: FlaskClient, *files: tuple[BytesIO, str], **fields: str) -> TestResponse:
    """The form of Nộp hồ sơ as a browser without scripts sends it."""
    data = {"csrf_token": session_token(client), "files": list(files), **fields}
    return client.post("/submit", data=data, content_type="multipart/form-data")


def submissions(services: Services) -> list[SubmissionDocument]:
    return queries.list_submissions(services, actor=person(services, "lan"))


def handed_in(services: Services, folder: Path, *, code: str = CODE) -> UUID:
    case = small_pdf_case(folder, code=code)
    (submission_id,) = submissions_acts.submit(
        case, actor=person(services, "bach"), services=services
    )
    return submission_id


def test_a_zip_is_handed_in_without_scripts(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    answer = send(officer, (zip_bytes(tmp_path, code=CODE), "ho-so.zip"))
    assert answer.status_code == 303
    (sent,) = submissions(services)
    assert answer.headers["Location"] == f"/submissions/{sent.id}"
    assert (sent.code, sent.channel) == (CODE, "web")
    assert not list((services.settings.home / "uploads").iterdir())


@pytest.mark.parametrize(
    ("status", "word"), [("SUPPLEMENT", "Bổ sung"), ("REPLACEMENT", "Thay thế")]
)
def test_late_and_replacing_documents_are_handed_in_as_such_and_the_desk_tells_it(
    app: Flask, services: Services, officer: FlaskClient, tmp_path: Path, status: str, word: str
) -> None:
    given = zip_bytes(tmp_path, code=CODE)
    assert send(officer, (given, "muon.zip"), record_status=status).status_code == 303
    (sent,) = submissions(services)
    assert sent.record_status == status
    do_all(services)
    desk = browser_of(app, services, "lan").get(f"/desk/{sent.id}").text
    assert f"{word}</span>" in desk.partition('class="desk-head"')[2].partition("<h2")[0]


def test_a_refused_form_keeps_what_it_was_for(officer: FlaskClient) -> None:
    refused = send(officer, (BytesIO(b"no zip"), "muon.zip"), record_status="SUPPLEMENT")
    assert refused.status_code == 422
    assert '<option value="SUPPLEMENT" selected>' in refused.text


def test_several_zips_are_refused_for_what_they_are(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    content = zip_bytes(tmp_path, code=CODE).read()
    answer = send(officer, (BytesIO(content), "ok.zip"), (BytesIO(content), "hai.zip"))
    assert answer.status_code == 422
    assert "mỗi lần chỉ nộp một tệp ZIP" in answer.text
    assert "không có bảng kê" not in answer.text


def test_a_pdf_without_a_spreadsheet_is_pointed_to_the_form(
    officer: FlaskClient, tmp_path: Path
) -> None:
    pdf = write_pdf(tmp_path / "a.pdf").read_bytes()
    answer = send(officer, (BytesIO(pdf), "a.pdf"))
    assert "hãy chọn thẻ “PDF, điền dữ liệu tại đây”" in answer.text


def test_a_zip_whose_beginning_is_lost_is_a_fault_of_what_was_sent(
    officer: FlaskClient, tmp_path: Path
) -> None:
    cut = zip_bytes(tmp_path, code=CODE).getvalue()[700:]
    answer = send(officer, (BytesIO(cut), "hồ sơ.zip"))
    assert answer.status_code == 422
    assert "Tệp ZIP hỏng" in answer.get_data(as_text=True)


def test_a_damaged_zip_is_named_as_its_sender_named_it(officer: FlaskClient) -> None:
    answer = send(officer, (BytesIO(b"PK, and no more"), "hồ sơ.zip"))
    assert answer.status_code == 422
    told = answer.text.partition("finding error")[2].partition("</div>")[0]
    assert "“hồ sơ.zip”" in told
    assert ".bytes" not in told
    assert "not a zip" not in told


def test_nothing_sent_is_told_on_the_page(services: Services, officer: FlaskClient) -> None:
    for kind in ("folder", "form"):
        answer = send(officer, kind=kind)
        assert answer.status_code == 422
        assert "finding error" in answer.text
    assert submissions(services) == []


def test_a_form_without_scripts_asks_for_each_document_and_then_takes_it(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    pdf = write_pdf(tmp_path / "02. Quyết định phê duyệt.pdf").read_bytes()
    given = {
        "kind": "form",
        "fileCode": CODE,
        "title": "Hồ sơ bàn giao",
        "startDate": "01/03/2025",
        "endDate": "30/06/2025",
        "maintenance": "05",
        "mode": "01",
        "language": "01",
    }
    asked = send(officer, (BytesIO(pdf), "02. Quyết định phê duyệt.pdf"), **given)
    assert asked.status_code == 200
    assert submissions(services) == []
    folder = upload_folder(services)
    (kept,) = (services.settings.home / "uploads").glob("*.bytes")
    upload = str(UUID(hex=kept.stem))
    assert folder.get(UUID(upload), owner="bach").complete
    assert f'value="{upload}"' in asked.text
    assert "Quyết định phê duyệt</textarea>" in asked.text
    sent = send(
        officer,
        **given,
        upload=upload,
        path="02. Quyết định phê duyệt.pdf",
        document=upload,
        **{
            f"typeName-{upload}": "02",
            f"issuedDate-{upload}": "12/04/2025",
            f"organName-{upload}": "Sở Công trình tỉnh Sơn Lam",
            f"subject-{upload}": "Phê duyệt phương án",
        },
    )
    assert sent.status_code == 303
    do_all(services)
    (found,) = submissions(services)
    assert found.state == "checked"
    assert found.worst != "error"


def test_an_error_of_the_case_file_stands_once_and_holds_back_the_second_step(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    pdf = write_pdf(tmp_path / "a.pdf").read_bytes()
    answer = send(officer, (BytesIO(pdf), "a.pdf"), kind="form", fileCode="sai mã", title="Hồ sơ")
    assert answer.status_code == 422
    assert 'id="documents-title"' not in answer.text
    assert 'id="fileCode-note"' in answer.text
    told = html.unescape(answer.text)
    assert told.count("không phải là mã hồ sơ") + told.count("có khoảng trắng ở giữa") == 1
    assert submissions(services) == []


def test_another_accounts_upload_cannot_be_handed_in(
    app: Flask, services: Services, officer: FlaskClient
) -> None:
    upload = upload_folder(services).begin(owner="stranger", name="a.zip", size_bytes=0)
    answer = send(officer, upload=str(upload.id), path="a.zip")
    assert answer.status_code == 404
    assert submissions(services) == []


def test_a_form_without_its_token_changes_nothing(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    data = {"files": (zip_bytes(tmp_path, code=CODE), "ho-so.zip")}
    assert officer.post("/submit", data=data).status_code == 403
    assert submissions(services) == []


def test_who_may_not_hand_in_is_told_so(app: Flask, services: Services) -> None:
    reader = browser_of(app, services, "binh")
    for path in ("/submit", "/my-case-files", "/desk"):
        answer = reader.get(path)
        assert answer.status_code == 403
        assert "act-not-allowed" in answer.text
    assert post(reader, "/submit").status_code == 403


def test_the_template_opens_with_a_sheet_a_kind(officer: FlaskClient) -> None:
    book = load_workbook(BytesIO(officer.get("/submit/template").data))
    assert book.sheetnames[:4] == ["Hồ sơ", "Văn bản", "Phim ảnh", "Ghi âm, ghi hình"]


def test_a_stranger_knows_nothing_of_a_submission(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    submission_id = handed_in(services, tmp_path / "case")
    stranger = browser_of(app, services, "stranger")
    assert stranger.get(f"/submissions/{submission_id}").status_code == 404
    assert stranger.get(f"/submissions/{submission_id}/receipt").status_code == 404
    assert post(stranger, f"/submissions/{submission_id}/withdraw").status_code in (403, 404)
    assert CODE not in stranger.get("/palette?q=QLCT").text
    assert officer_sees(app, services, submission_id)


def officer_sees(app: Flask, services: Services, submission_id: UUID) -> bool:
    return browser_of(app, services, "bach").get(f"/submissions/{submission_id}").status_code == 200


def test_a_receipt_that_is_not_signed_yet_is_a_page_in_words(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    submission_id = handed_in(services, tmp_path / "case")
    do_all(services)
    assert officer.get(f"/submissions/{submission_id}/receipt").status_code == 409
    submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
    answer = officer.get(f"/submissions/{submission_id}/receipt")
    assert (answer.status_code, answer.mimetype) == (409, "text/html")


def test_an_unknown_submission_is_not_found(officer: FlaskClient) -> None:
    assert officer.get(f"/submissions/{uuid4()}").status_code == 404


def test_what_only_informs_is_not_counted_as_a_finding(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    handed_in(services, tmp_path / "case")
    do_all(services)
    actor = person(services, "lan")
    (told,) = queries.list_submissions(services, actor=actor)
    graver = [finding for finding in told.findings if finding.severity != "info"]
    assert len(told.findings) > len(graver)
    (cell,) = re.findall(
        r'data-label="Phát hiện">.*?<span>(.*?)</span>', officer.get("/my-case-files").text
    )
    assert cell == (str(len(graver)) if graver else "không có")


def test_a_returned_one_is_done_with_once_it_was_sent_again(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    submission_id = handed_in(services, tmp_path / "one")
    do_all(services)
    archivist = person(services, "lan")
    submissions_acts.give_back(
        services, submission_id, Return(reason="Thiếu trang 3"), actor=archivist
    )
    assert "Thiếu trang 3" in officer.get("/my-case-files").text
    handed_in(services, tmp_path / "two")
    assert "Thiếu trang 3" not in officer.get("/my-case-files").text


def test_what_is_set_apart_stands_with_what_is_being_worked_on(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    submission_id = handed_in(services, tmp_path / "one")
    do_all(services)
    with services.writing() as session:
        session.get_one(Submission, submission_id).state = SubmissionState.QUARANTINED
    assert "Cách ly" in officer.get("/my-case-files?tab=checking").text


def test_the_list_asks_as_much_for_thirty_as_for_three(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    def statements() -> int:
        with counted(services) as seen:
            assert officer.get("/my-case-files?tab=all").status_code == 200
        return len(seen)

    officer_actor = person(services, "bach")
    few_cases = many_cases(tmp_path / "few", range(1, 4))
    submissions_acts.submit(few_cases, actor=officer_actor, services=services)
    few = statements()
    more = many_cases(tmp_path / "more", range(4, 31))
    submissions_acts.submit(more, actor=officer_actor, services=services)
    assert statements() == few


def test_the_archive_heads_pages_open_too(app: Flask, services: Services) -> None:
    add_person(services, "doc", Role.AUDITOR)
    head = browser_of(app, services, "hung")
    assert head.get("/desk").status_code == 200
    assert browser_of(app, services, "doc").get("/file-plans").status_code == 200


def test_a_withdrawn_submission_stays_withdrawn(
    services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    submission_id = handed_in(services, tmp_path / "case")
    assert post(officer, f"/submissions/{submission_id}/withdraw").status_code == 303
    do_all(services)
    (found,) = submissions(services)
    assert found.state == SubmissionState.WITHDRAWN.value


def test_an_upload_left_lying_is_swept_and_a_fresh_one_stays(services: Services) -> None:
    folder = upload_folder(services)
    old, fresh = (folder.begin(owner="bach", name="a.pdf", size_bytes=9) for _ in range(2))
    os.utime(folder.path(old.id), (0, 0))
    with services.writing() as session:
        services.jobs.add(session, "sweep-uploads")
    do_all(services)
    assert folder.get(fresh.id, owner="bach") == fresh
    with pytest.raises(UploadUnknownError):
        folder.get(old.id, owner="bach")


def test_ctrl_k_finds_codes_titles_and_words_of_documents_each_where_it_may_be_seen(
    app: Flask, services: Services, officer: FlaskClient, tmp_path: Path
) -> None:
    submission_id = handed_in(services, tmp_path / "case")
    do_all(services)

    def kinds(client: FlaskClient, words: str) -> list[str]:
        entries = client.get("/palette", query_string={"q": words}).get_json()["entries"]
        return [entry["kind"] for entry in entries]

    assert kinds(officer, "08.qlct") == ["Lần nộp"]
    submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
    do_all(services)
    assert kinds(officer, "08.qlct")[0] == "Hồ sơ"
    assert "Tài liệu" in kinds(officer, "bien ban ban giao")
    assert kinds(officer, "%%%") == kinds(officer, "  ") == []
    assert kinds(browser_of(app, services, "stranger"), "08.qlct") == []
