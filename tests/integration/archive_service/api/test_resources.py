"""The other resources of the API: agencies, plans, jobs, the trail, fixity; lists in parts."""

from io import BytesIO

import pytest
from flask import Flask

from archive_service.audit import record_event
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.archive import OPERATOR
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, add_person, do_all, program_of


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
    with services.writing() as session:
        record_event(session, "test:done", subject_id="x", actor=OPERATOR)
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
