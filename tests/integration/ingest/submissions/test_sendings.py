"""What a document system or a province's TTHC system says beside a case file is kept and shown."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from archive_service.app import create_app
from archive_service.domain.intake.callback import Callback
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from tests.worlds.archive import new_home, open_home
from tests.worlds.clients import Program, do_all, program_of, zip_bytes
from tests.worlds.ingest.edxml import Enclosed, PacketOf
from tests.worlds.papers.bad_input import small_case
from tests.worlds.servers.backends import read_settings, write_settings

CODE = "H40.18.2025.09.QLCT"
TTHC = {
    "procedureCode": "1.009972.000.00.00.H40",
    "dossierNumber": "000.00.18.H40-250102-0007",
    "dossierResult": "Cấp giấy phép xây dựng số 07/GPXD",
    "dossierReceivedDate": "02/01/2025",
    "dossierDueDate": "2025-01-22",
    "dossierReturnedDate": "2025-01-20",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def officer(app: Flask, services: Services) -> Program:
    return program_of(app, services, "bach", scopes=["submission:create", "submission:read"])


@pytest.fixture
def archivist(app: Flask, services: Services) -> Program:
    return program_of(app, services, "lan")


def post_zip(program: Program, folder: Path, query: str = "", **headers: str) -> Any:
    return program.post(
        f"/submissions{query}",
        data=zip_bytes(folder, code=CODE),
        headers=headers,
        content_type="application/zip",
    )


def test_the_senders_time_and_name_of_the_package_stand_beside_the_time_of_receipt(
    officer: Program, tmp_path: Path
) -> None:
    query = "?sent_at=2025-11-19T08:30:00%2B07:00&package_id=QLVB-4711"
    (told,) = post_zip(officer, tmp_path, query).get_json()["submissions"]
    assert (told["sent_at"], told["package_id"]) == ("2025-11-19T01:30:00.000000Z", "QLVB-4711")
    assert told["received_at"] != told["sent_at"]


@pytest.mark.parametrize("query", ["?sent_at=hom%20qua", "?sent_at=2025-11-19T08:30:00"])
def test_a_time_without_its_zone_is_refused_and_nothing_is_taken(
    officer: Program, archivist: Program, tmp_path: Path, query: str
) -> None:
    refused = post_zip(officer, tmp_path, query)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "request-invalid")
    codes = [
        submission["code"] for submission in archivist.get("/submissions").get_json()["submissions"]
    ]
    assert CODE not in codes


def test_an_address_to_call_that_is_not_allowed_is_refused_before_anything_is_taken(
    officer: Program, archivist: Program, tmp_path: Path
) -> None:
    refused = post_zip(officer, tmp_path, "?callback_url=http://evil.example/x")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "callback-address")
    codes = [
        submission["code"] for submission in archivist.get("/submissions").get_json()["submissions"]
    ]
    assert CODE not in codes


def test_a_token_without_the_scope_hands_nothing_in(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    poor = program_of(app, services, "bach", scopes=["submission:read"])
    refused = post_zip(poor, tmp_path)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "scope-missing")


def test_the_same_key_with_another_body_is_refused_and_the_same_body_is_answered_again(
    officer: Program, tmp_path: Path
) -> None:
    key = {"Idempotency-Key": "QLVB-4711"}
    data = zip_bytes(tmp_path, code=CODE).getvalue()
    asked: dict[str, Any] = {"headers": key, "content_type": "application/zip"}
    first = officer.post("/submissions", data=BytesIO(data), **asked)
    again = officer.post("/submissions", data=BytesIO(data), **asked)
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = officer.post(
        "/submissions", data=zip_bytes(tmp_path, code="H40.18.2025.10.TH"), **asked
    )
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency-key-used")


def test_the_same_package_without_a_key_is_the_same_submission(
    officer: Program, tmp_path: Path
) -> None:
    data = zip_bytes(tmp_path, code=CODE).getvalue()
    ids = {
        officer.post("/submissions", data=BytesIO(data), content_type="application/zip").get_json()[
            "submissions"
        ][0]["id"]
        for _ in range(2)
    }
    assert len(ids) == 1


def test_what_a_procedure_was_is_kept_shown_and_found(
    services: Services, officer: Program, archivist: Program, tmp_path: Path
) -> None:
    case = small_case(tmp_path / "case", code=CODE)
    pdf = next(path for path in case.iterdir() if path.suffix == ".pdf").read_bytes()
    fields = {
        "fileCode": CODE,
        "title": "Hồ sơ cấp giấy phép xây dựng",
        "maintenance": "10 năm",
        "mode": "Công khai",
        "language": "Tiếng Việt",
        "startDate": "2025-01-02",
        "endDate": "2025-01-20",
        "confidenceLevel": "Gốc điện tử",
        "riskRecovery": "Không",
    } | TTHC
    document = {
        "typeName": "Báo cáo",
        "codeNumber": "7",
        "codeNotation": "BC-SXD",
        "issuedDate": "2025-01-20",
        "organName": "Sở Xây dựng",
        "subject": "Báo cáo thẩm định",
        "language": "Tiếng Việt",
        "mode": "Công khai",
        "confidenceLevel": "Gốc điện tử",
        "process": "Không",
        "riskRecovery": "Không",
    }
    sent = officer.post(
        "/submissions",
        data={
            "case_file": json.dumps(fields),
            "documents": json.dumps([{"fields": document, "files": ["a.pdf"]}]),
            "files": (BytesIO(pdf), "a.pdf"),
        },
    )
    (submission,) = sent.get_json()["submissions"]
    do_all(services)
    accepted = archivist.post(f"/submissions/{submission['id']}/accept")
    assert accepted.status_code == 200, accepted.text
    do_all(services)
    told = archivist.get(f"/case-files/{CODE}").get_json()
    assert (told["procedure_code"], told["dossier_number"]) == (
        TTHC["procedureCode"],
        TTHC["dossierNumber"],
    )
    assert told["dossier_result"] == TTHC["dossierResult"]
    days = [told[f"dossier_{which}_date"] for which in ("received", "due", "returned")]
    assert days == ["2025-01-02", "2025-01-22", "2025-01-20"]
    found = archivist.get("/search", query_string={"q": TTHC["dossierNumber"]}).get_json()
    assert CODE in json.dumps(found)


def test_a_program_without_the_right_to_list_is_told_so_and_not_that_there_is_nothing(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    poor = program_of(app, services, "bach", scopes=["submission:create"])
    (made,) = post_zip(poor, tmp_path).get_json()["submissions"]
    for address in ("/submissions", f"/submissions/{made['id']}"):
        refused = poor.get(address)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "scope-missing")
        assert "submission:list" in refused.get_json()["message"]


def test_the_right_to_hand_in_is_enough_to_be_called_back(home: Path, tmp_path: Path) -> None:
    write_settings(home, read_settings(home) | {"callbacks": {"hosts": ["127.0.0.1:9911"]}})
    with open_home(home) as services:
        poor = program_of(create_app(services), services, "bach", scopes=["submission:create"])
        sent = post_zip(poor, tmp_path, "?callback_url=http://127.0.0.1:9911/x")
        assert sent.status_code == 201
        (made,) = sent.get_json()["submissions"]
        with services.read_only() as session:
            asked = session.get_one(Callback, UUID(made["id"]))
            assert (asked.url, asked.account) == ("http://127.0.0.1:9911/x", "bach")


def test_a_recall_without_its_scope_is_not_answered_as_if_nothing_had_come(
    app: Flask, services: Services
) -> None:
    program = program_of(app, services, "bach", scopes=["submission:create", "submission:list"])
    enclosed = [Enclosed("van-ban.pdf", b"%PDF-1.7 a page")]
    kept = PacketOf(document_id="VB-77", attachments=enclosed)
    recall = PacketOf(document_id="VB-77", errand="1", attachments=[])
    answers = [
        program.post("/submissions", data=packet_of.xml(), content_type="application/xml")
        for packet_of in (kept, recall)
    ]
    assert [answer.status_code for answer in answers] == [201, 403]
    assert answers[1].get_json()["code"] == "scope-missing"
    assert "recall:ask" in answers[1].get_json()["message"]


def test_the_scopes_that_the_documentation_lists_are_what_a_document_system_needs(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    text = Path("docs/operations.md").read_text("utf-8")
    section = text.partition("## Document systems")[2].partition("\n## ")[0]
    rows = [line.rpartition(" | ")[2] for line in section.splitlines() if line.startswith("| ")]
    scopes = re.findall(r"`([a-z:-]+)`", " ".join(rows))
    assert len(scopes) == len(set(scopes)) == 8

    page = [Enclosed("van-ban.pdf", b"%PDF-1.7 of a document system")]
    new = PacketOf(document_id="QL-1", attachments=page)
    newer = PacketOf(document_id="QL-2", attachments=page, errand="3", replaced=["QL-1"])
    back = PacketOf(document_id="QL-2", errand="1", attachments=[])

    def refusals(given: list[str]) -> set[str]:
        program = program_of(app, services, "bach", scopes=given)
        sent = [
            program.post("/submissions", data=packet_of.xml(), content_type="application/xml")
            for packet_of in (new, newer, back)
        ]
        read = [program.get(path) for path in ("/submissions", "/recalls", "/answers")]
        told = [program.get(path) for path in (kept, f"{kept}/files/{file_id}")]
        refused = [response for response in (*sent, *read, *told) if response.status_code > 201]
        return {response.get_json()["code"] for response in refused}

    whole = program_of(app, services, "bach", scopes=scopes)
    (made,) = post_zip(whole, tmp_path).get_json()["submissions"]
    kept = f"/submissions/{made['id']}"
    with services.read_only() as session:
        file_id = session.get_one(Submission, UUID(made["id"])).files[0].id
    assert refusals(scopes) == set()
    for scope in scopes:
        assert "scope-missing" in refusals([one for one in scopes if one != scope]), scope
