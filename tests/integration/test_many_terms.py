"""Terms, rules and dates of many case files at once, judged as those of one; and taken back."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.case_file import CaseFile
from archive_service.domain.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.workflow import many_at_once
from archive_service.workflow.describing import DescriptionRefusedError, describe_case_file
from archive_service.workflow.holds import place_holds
from retention.rules import UnknownRetentionRuleError, schedules
from tests.factories.archive import copy_home, new_home, open_home, person
from tests.factories.clients import do_all
from tests.factories.holding import take_in
from tests.integration.test_many_at_once import applied, begun, held, items, states

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
    return next(one.code for one in found if one.years == years)


def taken_back(services: Services, batch: UUID) -> None:
    back = many_at_once.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
    do_all(services)
    assert set(states(services, back)) == {"ready"}
    applied(services, back)


def refused(services: Services, batch: UUID) -> list[str]:
    return sorted({found["code"] for one in items(services, batch) for found in one.refusals})


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
    assert [(one["field"], one["was"], one["becomes"]) for one in shown] == [
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
    assert ("ruleCode", rule, "") in [(one["field"], one["was"], one["becomes"]) for one in shown]
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
    with services.unit_of_work() as uow:
        plan = FilePlan(
            agency_id=first.agency_id, year=first.year, state=FilePlanState.APPROVED,
            approved_by="hung", approved_at=clock.now(),
        )  # fmt: skip
        plan.entries = [
            FilePlanEntry(
                ordinal=1, notation=first.notation, title="Hồ sơ", term="30 năm", years=30
            )
        ]
        uow.session.add(plan)
        uow.commit()
    batch = begun(services, order("maintenance", TEN))
    assert states(services, batch) == ["refused", "ready", "ready"]
    longer = begun(services, order("maintenance", FOREVER))
    shown = {one.code: one.changes for one in items(services, longer)}[first.code]
    planned = f"{first.year}.{first.notation}"
    assert [(one["field"], one["becomes"]) for one in shown] == [("maintenance", FOREVER)]
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
    back = many_at_once.undo(services, batch, reason="Nhầm", actor=person(services, "lan"))
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
    assert [one[5] for one in before] == sorted(one for one in ends if one)
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
