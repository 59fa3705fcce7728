"""A file plan after it was read: changed as a draft, numbered, copied, amended, added to."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanState, Numbering
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor, Role
from ingest.file_plan import amend, edit
from ingest.file_plan.carry_over import FilePlanYearTakenError, copy_plan
from ingest.file_plan.custody_acts import (
    PLAN,
    entry_document,
    plan_document,
    plan_from_document,
    restore_plans,
)
from ingest.file_plan.number import FilePlanSymbolMissingError, FilePlanSymbolSharedError
from ingest.file_plan.outside import asked_entry
from ingest.file_plan.transitions import (
    FilePlanAmendmentMissingError,
    FilePlanInForceError,
    FilePlanNotFoundError,
    plan_for,
)
from tests.unit.ingest.file_plan.plan_drafts import (
    YEAR,
    approve,
    changing,
    in_force,
    new_draft,
    outside,
    said,
)
from tests.worlds.door import Door, case_row, document_row, open_door, write_pdf, write_sheet


def entry_id(door: Door, plan_id: UUID, notation: str) -> UUID:
    with door.database.read_only() as session:
        plan = session.get_one(FilePlan, plan_id)
        return next(entry.id for entry in plan.entries if entry.notation == notation)


def test_entries_go_up_and_down_and_over_the_edge_of_a_heading(door: Door) -> None:
    plan_id = new_draft(door)
    assert said(door, plan_id) == [("1.X", "I"), ("2.X", "1"), ("3.X", "II"), ("4.X", "II")]
    with changing(door, plan_id) as plan:
        edit.step_entry(plan, entry_id(door, plan_id, "4.X"), -1)
    assert said(door, plan_id)[2:] == [("4.X", "II"), ("3.X", "II")]
    with changing(door, plan_id) as plan:
        edit.step_entry(plan, entry_id(door, plan_id, "4.X"), -1)
    assert said(door, plan_id) == [("1.X", "I"), ("2.X", "1"), ("4.X", "1"), ("3.X", "II")]
    with changing(door, plan_id) as plan:
        edit.step_entry(plan, entry_id(door, plan_id, "3.X"), 1)  # it is the last one already
    assert said(door, plan_id)[-1] == ("3.X", "II")


def test_an_entry_is_put_in_front_of_another_or_below_a_heading(door: Door) -> None:
    plan_id = new_draft(door)
    with changing(door, plan_id) as plan:
        before = entry_id(door, plan_id, "1.X")
        edit.move_entry(plan, entry_id(door, plan_id, "4.X"), edit.Place(before=before))
    assert said(door, plan_id)[:2] == [("4.X", "I"), ("1.X", "I")]
    with changing(door, plan_id) as plan:
        minor = plan.headings[1].id
        edit.move_entry(plan, entry_id(door, plan_id, "4.X"), edit.Place(minor))
    assert said(door, plan_id)[:3] == [("1.X", "I"), ("2.X", "1"), ("4.X", "1")]


def test_entries_and_headings_are_changed_and_taken_out(door: Door) -> None:
    plan_id = new_draft(door)
    with changing(door, plan_id) as plan:
        changed = {"notation": "2.X", "title": "Khác", "term": "Vĩnh viễn", "unit": "Phòng A"}
        edit.put_entry(plan, changed, entry_id=entry_id(door, plan_id, "2.X"))
        edit.put_heading(plan, title="TỔNG HỢP MỚI", number="I", heading_id=plan.headings[0].id)
    with changing(door, plan_id) as plan:
        entry = plan.entries[1]
        assert (entry.title, entry.permanent, entry.unit) == ("Khác", True, "Phòng A")
        assert plan.entries[0].heading == "I. TỔNG HỢP MỚI"
        with pytest.raises(edit.FilePlanHeadingInUseError):
            edit.remove_heading(plan, plan.headings[1].id)
        edit.remove_entry(plan, entry.id)
        edit.remove_heading(plan, plan.headings[1].id)
    assert said(door, plan_id) == [("1.X", "I"), ("3.X", "II"), ("4.X", "II")]
    with door.database.read_only() as session:
        kept = session.get_one(FilePlan, plan_id).entries
        assert [plan_entry.ordinal for plan_entry in kept] == [1, 2, 3]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"notation": "1.X", "title": "Trùng"}, edit.FilePlanNotationTakenError),
        ({"notation": "HS 1", "title": "Sai"}, edit.FilePlanNotationError),
        ({"notation": "9" * 41, "title": "Dài"}, edit.FilePlanNotationError),
        ({"notation": "9.X", "title": " - "}, edit.FilePlanTextError),
        ({"notation": "9.X", "title": "T" * 1001}, edit.FilePlanTextError),
        ({"notation": "9.X", "title": "Sai", "term": "mười"}, edit.FilePlanTermUnclearError),
    ],
)
def test_what_cannot_be_an_entry_is_refused(
    door: Door, given: dict[str, str], refusal: type[Exception]
) -> None:
    plan_id = new_draft(door)
    with changing(door, plan_id) as plan, pytest.raises(refusal):
        edit.put_entry(plan, given)
    assert len(said(door, plan_id)) == 4


def test_numbers_run_over_the_plan_or_begin_anew_below_each_major_heading(door: Door) -> None:
    plan_id = new_draft(door)
    for numbering, expected in (
        (Numbering.PLAN, ["01.TH", "02.TH", "03.TC", "04.TC"]),
        (Numbering.HEADING, ["01.TH", "02.TH", "01.TC", "02.TC"]),
        (Numbering.PLAN, ["01.TH", "02.TH", "03.TC", "04.TC"]),  # numbers change places: no clash
    ):
        with door.database.writing() as session:
            plan = plan_for(session, plan_id, "edit", actor=door.officer)
            edit.renumber(session, plan, numbering)
        assert [notation for notation, _ in said(door, plan_id)] == expected


def test_numbers_that_would_be_equal_are_refused(door: Door) -> None:
    plan_id = new_draft(door, symbols=("TH", "TH"))
    with door.database.unit_of_work() as uow:
        plan = plan_for(uow.session, plan_id, "edit", actor=door.officer)
        with pytest.raises(FilePlanSymbolSharedError):
            edit.renumber(uow.session, plan, Numbering.HEADING)
        plan.headings[0].symbol = plan.headings[2].symbol = ""
        for entry in plan.entries:
            entry.notation = str(entry.ordinal)
        with pytest.raises(FilePlanSymbolMissingError):
            edit.renumber(uow.session, plan, Numbering.HEADING)


def test_an_approved_plan_is_not_changed_and_another_agencys_not_at_all(door: Door) -> None:
    plan_id = in_force(door)
    with door.database.unit_of_work() as uow:
        with pytest.raises(FilePlanInForceError):
            plan_for(uow.session, plan_id, "edit", actor=door.officer)
        stranger = Actor("khac", Role.OFFICER, uuid4())
        with pytest.raises(ActNotAllowedError):
            plan_for(uow.session, plan_id, "edit", actor=stranger)
        with pytest.raises(FilePlanNotFoundError):
            plan_for(uow.session, uuid4(), "edit", actor=door.officer)


def change(door: Door, plan_id: UUID, kind: str, **given: str) -> None:
    with door.database.writing() as session:
        amend.open_amendment(session, plan_id, reason="Tách phòng", actor=door.officer)
        amend.put_change(session, plan_id, kind, given, actor=door.officer)


def test_an_amendment_lies_beside_the_plan_until_it_is_approved(door: Door) -> None:
    plan_id = in_force(door)
    change(door, plan_id, amend.ADD, notation="05.TC", title="Mới", term="5 năm")
    change(door, plan_id, amend.CHANGE, notation="2.X", title="Tiêu đề mới", term="70 năm")
    change(door, plan_id, amend.DROP, notation="4.X")
    before = [notation for notation, _ in said(door, plan_id)]
    assert before == ["1.X", "2.X", "3.X", "4.X"]
    with pytest.raises(ActNotAllowedError):
        approve(door, plan_id, door.officer)
    approve(door, plan_id)
    assert {notation for notation, _ in said(door, plan_id)} == {"1.X", "2.X", "3.X", "05.TC"}
    with door.database.read_only() as session:
        plan = session.get_one(FilePlan, plan_id)
        changed = next(entry for entry in plan.entries if entry.notation == "2.X")
        assert (changed.title, changed.years, plan.version) == ("Tiêu đề mới", 70, 2)
        (amendment,) = plan.amendments
        assert amendment.state is FilePlanState.APPROVED
        of_change = next(entry for entry in amendment.changes if entry["kind"] == amend.CHANGE)
        assert of_change["before"]["title"] == f"Hồ sơ 2 năm {YEAR}"
        assert amendment.reason == "Tách phòng"
    assert door.events()[-1] == "file-plan:amended"


def test_a_dropped_number_is_never_given_again(door: Door) -> None:
    plan_id = in_force(door)
    change(door, plan_id, amend.DROP, notation="4.X")
    approve(door, plan_id)
    with pytest.raises(edit.FilePlanNotationTakenError):
        change(door, plan_id, amend.ADD, notation="4.X", title="Khác", term="5 năm")
    with pytest.raises(edit.FilePlanNotationTakenError):
        outside(door, plan_id, notation="4.X")


def test_an_entry_in_use_is_not_dropped_not_even_when_it_came_into_use_later(door: Door) -> None:
    plan_id = in_force(door)
    change(door, plan_id, amend.DROP, notation="4.X")
    write_pdf(door.home / "case" / "01.pdf")
    code = f"H40.18.{YEAR}.4.X"
    write_sheet(door.home / "case" / "Hồ sơ.xlsx", [case_row(code)], [document_row("01.pdf", code)])
    door.receive(door.home / "case")
    with pytest.raises(amend.FilePlanEntryInUseError):
        approve(door, plan_id)
    assert len(said(door, plan_id)) == 4
    with pytest.raises(amend.FilePlanEntryInUseError):
        change(door, plan_id, amend.DROP, notation="4.X")


def test_changes_are_taken_back_and_an_empty_amendment_is_not_approved(door: Door) -> None:
    plan_id = in_force(door)
    change(door, plan_id, amend.DROP, notation="4.X")
    assert door.events()[-1] == "file-plan:change-proposed"
    with door.database.writing() as session:
        amend.take_back_change(session, plan_id, "4.X", actor=door.officer)
    assert door.events()[-1] == "file-plan:change-taken-back"
    with pytest.raises(amend.FilePlanAmendmentEmptyError):
        approve(door, plan_id)
    with door.database.writing() as session:
        amend.discard_amendment(session, plan_id, actor=door.officer)
    with pytest.raises(FilePlanAmendmentMissingError):
        approve(door, plan_id)
    with pytest.raises(amend.FilePlanNotationUnknownError):
        change(door, plan_id, amend.CHANGE, notation="77.X", title="Không có", term="5 năm")


def test_last_years_plan_is_copied_with_what_goes_on_and_what_was_opened_outside(
    door: Door,
) -> None:
    plan_id = in_force(door)
    outside(door, plan_id)
    with door.database.unit_of_work() as uow:
        chosen = {"1.X", "09.TH"}
        copied = copy_plan(uow.session, plan_id, YEAR + 1, actor=door.officer, notations=chosen)
        uow.commit()
        new_id = copied.id
    with door.database.read_only() as session:
        plan = session.get_one(FilePlan, new_id)
        told = {entry.notation: entry for entry in plan.entries}
        assert set(told) == chosen
        assert told["1.X"].title == f"Hồ sơ 1 năm {YEAR + 1}"
        assert not told["09.TH"].outside
        assert (plan.state, plan.year) == (FilePlanState.DRAFT, YEAR + 1)
        assert [heading.symbol for heading in plan.headings] == ["TH", "", "TC"]
        assert told["1.X"].heading_id == plan.headings[0].id
    with door.database.unit_of_work() as uow, pytest.raises(FilePlanYearTakenError):
        copy_plan(uow.session, plan_id, YEAR + 1, actor=door.officer)


def restored(door: Door, bodies: list[dict[str, Any]], opened: list[dict[str, Any]]) -> FilePlan:
    """The plan as the acts of an archive bring it back in another."""
    with open_door(door.home / "again") as other, other.database.unit_of_work() as uow:
        for body in bodies:
            body["agency_id"] = str(other.agency_id)
        restore_plans(uow.session, bodies, opened)
        found = uow.session.get_one(FilePlan, UUID(bodies[0]["id"]))
        return plan_from_document(plan_document(found))


def test_the_acts_bring_back_versions_headings_and_what_was_opened_since(door: Door) -> None:
    plan_id = in_force(door)
    outside(door, plan_id)
    change(door, plan_id, amend.DROP, notation="09.TH")
    change(door, plan_id, amend.CHANGE, notation="2.X", title="Mới", term="5 năm")
    approve(door, plan_id)
    outside(door, plan_id, notation="10.TH")
    with door.database.read_only() as session:
        acts = list(session.scalars(select(Act).order_by(Act.at)))
        newest = [act.document for act in acts if act.kind == PLAN][-1:]
        expected = plan_document(session.get_one(FilePlan, plan_id))
    assert {act.kind for act in acts} == {PLAN}
    assert plan_document(plan_from_document(newest[0]))["amendments"] == expected["amendments"]
    again = plan_document(restored(door, newest, []))
    assert [entry["notation"] for entry in again["entries"]] == [
        "1.X",
        "10.TH",
        "2.X",
        "3.X",
        "4.X",
    ]
    assert again["headings"] == expected["headings"]
    assert again["entries"] == expected["entries"]


def test_what_bound_at_once_in_older_releases_comes_back_from_its_own_act(door: Door) -> None:
    plan_id = in_force(door)
    with door.database.read_only() as session:
        act = session.scalars(select(Act).where(Act.kind == PLAN)).one()
        plan = session.get_one(FilePlan, plan_id)
        given = {"notation": "09.TH", "title": "Hồ sơ phát sinh", "term": "10 năm"}
        entry = asked_entry(plan, given, started_on=clock.today(), actor=door.officer)
        opened = {"plan_id": str(plan_id), "entry": entry_document(entry)}
        body = act.document
    again = restored(door, [body], [opened])
    assert [plan_entry.notation for plan_entry in again.entries if plan_entry.outside] == ["09.TH"]


def test_plans_of_before_there_were_headings_come_back_too() -> None:
    old = {
        "id": str(uuid4()),
        "agency_id": str(uuid4()),
        "year": 2024,
        "state": "approved",
        "approved_by": "x",
        "approved_at": "2024-01-05T02:00:00Z",
        "entries": [
            {
                "ordinal": 1,
                "heading": "I. TỔNG HỢP",
                "notation": "01.TH",
                "title": "Hồ sơ",
                "term": "20 năm",
                "years": 20,
                "permanent": False,
                "rule_code": None,
                "creator": "An",
                "note": "",
            }
        ],
    }
    plan = plan_from_document(old)
    assert (plan.version, plan.headings, plan.entries[0].notation) == (1, [], "01.TH")
