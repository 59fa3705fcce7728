"""Submissions through the API: handed in, looked at, decided, and sent twice."""

import datetime as dt
import hashlib
import json
import time
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, g
from sqlalchemy import select

from archive_service import clock
from archive_service.api.idempotency import answer_once
from archive_service.domain.intake.submission import SubmissionFile
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.services import Services
from tests.worlds.archive import person, small_pdf_case
from tests.worlds.clients import OPEN_CODE, Program, do_all, program_of, zip_bytes
from tests.worlds.papers.bad_input import small_case, zip_of


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
    remedy = refused.get_json()["remedy"]
    assert "application/zip, application/xml, multipart/form-data" in remedy


def test_a_reader_hands_nothing_in(reader: Program) -> None:
    refused = reader.post("/submissions", data=b"PK", content_type="application/zip")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "act-not-allowed")


def test_nothing_is_left_of_a_body_that_was_refused(services: Services, officer: Program) -> None:
    officer.post("/submissions", data=b"no zip", content_type="application/zip")
    assert list(services.work_folder.glob("received-*")) == []


def test_errors_that_stand_are_told_when_acceptance_is_refused(
    services: Services, officer: Program, archivist: Program, tmp_path: Path
) -> None:
    other = zip_of(small_pdf_case(tmp_path / "other", code=OPEN_CODE), tmp_path / "other.zip")
    sent = officer.post(  # the code is held already, with other documents
        "/submissions", data=other.read_bytes(), content_type="application/zip"
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
            select(SubmissionFile).where(
                SubmissionFile.submission_id == UUID(submission),
                SubmissionFile.path.endswith(".pdf"),
            )
        ).one()
    place = f"/submissions/{submission}/files/{file.id}"
    read = archivist.get(place, headers={"Range": "bytes=0-4"})
    assert (read.status_code, read.data) == (206, b"%PDF-")
    assert archivist.get(f"/submissions/{submission}/files/{submission}").status_code == 404


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


def test_the_key_of_a_request_that_died_is_free_after_a_minute(
    officer: Program, services: Services, tmp_path: Path
) -> None:
    body = zip_bytes(tmp_path, code="H40.18.2025.41.QLCT").getvalue()
    asked: dict[str, Any] = {"headers": {"Idempotency-Key": "k-41"}}
    first = officer.post("/submissions", data=body, content_type="application/zip", **asked)

    def died(seconds: float) -> None:
        with services.writing() as session:
            row = session.get_one(IdempotentRequest, ("bach", "k-41"))
            row.status, row.created_at = None, clock.now() - dt.timedelta(seconds=seconds)

    died(20)
    busy = officer.post("/submissions", data=body, content_type="application/zip", **asked)
    assert (busy.status_code, busy.get_json()["code"]) == (409, "idempotency-key-busy")
    assert 30 <= int(busy.headers["Retry-After"]) <= 40
    died(61)
    again = officer.post("/submissions", data=body, content_type="application/zip", **asked)
    assert again.status_code == 201
    assert again.get_json()["submissions"][0]["id"] == first.get_json()["submissions"][0]["id"]


def test_a_request_that_takes_long_keeps_its_key(app: Flask, services: Services) -> None:
    seen = []

    def create() -> dict[str, Any]:
        with services.writing() as session:
            row = session.get_one(IdempotentRequest, ("bach", "k-42"))
            row.created_at = long_ago = clock.now() - dt.timedelta(hours=1)
        until = time.monotonic() + 20
        while (at := claimed_at()) == long_ago and time.monotonic() < until:
            time.sleep(0.01)
        seen.append(at > long_ago)
        return {}

    def claimed_at() -> dt.datetime:
        with services.read_only() as session:
            return session.get_one(IdempotentRequest, ("bach", "k-42")).created_at

    with app.test_request_context(headers={"Idempotency-Key": "k-42"}):
        g.actor = person(services, "bach")
        assert answer_once(b"", create, every_s=0.01)[1] == 201
    assert seen == [True]


def test_the_right_to_hand_in_is_enough_for_the_answer_and_its_key(
    app: Flask, services: Services, officer: Program, tmp_path: Path
) -> None:
    sender = program_of(app, services, "bach", scopes=["submission:create"])
    body = zip_bytes(tmp_path, code="H40.18.2025.31.QLCT").getvalue()
    before = len(officer.get("/submissions").get_json()["submissions"])
    answers = [
        sender.post(
            "/submissions",
            data=body,
            headers={"Idempotency-Key": "a-31"},
            content_type="application/zip",
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert len(officer.get("/submissions").get_json()["submissions"]) == before + 1
    (made,) = answers[0].get_json()["submissions"]
    assert sender.get(f"/submissions/{made['id']}").status_code in (403, 404)
