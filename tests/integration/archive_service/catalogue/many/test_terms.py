"""Terms, rules and dates of many case files at once, judged as those of one; and taken back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.catalogue.describing.acts import DescriptionRefusedError, describe_case_file
from archive_service.catalogue.many import acts as many_acts
from archive_service.catalogue.many import jobs as many_jobs
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.holds.acts import place_holds
from retention.terms.rules import UnknownRetentionRuleError, schedules
from tests.integration.archive_service.catalogue.many.batches import (
    applied,
    begun,
    held,
    items,
    states,
)
from tests.worlds.archive import OPERATOR, copy_home, new_home, open_home, person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.holding import take_in

TWENTY, THIRTY, FOREVER = "05", "04", "01"
TEN = "06"


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds three case files of twenty years."""
    place = tmp_path_factory.mktemp("terms")
    home = new_home(place / "home")
    with open_home(home) as services:
        take_in(services, place / "in", range(1, 4))
        do_all(services)
    return home


@pytest.fixture
def services(three: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(three, tmp_path / "home")) as opened:
        yield opened


def order(field: str, value: str, scope: str = "case-file") -> dict[str, str]:
    return {"scope": scope, "field": field, "act": "set", "value": value}


def rule_of(years: int) -> str:
    found = schedules().in_force(clock.today())
    return next(retention_rule.code for retention_rule in found if retention_rule.years == years)


def taken_back(services: Services, batch: UUID) -> None:
    back = many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    assert set(states(services, back)) == {"ready"}
    applied(services, back)


def refused(services: Services, batch: UUID) -> list[str]:
    return sorted(
        {
            found["code"]
            for description_item in items(services, batch)
            for found in description_item.refusals
        }
    )


def plan_of(row: CaseFile, years: int) -> FilePlan:
    """An approved file plan of the year of the case file, with its entry."""
    plan = FilePlan(
        agency_id=row.agency_id, year=row.year, state=FilePlanState.APPROVED,
        approved_by="hung", approved_at=clock.now(),
    )  # fmt: skip
    plan.entries = [
        FilePlanEntry(
            ordinal=1, notation=row.notation, title="Hồ sơ", term=f"{years} năm", years=years
        )
    ]
    return plan


def days(services: Services) -> list[dict[str, Any]]:
    """Until when each case file is kept, as batches tell it."""
    return [
        {"ends_on": row.ends_on and row.ends_on.isoformat(), "permanent": row.permanent}
        for row in held(services)
    ]


def told(services: Services, batch: UUID, when: str) -> list[dict[str, Any]]:
    return [(description_item.retention or {})[when] for description_item in items(services, batch)]


def kept(services: Services) -> list[tuple[object, ...]]:
    return [
        (
            row.maintenance,
            row.rule_code,
            row.rule["years"],
            row.permanent,
            row.starts_on,
            row.ends_on,
        )
        for row in held(services)
    ]  # fmt: skip


def test_a_longer_term_of_many_moves_their_last_days_and_is_taken_back(services: Services) -> None:
    before = kept(services)
    batch = begun(services, order("maintenance", "Vĩnh viễn"))
    shown = items(services, batch)[0].changes
    assert [(entry["field"], entry["was"], entry["becomes"]) for entry in shown] == [
        ("maintenance", TWENTY, FOREVER)
    ]
    assert kept(services) == before
    applied(services, batch)
    assert {(row.permanent, row.ends_on) for row in held(services)} == {(True, None)}
    taken_back(services, batch)
    assert kept(services) == before


def test_a_term_below_the_rule_of_the_case_file_is_refused_for_many_and_for_one(
    services: Services,
) -> None:
    rule = rule_of(20)
    applied(services, begun(services, order("ruleCode", rule)))
    assert {(row.rule_code, row.rule["basis"]) for row in held(services)} == {(rule, "schedule")}
    batch = begun(services, order("maintenance", TEN))
    assert states(services, batch) == ["refused"] * 3
    assert refused(services, batch) == ["term-below-rule"]
    code = held(services)[0].code
    for edit in ({"maintenance": TEN}, {"ruleCode": rule_of(30)}):
        with pytest.raises(DescriptionRefusedError):
            describe_case_file(
                services, code, {0: edit}, reason="Sửa", actor=person(services, "lan")
            )
    assert held(services)[0].rule_code == rule


def test_a_rule_that_a_longer_term_took_away_comes_back_with_the_undo(services: Services) -> None:
    rule = rule_of(20)
    applied(services, begun(services, order("ruleCode", rule)))
    before = kept(services)
    batch = begun(services, order("maintenance", THIRTY))
    shown = items(services, batch)[0].changes
    assert ("ruleCode", rule, "") in [
        (entry["field"], entry["was"], entry["becomes"]) for entry in shown
    ]
    applied(services, batch)
    assert {(row.rule_code, row.rule["years"]) for row in held(services)} == {("declared", 30)}
    taken_back(services, batch)
    assert kept(services) == before


def test_rule_and_term_together_are_judged_together(services: Services) -> None:
    before = kept(services)
    rule = rule_of(30)
    batch = begun(services, order("ruleCode", rule), order("maintenance", THIRTY))
    applied(services, batch)
    assert {(row.rule_code, row.maintenance) for row in held(services)} == {(rule, THIRTY)}
    taken_back(services, batch)
    assert kept(services) == before
    unknown = begun(services, order("ruleCode", "KHONG.CO"))
    assert refused(services, unknown) == ["unknown-retention-rule"]
    with pytest.raises(UnknownRetentionRuleError):
        describe_case_file(
            services, held(services)[0].code, {0: {"ruleCode": "KHONG.CO"}}, reason="Sửa",
            actor=person(services, "lan"),
        )  # fmt: skip


def test_the_file_plan_says_the_least(services: Services) -> None:
    first = held(services)[0]
    with services.writing() as session:
        session.add(plan_of(first, years=30))
    batch = begun(services, order("maintenance", TEN))
    assert states(services, batch) == ["refused", "ready", "ready"]
    longer = begun(services, order("maintenance", FOREVER))
    shown = {
        description_item.code: description_item.changes
        for description_item in items(services, longer)
    }[first.code]
    planned = f"{first.year}.{first.notation}"
    assert [(entry["field"], entry["becomes"]) for entry in shown] == [("maintenance", FOREVER)]
    applied(services, longer)
    row = held(services)[0]
    assert (row.rule_code, row.rule["years"], row.maintenance) == (planned, 30, FOREVER)


def test_the_term_of_documents_raises_that_of_the_case_file_and_lets_it_down(
    services: Services,
) -> None:
    before = kept(services)
    batch = begun(services, order("maintenance", FOREVER, "documents"))
    applied(services, batch)
    assert {(row.permanent, row.rule["raised_from"]) for row in held(services)} == {(True, 20)}
    describe_case_file(
        services, held(services)[0].code, {0: {"endDate": "2025-12-31"}}, reason="Sửa",
        actor=person(services, "lan"),
    )  # fmt: skip
    assert held(services)[0].permanent
    many = [row.code for row in held(services)][1:]
    back = many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    applied(services, back)
    assert kept(services)[1:] == before[1:]
    assert len(many) == 2


def test_dates_of_many_are_judged_with_each_other_and_move_the_last_day(
    services: Services,
) -> None:
    before = kept(services)
    early = begun(services, order("endDate", "01/01/2020"))
    assert states(services, early) == ["refused"] * 3
    with services.read_only() as session:
        ends = session.scalars(select(CaseFile.ends_on)).all()
    assert [one[5] for one in before] == sorted(end for end in ends if end)
    codes = [row.code for row in held(services)]
    place_holds(
        services, codes[:1], authority="Tòa án", reason="Vụ án", actor=person(services, "hung")
    )
    batch = begun(services, order("startDate", "2023"), order("endDate", "31/12/2023"))
    assert refused(services, batch) == ["case-file-held"]
    applied(services, batch)
    years = [row.ends_on.year for row in held(services) if row.ends_on]
    assert years[1:] == [2043, 2043]
    taken_back(services, batch)
    assert kept(services) == before


@pytest.mark.parametrize(
    "orders",
    [
        [order("maintenance", FOREVER)],
        [order("maintenance", "07"), order("term", "25")],
        [order("ruleCode", rule_of(30)), order("maintenance", THIRTY)],
        [order("startDate", "2023"), order("endDate", "31/12/2023")],
        [order("maintenance", FOREVER, "documents")],
    ],
    ids=["permanent", "years", "rule", "date", "documents"],
)
def test_the_last_day_that_is_shown_is_the_one_that_stands_after(
    services: Services, orders: list[dict[str, str]]
) -> None:
    before, rows = days(services), kept(services)
    batch = begun(services, *orders)
    shown = told(services, batch, "becomes")
    assert told(services, batch, "was") == before
    assert (kept(services), days(services)) == (rows, before)
    applied(services, batch)
    assert days(services) == shown
    assert shown != before
    assert (told(services, batch, "was"), told(services, batch, "becomes")) == (before, shown)
    back = many_acts.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    assert (told(services, back, "was"), told(services, back, "becomes")) == (shown, before)
    applied(services, back)
    assert (days(services), kept(services)) == (before, rows)


def test_the_plan_that_decides_is_seen_in_the_last_day_that_is_shown(services: Services) -> None:
    first = held(services)[0]
    with services.writing() as session:
        session.add(plan_of(first, years=30))
    batch = begun(services, order("maintenance", FOREVER))
    year = int(first.end_date[:4])
    shown = told(services, batch, "becomes")
    assert shown == [
        {"ends_on": f"{year + 30}-12-31", "permanent": False},
        *[{"ends_on": None, "permanent": True}] * 2,
    ]
    applied(services, batch)
    assert days(services) == shown


def test_the_last_day_is_told_on_the_page_and_to_programs(services: Services) -> None:
    app, before = create_app(services), days(services)
    batch = begun(services, order("maintenance", FOREVER))
    program = program_of(app, services, "lan")
    listed = program.get(f"/description-batches/{batch}/case-files").get_json()["case_files"]
    after = {"ends_on": None, "permanent": True}
    assert [entry["retention"] for entry in listed] == [
        {"was": day, "becomes": after} for day in before
    ]
    asked = Command(services.settings.home).run(
        "case", "batch", str(batch), "--json", account="lan"
    )
    assert [case_file["retention"] for case_file in json.loads(asked.stdout)["case_files"]] == [
        entry["retention"] for entry in listed
    ]
    page = browser_of(app, services, "lan").get(f"/description-batches/{batch}").text
    year = before[0]["ends_on"][:4]
    assert page.count("Ngày hết thời hạn lưu trữ") == 3
    assert f"<del>31/12/{year}</del>" in page
    assert "<ins>Vĩnh viễn</ins>" in page
    longer = begun(services, order("maintenance", TEN, "documents"))
    page = browser_of(app, services, "lan").get(f"/description-batches/{longer}").text
    assert f"31/12/{year} (không đổi)" in page
    other = begun(services)
    listed = program.get(f"/description-batches/{other}/case-files").get_json()["case_files"]
    assert [entry["retention"] for entry in listed] == [None] * 3
    page = browser_of(app, services, "lan").get(f"/description-batches/{other}").text
    assert "Ngày hết thời hạn lưu trữ" not in page


def test_the_last_days_of_many_ask_as_much_as_those_of_one(services: Services) -> None:
    lan, asked = person(services, "lan"), []
    for count in (1, 3):
        codes = [row.code for row in held(services)][:count]
        batch = many_acts.begin(
            services, [order("maintenance", FOREVER)], reason="Sửa", actor=lan, codes=codes
        )
        with counted(services) as seen:
            assert many_jobs.go_on(services, batch, actor=lan)
        asked.append(len([one for one in seen if one.startswith("SELECT")]))
        assert [entry["permanent"] for entry in told(services, batch, "becomes")] == [True] * count
    assert asked[0] == asked[1]


def test_the_last_days_of_a_batch_are_read_back_from_its_act(services: Services) -> None:
    batch = begun(services, order("maintenance", FOREVER))
    applied(services, batch)
    before = [description_item.retention for description_item in items(services, batch)]
    rebuild(services, actor=OPERATOR)
    assert [description_item.retention for description_item in items(services, batch)] == before
    assert None not in before
