"""Case files that are opened during the year outside an approved plan."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.agencies.file_plan import FilePlan
from archive_service.domain.keeping.act import Act
from archive_service.errors import NotAllowedError
from ingest.file_plan import edit
from ingest.file_plan.custody_acts import PLAN
from ingest.file_plan.outside import (
    FilePlanStartError,
    FilePlanTermNeededError,
)
from ingest.file_plan.plans import approve_file_plan
from ingest.file_plan.transitions import FilePlanNotInForceError
from tests.unit.ingest.file_plan.plan_drafts import (
    HEAD,
    YEAR,
    approve,
    asked_outside,
    changing,
    in_force,
    new_draft,
    outside,
    said,
)
from tests.worlds.door import Door, case_row, document_row, write_pdf, write_sheet


def findings(door: Door) -> set[str]:
    write_pdf(door.home / "case" / "01.pdf")
    code = f"H40.18.{YEAR}.09.TH"
    write_sheet(door.home / "case" / "Hồ sơ.xlsx", [case_row(code)], [document_row("01.pdf", code)])
    return {row.code for row in door.checked(door.home / "case").findings}


def test_an_entry_outside_the_plan_binds_nobody_before_it_is_approved(door: Door) -> None:
    plan_id = in_force(door)
    asked_outside(door, plan_id)
    assert "09.TH" not in dict(said(door, plan_id))
    assert door.events()[-1] == "file-plan:entry-opened"
    assert "not-in-file-plan" in findings(door)
    for actor in (door.officer, door.archivist):
        with pytest.raises(NotAllowedError):
            approve(door, plan_id, actor)
    assert "09.TH" not in dict(said(door, plan_id))


def test_once_approved_it_is_an_entry_of_the_plans_next_version(door: Door) -> None:
    plan_id = in_force(door)
    outside(door, plan_id)
    with door.database.read_only() as session:
        plan = session.get_one(FilePlan, plan_id)
        (entry,) = [plan_entry for plan_entry in plan.entries if plan_entry.outside]
        assert (entry.notation, entry.outside, entry.opened_by) == ("09.TH", True, "bach")
        assert (entry.started_on, entry.years) == (clock.today(), 10)
        acts = list(session.scalars(select(Act).order_by(Act.at)))
        assert [act.kind for act in acts] == [PLAN, PLAN]
        assert plan.version == 2
    assert "not-in-file-plan" not in findings(door)


def test_a_number_is_asked_for_once(door: Door) -> None:
    plan_id = in_force(door)
    asked_outside(door, plan_id)
    with pytest.raises(edit.FilePlanNotationTakenError):
        asked_outside(door, plan_id, title="Hồ sơ khác")


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"notation": "1.X"}, edit.FilePlanNotationTakenError),
        ({"term": ""}, FilePlanTermNeededError),
        ({"term": "lâu dài"}, edit.FilePlanTermUnclearError),
        ({"started_on": dt.date(YEAR - 1, 12, 31)}, FilePlanStartError),
        ({"started_on": clock.today() + dt.timedelta(days=2)}, FilePlanStartError),
    ],
)
def test_what_lacks_number_term_or_start_is_not_opened(
    door: Door, changed: dict[str, Any], refusal: type[Exception]
) -> None:
    plan_id = in_force(door)
    with pytest.raises(refusal):
        outside(door, plan_id, **changed)
    assert len(said(door, plan_id)) == 4


def test_a_term_of_bare_years_is_told_as_the_others_and_one_of_a_rule_as_it_was_written(
    door: Door,
) -> None:
    plan_id = in_force(door)
    outside(door, plan_id, term="15")
    outside(door, plan_id, notation="10.TH", term="Đến khi hết hiệu lực", rule_code="A-1")
    with door.database.read_only() as session:
        plan = session.get_one(FilePlan, plan_id)
        terms = [entry.term for entry in plan.entries if entry.outside]
    assert terms == ["15 năm", "Đến khi hết hiệu lực"]


def test_what_is_opened_outside_stands_below_the_heading_of_its_symbol(door: Door) -> None:
    """By the symbol of a heading, else by where the entries with that symbol stand."""
    plan_id = new_draft(door, symbols=("", ""))
    with changing(door, plan_id) as plan:
        second = next(heading for heading in plan.headings if heading.number == "II")
        for number in (5, 6):
            given = {"notation": f"{number:02}.TC", "title": "Hồ sơ thu chi", "term": "10 năm"}
            edit.put_entry(plan, given, place=edit.Place(second.id))
    with door.database.unit_of_work() as uow:
        approve_file_plan(plan_id, actor=HEAD, uow=uow)
        uow.commit()
    outside(door, plan_id, notation="07.TC")
    outside(door, plan_id, notation="08.X")  # entries with this symbol stand below several
    assert ("07.TC", "II") in said(door, plan_id)
    assert ("08.X", "") in said(door, plan_id)


def test_nothing_is_opened_outside_a_draft(door: Door) -> None:
    plan_id = new_draft(door)
    with pytest.raises(FilePlanNotInForceError):
        outside(door, plan_id)
