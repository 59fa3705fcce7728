"""Schedules of the archive's own: loaded, adopted by a second person, told where they differ."""

import datetime as dt
import io
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.accounts.second_factor import SecondFactorMissingError, SecondFactorWrongError
from archive_service.app import create_app
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from ingest.file_plan import views as file_plan_views
from retention.schedules import acts as schedules_acts
from retention.schedules.files import ScheduleInvalidError
from retention.schedules.schedules import (
    ScheduleNotFoundError,
    ScheduleOwnError,
    ScheduleReasonError,
    ScheduleStateError,
)
from retention.terms.acts import explain_case_file
from retention.terms.changes import set_term
from retention.terms.given import RuleIn
from retention.terms.known_schedules import known_schedules
from retention.terms.rule_choice import (
    GroupNotNeededError,
    GroupReasonError,
    GroupYearsError,
    choose_group,
)
from retention.terms.rules import MAX_YEARS, RetentionRule
from tests.integration.retention.schedules.adopted import adopt, load, written
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, Program, add_person
from tests.worlds.command import Command
from tests.worlds.retention.dispositions import new_otp
from tests.worlds.retention.schedule_files import CSV, HEAD, TOML

HEAD_DAY = dt.date(2026, 11, 20)


@pytest.fixture
def declared(services: Services) -> Services:
    """The open case file has no entry of a schedule, only what was declared."""
    rule = RetentionRule("declared", "", 20, "TT 05", "declared", "declared")
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        for document in row.documents:
            document.maintenance = None
        set_term(session, row, rule, cause="group", by="lan")
    return services


def test_a_draft_holds_nothing_until_a_second_person_adopts_it(
    services: Services, tmp_path: Path
) -> None:
    told = load(services, written(tmp_path))
    assert (told["state"], told["edition"]) == ("draft", 1)
    assert load(services, written(tmp_path))["id"] == told["id"]
    with services.read_only() as session:
        assert known_schedules(session).find("A.1", HEAD_DAY) is None
    with pytest.raises(ActNotAllowedError):
        adopt(services, told, "lan")
    with pytest.raises(ScheduleReasonError):
        schedules_acts.decide(
            services, UUID(told["id"]), adopt=True, reason=" ", actor=person(services, "hung")
        )
    assert adopt(services, told)["state"] == "adopted"
    with pytest.raises(ScheduleStateError):
        adopt(services, told)
    with services.read_only() as session:
        rule = known_schedules(session).get("A.1", HEAD_DAY)
        assert (rule.years, rule.event) == (5, "contract-ends")
        assert rule.citation == "QĐ 5/QĐ-SNV, mục 1"
        acts = session.scalars(select(Act).where(Act.kind == "retention-schedule")).all()
        assert len(acts) == 2


def test_a_schedule_is_adopted_with_a_second_factor_alone(
    services: Services, tmp_path: Path
) -> None:
    told, hung = load(services, written(tmp_path)), person(services, "hung")

    def decided(otp: str | None) -> dict[str, Any]:
        schedule = UUID(told["id"])
        return schedules_acts.decide(
            services, schedule, adopt=True, reason="QĐ 9", otp=otp, actor=hung
        )

    code = new_otp(services, "hung")
    with pytest.raises(SecondFactorMissingError):
        decided(None)
    with pytest.raises(SecondFactorWrongError):
        decided(f"{(int(code) + 1) % 1_000_000:06}")
    with services.read_only() as session:
        refused = select(AuditEvent).where(AuditEvent.tag == "account:second-factor-refused")
        assert len(session.scalars(refused).all()) == 1
        assert known_schedules(session).find("A.1", HEAD_DAY) is None
    assert decided(code)["state"] == "adopted"


def test_who_loaded_it_does_not_adopt_it(services: Services, tmp_path: Path) -> None:
    told = load(services, written(tmp_path), "hung")
    with pytest.raises(ScheduleOwnError):
        adopt(services, told, "hung")
    add_person(services, "thu", Role.HEAD)
    assert adopt(services, told, "thu")["decided_by"] == "thu"
    with pytest.raises(ScheduleNotFoundError):
        adopt(services, {"id": str(uuid4())})


def test_a_wrong_file_is_refused_with_every_line(services: Services, tmp_path: Path) -> None:
    text = TOML.replace("years = 5", "years = -5").replace('article = "mục 2"', "")
    path = written(tmp_path, text)
    with pytest.raises(ScheduleInvalidError) as refused:
        load(services, path)
    assert "dòng 8" in str(refused.value.facts["faults"])
    assert "dòng 15" in str(refused.value.facts["faults"])
    found = schedules_acts.check_file(services, path, {}, actor=person(services, "lan"))
    assert [fault["line"] for fault in found["faults"]] == [8, 15]
    when = TOML.replace("valid_from = 2026-01-01", 'valid_from = "hôm nay"')
    found = schedules_acts.check_file(
        services, written(tmp_path, when), {}, actor=person(services, "lan")
    )
    assert [fault["code"] for fault in found["faults"]] == ["head-date"]
    taken = TOML.replace('"A.1"', '"TT10.2.01"')
    with pytest.raises(ScheduleInvalidError) as refused:
        load(services, written(tmp_path, taken))
    assert "TT10.2.01" in str(refused.value.facts["faults"])
    shipped = TOML.replace('"nghanh"', '"tt10-2022"')
    assert load(services, written(tmp_path, shipped))["edition"] == 2


def test_a_table_comes_as_csv_and_as_a_workbook(services: Services, tmp_path: Path) -> None:
    told = load(services, written(tmp_path, CSV, "bang.csv"), **HEAD)
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in CSV.splitlines():
        sheet.append(line.split(","))
    book.save(tmp_path / "bang.xlsx")
    again = load(services, tmp_path / "bang.xlsx", **HEAD)
    assert again["document"]["rules"] == told["document"]["rules"]


def test_a_newer_edition_follows_and_a_case_file_keeps_its_rule(
    declared: Services, tmp_path: Path
) -> None:
    services = declared
    adopt(services, load(services, written(tmp_path, TOML.replace("contract-ends", "death"))))
    lan = person(services, "lan")
    with pytest.raises(GroupReasonError):
        choose_group(services, OPEN_CODE, RuleIn(rule="A.1", reason=" "), actor=lan)
    line = ("retention", "classify", OPEN_CODE, "--rule", "A.1", "--json")
    refused = Command(services.settings.home).run(*line, account="lan")
    assert refused.error["code"] == "retention-group"  # left out as well, it is told why
    with pytest.raises(GroupYearsError) as low:
        choose_group(services, OPEN_CODE, RuleIn(rule="A.1", reason="Gần", years=4), actor=lan)
    assert low.value.facts == {"rule": "A.1", "years": 4, "most": MAX_YEARS}
    told = choose_group(services, OPEN_CODE, RuleIn(rule="A.1", reason="Gần nhất"), actor=lan)
    assert (told.rule["basis"], told.ends_on) == ("equivalent", None)
    steps = explain_case_file(services, OPEN_CODE, actor=lan).steps
    (said,) = (step for step in steps if "Gần nhất" in step.text)
    assert said.citation.startswith("TT 10/2022/TT-BNV, "), "what holds for every agency"
    assert "chưa đối chiếu nguyên văn" in said.citation
    second = TOML.replace("2026-01-01", "2026-06-01").replace("years = 5", "years = 9")
    newer = load(services, written(tmp_path, second))
    assert newer["edition"] == 2
    assert explain_case_file(services, OPEN_CODE, actor=lan).newer is None
    adopt(services, newer)
    after = explain_case_file(services, OPEN_CODE, actor=lan)
    assert after.newer is not None
    assert (after.newer["years"], after.waits_for) == (9, "death")
    assert any("nay ghi mục A.1" in step.text for step in after.steps)
    page = browser_of(create_app(services), services, "lan").get(f"/case-files/{OPEN_CODE}").text
    assert "A.1: 09 năm kể từ khi hợp đồng chấm dứt (QĐ 5/QĐ-SNV, mục 1)" in page
    taken = choose_group(services, OPEN_CODE, RuleIn(rule="A.1", reason="Bảng mới"), actor=lan)
    assert taken.rule["years"] == 9
    trail = browser_of(create_app(services), services, "kiem")
    found = trail.get("/audit?field=years&was=5&becomes=9").text
    assert f'/case-files/{OPEN_CODE}"' in found
    assert "Không có việc nào" in trail.get("/audit?field=years&was=9&becomes=5").text
    sought = ("audit", "list", "--field", "years", "--was", "5", "--becomes", "9")
    (event,) = Command(services.settings.home).ask(*sought)["events"]
    assert (event["tag"], event["account"]) == ("case-file:rule-chosen", "lan")
    differ = schedules_acts.compare(services, told_id(services, 1), newer["id"], actor=lan)
    assert [changed.code for changed in differ.changed] == ["A.1"]


def test_an_edition_ends_where_the_next_begins_whichever_was_loaded_first(
    services: Services, tmp_path: Path
) -> None:
    years = {"2020-01-01": 10, "2024-01-01": 20, "2019-01-01": 30}
    drafts = [
        load(
            services, written(tmp_path, TOML.replace("2026-01-01", begins).replace("= 5", f"= {n}"))
        )
        for begins, n in years.items()
    ]
    for entry in (drafts[2], drafts[0], drafts[1]):
        adopt(services, entry)
    found = schedules_acts.list_all(services, actor=person(services, "lan"))
    mine = {
        str(entry.valid_from): entry.valid_to and str(entry.valid_to)
        for entry in found
        if entry.code == "nghanh"
    }
    assert mine == {"2019-01-01": "2019-12-31", "2020-01-01": "2023-12-31", "2024-01-01": None}
    with services.read_only() as session:
        known = known_schedules(session)
        told = [known.get("A.1", dt.date(year, 6, 1)).years for year in (2019, 2021, 2026)]
    assert told == [30, 10, 20]
    adopt(services, load(services, written(tmp_path, TOML.replace("2026-01-01", "2024-01-01"))))
    found = schedules_acts.list_all(services, actor=person(services, "lan"))
    mine_now = [(entry.edition, entry.replaced) for entry in found if entry.code == "nghanh"]
    assert mine_now == [(4, False), (3, False), (2, True), (1, False)]


def test_a_case_file_with_a_rule_of_its_own_needs_no_group(services: Services) -> None:
    rule = RetentionRule("TT10.2.01", "Công văn", 5, "TT 10/2022/TT-BNV, x")
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        set_term(session, row, rule, cause="group", by="lan")
    with pytest.raises(GroupNotNeededError):
        choose_group(
            services,
            OPEN_CODE,
            RuleIn(rule="TT10.3.02", reason="Khác"),
            actor=person(services, "lan"),
        )


def test_schedules_come_back_from_the_copies(
    services: Services, home: Path, tmp_path: Path
) -> None:
    adopt(services, load(services, written(tmp_path)))
    before = schedules_acts.list_all(services, actor=OPERATOR)
    home.joinpath("archive.db").unlink()
    rebuild(services, actor=OPERATOR)
    assert schedules_acts.list_all(services, actor=OPERATOR) == before
    with services.read_only() as session:
        assert known_schedules(session).find("A.1", HEAD_DAY) is not None


def test_the_door_for_programs(services: Services, archivist: Program, tmp_path: Path) -> None:
    told = load(services, written(tmp_path))
    found = archivist.get("/retention-schedules").get_json()["schedules"]
    assert {"tt10-2022", "nghanh"} <= {entry["code"] for entry in found}
    shown = archivist.get("/retention-schedules/tt10-2022").get_json()
    assert shown["count"] == len(shown["rules"])
    differ = archivist.get(f"/retention-schedules/tt10-2022/differences/{told['id']}").get_json()
    assert len(differ["added"]) == 2
    answer = archivist.post(
        f"/retention-schedules/{told['id']}/decision", json={"adopt": True, "reason": "QĐ"}
    )
    assert answer.status_code == 403
    assert archivist.get("/retention-schedules/none").status_code == 404


def test_a_program_loads_a_schedule_once_and_is_told_each_line(
    services: Services, archivist: Program, officer: Program
) -> None:
    def sent(text: str, path: str = "", key: str = "k1", who: Program = archivist) -> Any:
        data = {"file": (io.BytesIO(text.encode()), "bang.csv"), **HEAD}
        address = f"/retention-schedules{path}"
        return who.post(address, data=data, headers={"Idempotency-Key": key})

    wrong = CSV.replace("15 năm,years,15", "-15 năm,years,-15")
    assert wrong != CSV
    checked = sent(wrong, "/checks").get_json()
    assert checked["rules"]
    assert {fault["code"] for fault in checked["faults"]} == {"term-negative"}
    assert all(fault["line"] > 1 for fault in checked["faults"])
    refused = sent(wrong)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "retention-schedule-invalid")
    assert f"dòng {checked['faults'][0]['line']}:" in refused.get_json()["message"]
    first, again = sent(CSV), sent(CSV)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.get_json() == again.get_json()
    assert first.get_json()["state"] == "draft"
    assert sent(CSV + "\n", key="k1").status_code == 409
    assert sent(CSV, key="k2").get_json()["id"] == first.get_json()["id"]
    assert sent(CSV, who=officer).status_code == 403
    adopt(services, first.get_json())
    found = archivist.get(f"/retention-schedules/{first.get_json()['id']}").get_json()
    assert (found["state"], found["decided_by"]) == ("adopted", "hung")


def told_id(services: Services, edition: int) -> str:
    found = schedules_acts.list_all(services, actor=OPERATOR)
    return next(
        str(entry.id) for entry in found if entry.code == "nghanh" and entry.edition == edition
    )


def test_an_entry_of_a_file_plan_may_name_a_rule_of_the_archives_own(
    services: Services, tmp_path: Path
) -> None:
    with services.writing() as session:
        agency = session.scalars(select(Agency)).first()
        assert agency is not None
        entry = FilePlanEntry(
            notation="01.TH", title="Hợp đồng", term="05 năm", ordinal=1, years=5, rule_code="A.1"
        )
        plan = FilePlan(agency_id=agency.id, year=2031, entries=[entry])
        session.add(plan)

    def found() -> tuple[list[str], str]:
        told = file_plan_views.open_plan(services, plan.id, actor=person(services, "lan"))
        return [finding.code for finding in told.findings], told.entries[0].citation

    assert found() == (["plan-rule-unknown"], "A.1")
    adopt(services, load(services, written(tmp_path)))
    assert found() == ([], "QĐ 5/QĐ-SNV, mục 1")


def test_a_group_is_chosen_over_rest(
    declared: Services, archivist: Program, officer: Program, tmp_path: Path
) -> None:
    adopt(declared, load(declared, written(tmp_path)))
    address = f"/case-files/{OPEN_CODE}/retention/rule"
    body = {"rule": "A.2", "reason": "Cùng loại"}
    assert officer.post(address, json=body).status_code == 403
    assert archivist.post(address, json=body | {"reason": " "}).status_code == 422
    told = archivist.post(address, json=body).get_json()
    assert (told["rule"]["code"], told["permanent"], told["moved"]) == ("A.2", True, True)
