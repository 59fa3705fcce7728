"""The life of a case file through the API, by the people of the sample."""

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.demo.bad_input import small_case
from archive_service.domain.account import Role
from archive_service.domain.submission import SubmissionFile
from archive_service.workflow.intake import accept, submit
from tests.factories.archive import OPERATOR, copy_home, new_home, open_home, person
from tests.factories.clients import (
    Program,
    add_person,
    do_all,
    program_of,
    restricted_case,
    zip_bytes,
)

OPEN_CODE, RESTRICTED_CODE = "H40.18.2025.08.QLCT", "H40.18.2025.07.QLCT"


@pytest.fixture(scope="module")
def held_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two case files stored, indexed, with their receipts; one of them open on conditions."""
    place = tmp_path_factory.mktemp("held")
    home = new_home(place / "home")
    with open_home(home) as services:
        add_person(services, "quan", Role.ADMIN)
        add_person(services, "kiem", Role.AUDITOR)
        small_case(place / "open", code=OPEN_CODE)
        restricted_case(place / "restricted", code=RESTRICTED_CODE)
        for name in ("open", "restricted"):
            (submission,) = submit(place / name, actor=person(services, "bach"), services=services)
            do_all(services)
            accept(submission, actor=person(services, "lan"), services=services)
        do_all(services)
    return home


@pytest.fixture
def services(held_home: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(held_home, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def archivist(app: Flask, services: Services) -> Program:
    return program_of(app, services, "lan")


@pytest.fixture
def officer(app: Flask, services: Services) -> Program:
    return program_of(app, services, "bach")


@pytest.fixture
def reader(app: Flask, services: Services) -> Program:
    return program_of(app, services, "binh")


def _file(program: Program, code: str) -> dict[str, object]:
    case = program.get(f"/case-files/{code}").get_json()
    found: dict[str, object] = case["documents"][0]["files"][0]
    return found


def _pdf_path(program: Program, code: str) -> str:
    return f"/case-files/{code}/files/{_file(program, code)['id']}"


def test_a_case_file_goes_from_zip_to_receipt(
    services: Services, officer: Program, archivist: Program, tmp_path: Path
) -> None:
    sent = officer.post(
        "/submissions",
        data=zip_bytes(tmp_path, code="H40.18.2025.09.QLCT"),
        headers={"Content-Disposition": 'attachment; filename="ho-so.zip"'},
        content_type="application/zip",
    )
    assert sent.status_code == 201
    (submission,) = sent.get_json()["submissions"]
    assert (submission["state"], submission["channel"]) == ("received", "rest")
    assert submission["source"] == "ho-so.zip"
    do_all(services)
    place = f"/submissions/{submission['id']}"
    assert archivist.get(place).get_json()["state"] == "checked"
    accepted = archivist.post(f"{place}/accept")
    assert (accepted.status_code, accepted.get_json()["state"]) == (200, "accepted")
    assert officer.get(f"{place}/receipt").get_json()["code"] == "receipt-not-issued"
    do_all(services)
    assert archivist.post(f"{place}/accept").get_json()["state"] == "stored"
    receipt = officer.get(f"{place}/receipt")
    assert receipt.data.startswith(b"%PDF-")
    stored = officer.get(place).get_json()
    assert hashlib.sha256(receipt.data).hexdigest() == stored["receipt"]["sha256"]


def test_the_receipt_comes_from_a_copy_once_staging_has_let_it_go(
    services: Services, officer: Program
) -> None:
    case = officer.get(f"/case-files/{OPEN_CODE}").get_json()
    services.staging.discard(case["receipt"]["sha256"])
    receipt = officer.get(f"/case-files/{OPEN_CODE}/receipt")
    assert hashlib.sha256(receipt.data).hexdigest() == case["receipt"]["sha256"]


def test_a_form_with_its_files_is_a_submission(
    services: Services, officer: Program, tmp_path: Path
) -> None:
    case = small_case(tmp_path / "case", code="H40.18.2025.09.QLCT")
    pdf = next(path for path in case.iterdir() if path.suffix == ".pdf").read_bytes()
    fields = {"fileCode": "H40.18.2025.09.QLCT", "title": "Hồ sơ gửi bằng biểu mẫu"}
    documents = [{"fields": {"subject": "Biên bản"}, "files": ["bien-ban.pdf"]}]
    sent = officer.post(
        "/submissions",
        data={
            "case_file": json.dumps(fields),
            "documents": json.dumps(documents),
            "files": (BytesIO(pdf), "bien-ban.pdf"),
        },
    )
    (submission,) = sent.get_json()["submissions"]
    assert (submission["code"], submission["documents"]) == ("H40.18.2025.09.QLCT", 1)
    assert submission["size_bytes"] == len(pdf)


def test_a_form_that_names_a_file_it_does_not_bring_is_refused(officer: Program) -> None:
    documents = [{"fields": {}, "files": ["missing.pdf"]}]
    refused = officer.post(
        "/submissions",
        data={"case_file": "{}", "documents": json.dumps(documents), "files": (BytesIO(b""), "x")},
    )
    assert (refused.status_code, refused.get_json()["code"]) == (422, "request-invalid")
    assert "missing.pdf" in refused.get_json()["findings"][0]["message"]


@pytest.mark.parametrize("body", ['{"case_file": 7}', "no json", '["case_file"]'])
def test_a_form_that_is_not_of_its_form_is_refused(officer: Program, body: str) -> None:
    refused = officer.post("/submissions", data={"case_file": body, "files": (BytesIO(b"x"), "x")})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "request-invalid")


def test_a_body_of_another_kind_is_refused(officer: Program) -> None:
    refused = officer.post("/submissions", json={"code": OPEN_CODE})
    assert (refused.status_code, refused.get_json()["code"]) == (415, "body-kind-unknown")


def test_a_reader_hands_nothing_in(reader: Program) -> None:
    refused = reader.post("/submissions", data=b"PK", content_type="application/zip")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "act-not-allowed")


def test_nothing_is_left_of_a_body_that_was_refused(services: Services, officer: Program) -> None:
    officer.post("/submissions", data=b"no zip", content_type="application/zip")
    assert list(services.work_folder.glob("received-*")) == []


def test_errors_that_stand_are_told_when_acceptance_is_refused(
    services: Services, officer: Program, archivist: Program, tmp_path: Path
) -> None:
    sent = officer.post(  # the code is held already
        "/submissions", data=zip_bytes(tmp_path, code=OPEN_CODE), content_type="application/zip"
    )
    place = f"/submissions/{sent.get_json()['submissions'][0]['id']}"
    do_all(services)
    refused = archivist.post(f"{place}/accept")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "unresolved-findings")
    assert any(found["severity"] == "error" for found in refused.get_json()["findings"])
    returned = archivist.post(f"{place}/return", json={"reason": "Mã hồ sơ đã có trong kho."})
    assert returned.get_json()["state"] == "returned"
    assert archivist.post(f"{place}/return", json={}).status_code == 422


def test_an_officer_withdraws_and_does_not_accept(
    services: Services, officer: Program, tmp_path: Path
) -> None:
    sent = officer.post(
        "/submissions",
        data=zip_bytes(tmp_path, code="H40.18.2025.09.QLCT"),
        content_type="application/zip",
    )
    place = f"/submissions/{sent.get_json()['submissions'][0]['id']}"
    assert officer.post(f"{place}/accept").status_code == 403
    assert officer.post(f"{place}/withdraw").get_json()["state"] == "withdrawn"


def test_another_agency_sees_and_opens_nothing(app: Flask, services: Services) -> None:
    stranger = program_of(app, services, "stranger")
    archivist = program_of(app, services, "lan")
    submission = archivist.get("/submissions").get_json()["submissions"][0]["id"]
    assert stranger.get("/case-files").get_json()["cases"] == []
    assert stranger.get("/submissions").get_json()["submissions"] == []
    assert stranger.get(f"/case-files/{OPEN_CODE}").status_code == 404
    assert stranger.get(_pdf_path(archivist, OPEN_CODE)).status_code == 404
    assert stranger.get(f"/submissions/{submission}").status_code == 404


def test_a_submitted_file_is_read_before_it_is_accepted(
    services: Services, officer: Program, archivist: Program, tmp_path: Path
) -> None:
    sent = officer.post(
        "/submissions",
        data=zip_bytes(tmp_path, code="H40.18.2025.09.QLCT"),
        content_type="application/zip",
    )
    submission = sent.get_json()["submissions"][0]["id"]
    with services.read_only() as session:
        file = session.scalars(
            select(SubmissionFile).where(SubmissionFile.submission_id == UUID(submission))
        ).one()
    place = f"/submissions/{submission}/files/{file.id}"
    read = archivist.get(place, headers={"Range": "bytes=0-4"})
    assert (read.status_code, read.data) == (206, b"%PDF-")
    assert archivist.get(f"/submissions/{submission}/files/{submission}").status_code == 404


def test_a_case_file_tells_where_it_lies(archivist: Program) -> None:
    case = archivist.get(f"/case-files/{OPEN_CODE}").get_json()
    assert [copy["copy"] for copy in case["package"]["copies"]] == ["kho1", "kho2"]
    spec = archivist.get("/openapi.json").get_json()["components"]["schemas"]
    described = next(part for name, part in spec.items() if name.endswith("CopyDocument"))
    assert set(described["properties"]) == {"copy", "state", "verified_at"}


def test_a_whole_file_is_what_was_submitted(archivist: Program) -> None:
    file = _file(archivist, OPEN_CODE)
    answer = archivist.get(_pdf_path(archivist, OPEN_CODE))
    assert hashlib.sha256(answer.data).hexdigest() == file["sha256"]
    assert answer.headers["ETag"] == f'"{file["sha256"]}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert int(answer.headers["Content-Length"]) == file["size_bytes"]
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("0-99", 0, 100), ("100-199", 100, 200), ("-50", -50, None)]
)
def test_a_range_is_a_part_of_the_file(
    archivist: Program, asked: str, start: int, stop: int | None
) -> None:
    place = _pdf_path(archivist, OPEN_CODE)
    whole = archivist.get(place).data
    answer = archivist.get(place, headers={"Range": f"bytes={asked}"})
    assert (answer.status_code, answer.data) == (206, whole[start:stop])
    assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_range_outside_the_file_is_refused_with_its_size(archivist: Program) -> None:
    place = _pdf_path(archivist, OPEN_CODE)
    size = _file(archivist, OPEN_CODE)["size_bytes"]
    answer = archivist.get(place, headers={"Range": "bytes=999999999-"})
    assert (answer.status_code, answer.get_json()["code"]) == (416, "range-not-satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{size}"


def test_a_file_the_client_has_is_not_sent_again(archivist: Program) -> None:
    place = _pdf_path(archivist, OPEN_CODE)
    etag = archivist.get(place).headers["ETag"]
    answer = archivist.get(place, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_the_head_of_a_file_opens_no_copy(services: Services, archivist: Program) -> None:
    place = _pdf_path(archivist, OPEN_CODE)
    for copy in ("kho1", "kho2"):
        (services.settings.home / copy).rename(services.settings.home / f"{copy}-away")
    answer = archivist.ask("HEAD", place)
    assert (answer.status_code, answer.data) == (200, b"")
    gone = archivist.get(place)
    assert gone.status_code == 503
    assert gone.headers["Retry-After"]


def test_a_damaged_copy_is_passed_over(services: Services, archivist: Program) -> None:
    file = _file(archivist, OPEN_CODE)
    held = next((services.settings.home / "kho1").rglob(str(file["path"]).rpartition("/")[2]))
    held.chmod(0o644)
    held.write_bytes(b"%" * held.stat().st_size)
    answer = archivist.get(_pdf_path(archivist, OPEN_CODE))
    assert hashlib.sha256(answer.data).hexdigest() == file["sha256"]


def test_conditional_content_is_closed_to_a_reader_and_its_data_is_not(
    archivist: Program, reader: Program
) -> None:
    assert reader.get(f"/case-files/{RESTRICTED_CODE}").status_code == 200
    refused = reader.get(_pdf_path(archivist, RESTRICTED_CODE))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "content-restricted")
    assert reader.get(f"/case-files/{RESTRICTED_CODE}/text").get_json()["documents"] == []
    document = archivist.get(f"/case-files/{RESTRICTED_CODE}").get_json()["documents"][0]["id"]
    assert reader.get(f"/documents/{document}").get_json()["code"] == RESTRICTED_CODE
    assert reader.get(f"/documents/{document}/text").status_code == 403


def test_an_administrator_sees_no_content(app: Flask, services: Services) -> None:
    administrator = program_of(app, services, "quan")
    assert administrator.get(f"/case-files/{OPEN_CODE}").status_code == 404
    assert administrator.get("/search?q=tram").status_code == 403


def test_reading_conditional_content_is_one_event_however_many_ranges(
    app: Flask, services: Services, archivist: Program
) -> None:
    auditor = program_of(app, services, "kiem")
    place = _pdf_path(archivist, RESTRICTED_CODE)
    for start in (0, 10, 20):
        archivist.get(place, headers={"Range": f"bytes={start}-{start + 9}"})
    archivist.get(f"/case-files/{RESTRICTED_CODE}/text")
    program_of(app, services, "hung").get(place)
    archivist.get(_pdf_path(archivist, OPEN_CODE))
    events = auditor.get("/audit-events?tag=document:read").get_json()["events"]
    assert [event["account"] for event in events] == ["hung", "lan"]
    assert events[0]["data"]["code"] == RESTRICTED_CODE


def test_a_document_gives_its_words_page_by_page(reader: Program) -> None:
    document = reader.get(f"/case-files/{OPEN_CODE}").get_json()["documents"][0]["id"]
    text = reader.get(f"/documents/{document}/text").get_json()
    assert "mố neo" in text["pages"][0]["text"]
    assert reader.get("/documents/00000000-0000-4000-8000-000000000000").status_code == 404


def test_words_are_found_within_what_one_may_see(archivist: Program, reader: Program) -> None:
    found = archivist.get("/search", query_string={"q": "mo neo"}).get_json()
    assert {hit["code"] for hit in found["hits"]} == {OPEN_CODE, RESTRICTED_CODE}
    seen = reader.get("/search", query_string={"q": "mo neo"}).get_json()
    assert {hit["code"] for hit in seen["hits"]} == {OPEN_CODE}
    empty = reader.get("/search", query_string={"q": "..."})
    assert (empty.status_code, empty.get_json()["code"]) == (422, "empty-query")


def test_lists_come_in_parts_and_nothing_is_skipped(archivist: Program) -> None:
    first = archivist.get("/case-files?limit=1").get_json()
    assert first["total"] == 2
    second = archivist.get(f"/case-files?limit=1&cursor={first['cursor']}").get_json()
    assert [first["cases"][0]["code"], second["cases"][0]["code"]] == [RESTRICTED_CODE, OPEN_CODE]
    assert second["cursor"] is None
    oldest = archivist.get("/submissions?limit=1").get_json()
    newest = archivist.get(f"/submissions?limit=1&cursor={oldest['cursor']}").get_json()
    assert oldest["submissions"][0]["received_at"] < newest["submissions"][0]["received_at"]
    jobs = archivist.get("/jobs?limit=2").get_json()
    more = archivist.get(f"/jobs?limit=200&cursor={jobs['cursor']}").get_json()["jobs"]
    assert not {job["id"] for job in jobs["jobs"]} & {job["id"] for job in more}


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WyJhIiwiYiJd"])
def test_a_cursor_of_another_list_is_refused(archivist: Program, cursor: str) -> None:
    refused = archivist.get(f"/submissions?cursor={cursor}")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "list-cursor")


def test_the_term_is_explained_in_the_language_asked_for(archivist: Program) -> None:
    place = f"/case-files/{OPEN_CODE}/retention"
    told = archivist.get(place, headers={"Accept-Language": "en"}).get_json()
    assert told["ends_on"].endswith("-12-31")
    assert all(step["citation"] for step in told["steps"])
    assert told["steps"] != archivist.get(place).get_json()["steps"]


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [("aip", "application/zip", b"PK"), ("xml", "application/xml", b"<?xml")],
)
def test_a_case_file_is_written_out(
    services: Services, archivist: Program, form: str, media_type: str, begins: bytes
) -> None:
    answer = archivist.get(f"/case-files/{OPEN_CODE}/export?form={form}")
    assert (answer.mimetype, answer.data[: len(begins)]) == (media_type, begins)
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    answer.close()
    assert list(services.work_folder.glob("export-*")) == []


def test_a_reader_writes_nothing_out(services: Services, reader: Program) -> None:
    assert reader.get(f"/case-files/{OPEN_CODE}/export").status_code == 403
    assert list(services.work_folder.glob("export-*")) == []


def test_agencies_are_added_by_the_administrator_alone(app: Flask, services: Services) -> None:
    administrator = program_of(app, services, "quan")
    given = {"code": "H40.21", "name": "Sở Y tế tỉnh Sơn Lam"}
    assert program_of(app, services, "lan").post("/agencies", json=given).status_code == 403
    added = administrator.post("/agencies", json=given)
    assert (added.status_code, added.get_json()["form"]) == (201, "new")
    assert administrator.get("/agencies/H40.21").get_json()["name"] == given["name"]
    assert administrator.get("/agencies/H40.99").status_code == 404
    wrong = administrator.post("/agencies", json={"code": "?", "name": "x"})
    assert wrong.get_json()["code"] == "malformed-agency-identifier"


def test_a_repeated_creation_is_done_once_and_answered_alike(
    app: Flask, services: Services, officer: Program, tmp_path: Path
) -> None:
    body = zip_bytes(tmp_path, code="H40.18.2025.09.QLCT").getvalue()

    def send(data: bytes) -> tuple[int, object, str | None]:
        answer = officer.post(
            "/submissions",
            data=data,
            content_type="application/zip",
            headers={"Idempotency-Key": "k-1"},
        )
        return answer.status_code, answer.get_json(), answer.headers.get("Idempotency-Replayed")

    first, again = send(body), send(body)
    assert (first[0], first[2]) == (201, None)
    assert (again[0], again[1], again[2]) == (201, first[1], "true")
    other = send(body + b"x")
    assert other[0] == 409
    assert isinstance(other[1], dict)
    assert other[1]["code"] == "idempotency-key-used"
    states = officer.get("/submissions?state=received").get_json()["submissions"]
    assert len(states) == 1


def test_the_key_of_a_refused_creation_is_free_again(officer: Program, tmp_path: Path) -> None:
    key = {"Idempotency-Key": "k-2"}
    refused = officer.post(
        "/submissions", data=b"no zip", content_type="application/zip", headers=key
    )
    assert refused.status_code == 422
    body = zip_bytes(tmp_path, code="H40.18.2025.09.QLCT")
    sent = officer.post("/submissions", data=body, content_type="application/zip", headers=key)
    assert sent.status_code == 201


def test_keys_of_two_accounts_are_not_the_same_key(app: Flask, services: Services) -> None:
    key, given = {"Idempotency-Key": "k"}, {"code": "H40.21", "name": "Sở Y tế"}
    add_person(services, "quan2", Role.ADMIN)
    for name in ("quan", "quan2"):
        answer = program_of(app, services, name).post("/agencies", json=given, headers=key)
        assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_of_another_form_is_refused(app: Flask, services: Services, key: str) -> None:
    answer = program_of(app, services, "quan").post(
        "/fixity-reports", headers={"Idempotency-Key": key}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency-key-malformed")


def test_a_fixity_pass_is_asked_for_and_reported(services: Services, archivist: Program) -> None:
    job = archivist.post("/fixity-reports")
    assert (job.status_code, job.get_json()["name"]) == (201, "check-fixity")
    do_all(services)
    report = archivist.get("/fixity-reports").get_json()["fixity_reports"][0]
    assert report["checked"] == report["intact"] > 0
    assert report["copies"] == ["kho1", "kho2"]
    done = archivist.get(f"/jobs/{job.get_json()['id']}").get_json()
    assert (done["state"], done["progress"]) == ("done", 1.0)


def test_jobs_are_revived_by_the_administrator_alone(
    app: Flask, services: Services, archivist: Program
) -> None:
    job = archivist.get("/jobs?state=done").get_json()["jobs"][0]
    assert archivist.post(f"/jobs/{job['id']}/retry").status_code == 403
    unchanged = program_of(app, services, "quan").post(f"/jobs/{job['id']}/retry")
    assert unchanged.get_json()["state"] == "done"
    assert archivist.get("/jobs/00000000-0000-4000-8000-000000000000").status_code == 404


def test_the_trail_is_read_by_the_auditor_and_verifies(
    app: Flask, services: Services, archivist: Program
) -> None:
    auditor = program_of(app, services, "kiem")
    assert archivist.get("/audit-events").status_code == 403
    with services.unit_of_work() as uow:
        record_event(uow.session, "test:done", subject_id="x", actor=OPERATOR)
        uow.commit()
    newest = auditor.get("/audit-events?limit=1").get_json()["events"][0]
    assert (newest["tag"], newest["subject_id"]) == ("test:done", "x")
    verdict = auditor.get("/audit-events/verdict").get_json()
    assert verdict["ok"] is True
    assert verdict["events"] == newest["number"]


def test_file_plans_are_listed_and_a_sheet_that_is_none_is_refused(archivist: Program) -> None:
    assert archivist.get("/file-plans").get_json() == {"file_plans": []}
    refused = archivist.post(
        "/file-plans",
        data={"agency": "H40.18", "year": "2025", "file": (BytesIO(b"no sheet"), "plan.xlsx")},
    )
    assert refused.status_code == 422
    assert archivist.post("/file-plans", data={"agency": "H40.18"}).status_code == 422
