"""A file plan over REST: read, changed as a draft, amended, copied, added to, printed."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from archive_service.services import Services
from ingest.file_plan.acts import approve_plan
from tests.worlds.archive import head_of_agency, new_home
from tests.worlds.clients import Program, program_of

YEAR = clock.today().year


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def officer(app: Flask, services: Services) -> Program:
    return program_of(app, services, "bach")


@pytest.fixture
def plan_id(officer: Program, tmp_path: Path) -> UUID:
    sheet = tmp_path / "plan.xlsx"
    write_file_plan(sheet, SAMPLE_AGENCY)
    with sheet.open("rb") as source:
        form = {"agency": "H40.18", "year": str(YEAR), "file": (source, "plan.xlsx")}
        made = officer.post("/file-plans", data=form)
    assert made.status_code == 201
    return UUID(made.get_json()["id"])


def whole(program: Program, plan_id: UUID, query: str = "") -> dict[str, Any]:
    answer = program.get(f"/file-plans/{plan_id}{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_draft_is_read_and_changed(officer: Program, plan_id: UUID) -> None:
    plan = whole(officer, plan_id)
    assert [one["symbol"] for one in plan["headings"]] == ["TH", "QLCT", "TCCB", "TCKT"]
    assert (plan["state"], plan["signing"], plan["counts"]["all"]) == ("draft", "unsigned", 12)
    heading = plan["headings"][2]["id"]
    given = {"notation": "20.TCCB", "title": "Hồ sơ mới", "term": "5 năm", "heading_id": heading}
    key = {"Idempotency-Key": "one"}
    path = f"/file-plans/{plan_id}/entries"
    for _ in range(2):  # the same request again gives the same answer and no second entry
        assert officer.post(path, json=given, headers=key).status_code == 201
    assert officer.post(path, json=given).get_json()["code"] == "file-plan-notation-taken"
    entry = next(one for one in whole(officer, plan_id)["entries"] if one["notation"] == "20.TCCB")
    changed = officer.ask("PUT", f"{path}/{entry['id']}", json=given | {"title": "Khác"})
    assert any(one["title"] == "Khác" for one in changed.get_json()["entries"])
    numbered = officer.post(f"/file-plans/{plan_id}/renumber", json={"numbering": "heading"})
    assert "03.TCCB" in [one["notation"] for one in numbered.get_json()["entries"]]
    assert officer.ask("DELETE", f"{path}/{entry['id']}").get_json()["counts"]["all"] == 12
    assert officer.ask("DELETE", f"{path}/{entry['id']}").status_code == 404


def test_an_approved_plan_is_amended_copied_and_added_to(
    app: Flask, services: Services, officer: Program, plan_id: UUID
) -> None:
    path = f"/file-plans/{plan_id}"
    outside = {
        "notation": "13.QLCT",
        "title": "Hồ sơ bão",
        "term": "20 năm",
        "started_on": clock.today().isoformat(),
    }
    early = officer.post(f"{path}/outside-entries", json=outside)
    assert (early.status_code, early.get_json()["code"]) == (409, "file-plan-not-in-force")
    approve_plan(services, plan_id, actor=head_of_agency(services))
    unruled = outside | {"term": "", "rule_code": "99.99"}
    unknown = officer.post(f"{path}/outside-entries", json=unruled)
    assert (unknown.status_code, unknown.get_json()["code"]) == (409, "file-plan-entry-findings")
    opened = officer.post(f"{path}/outside-entries", json=outside)
    assert opened.status_code == 201
    (waits,) = opened.get_json()["amendments"]
    assert waits["state"] == "draft"
    assert [(change["notation"], change["outside"]) for change in waits["changes"]] == [
        ("13.QLCT", True)
    ]
    assert whole(officer, plan_id, "?show=outside")["entries"] == []
    lacking = officer.ask(
        "PUT", f"{path}/amendment/changes", json={"kind": "drop", "notation": "x"}
    )
    assert lacking.status_code == 404
    officer.post(f"{path}/amendment", json={"reason": "Tách phòng"})
    drop = {"kind": "drop", "notation": "12.TCKT"}
    assert officer.ask("PUT", f"{path}/amendment/changes", json=drop).status_code == 200
    assert officer.post(f"{path}/amendment/approve").status_code == 403
    archivist = program_of(app, services, "lan")
    assert archivist.post(f"{path}/amendment/approve").status_code == 403
    head = program_of(app, services, "giamdoc")
    amended = head.post(f"{path}/amendment/approve").get_json()
    assert (amended["version"], amended["counts"]["all"]) == (2, 12)
    assert amended["amendments"][0]["changes"][1]["before"]["term"] == "10 năm"
    (entry,) = whole(officer, plan_id, "?show=outside")["entries"]
    assert (entry["outside"], entry["heading"]) == (True, "II. QUẢN LÝ CÔNG TRÌNH (QLCT)")
    copied = officer.post(f"{path}/copy", json={"year": YEAR + 1, "notations": ["13.QLCT"]})
    assert (copied.status_code, copied.get_json()["counts"]["all"]) == (201, 1)
    again = officer.post(f"{path}/copy", json={"year": YEAR + 1})
    assert again.get_json()["code"] == "file-plan-year-taken"
    late = whole(officer, plan_id, "?show=late")
    assert late["entries"] == []


def test_a_plan_is_written_in_each_form_and_hidden_from_strangers(
    app: Flask, services: Services, officer: Program, plan_id: UUID
) -> None:
    for form, begins in (("pdf", b"%PDF"), ("docx", b"PK"), ("xlsx", b"PK")):
        answer = officer.get(f"/file-plans/{plan_id}/paper?form={form}")
        assert answer.data.startswith(begins)
    assert officer.get(f"/file-plans/{plan_id}/paper?form=doc").status_code == 422
    stranger = program_of(app, services, "stranger")
    assert stranger.get(f"/file-plans/{plan_id}").status_code == 404
    assert stranger.get(f"/file-plans/{plan_id}/paper").status_code == 404
    narrow = program_of(app, services, "bach", scopes=["file-plan:list"])
    answer = narrow.post(f"/file-plans/{plan_id}/renumber", json={"numbering": "plan"})
    assert answer.status_code == 403
