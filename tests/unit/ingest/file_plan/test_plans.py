"""The file plan: read in the layout of NĐ 30/2020, imported as a draft, approved once."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanState
from archive_service.domain.intake.finding import Finding
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor, Role
from ingest.file_plan.custody_acts import plan_document, plan_from_document
from ingest.file_plan.plans import (
    FilePlanAgencyUnknownError,
    FilePlanApprovedError,
    FilePlanEmptyError,
    FilePlanWithoutEntriesError,
    approve_file_plan,
    import_file_plan,
    list_file_plans,
)
from ingest.file_plan.read import FilePlanUnreadableError, read_file_plan, term_years
from ingest.file_plan.transitions import FilePlanNotFoundError
from tests.worlds.door import NEW_CODE, Door

HEAD = ["Số và ký hiệu hồ sơ", "Tiêu đề hồ sơ", "Thời hạn bảo quản", "Đơn vị, người lập", "Ghi chú"]


def book(target: Path, rows: list[list[Any]]) -> Path:
    import openpyxl

    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)  # type: ignore[union-attr]  # a new workbook has a sheet
    made.save(target)
    return target


def imported(door: Door, path: Path, code: str = NEW_CODE) -> tuple[FilePlan, list[Finding]]:
    with door.database.unit_of_work() as uow:
        done = import_file_plan(
            path, agency_code=code, year=2025, actor=door.officer, uow=uow, limits=door.limits
        )
        uow.commit()
        return done.plan, done.findings


def approved(door: Door, plan: FilePlan, role: Role = Role.AGENCY_HEAD) -> FilePlan:
    with door.database.unit_of_work() as uow:
        done = approve_file_plan(plan.id, actor=Actor("x", role, door.agency_id), uow=uow)
        uow.commit()
        return done


def test_the_sample_plan_is_read_whole_under_its_headings(door: Door, tmp_path: Path) -> None:
    write_file_plan(tmp_path / "plan.xlsx", SAMPLE_AGENCY)
    read = read_file_plan(tmp_path / "plan.xlsx", door.limits)
    assert read.findings == []
    assert [entry.notation for entry in read.entries][:2] == ["01.TH", "02.TH"]
    assert len(read.entries) == 12
    assert read.entries[0].permanent
    assert read.entries[0].heading == "I. TỔNG HỢP (TH)"
    assert (read.entries[6].years, read.entries[6].creator) == (20, "Trần Văn Bách")


def test_rows_that_cannot_be_read_are_told_and_the_others_are_taken(
    door: Door, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [
        ["SỞ CÔNG TRÌNH", None],
        HEAD,
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        ["I", "TỔNG HỢP"],
        ["1", "Nhóm con"],
        ["01.TH", "Hồ sơ một", "Vĩnh viễn", "An"],
        ["01.TH", "Hồ sơ trùng", "5 năm", "An"],
        ["HS 2", "Hồ sơ sai ký hiệu", "5 năm", "An"],
        ["02.TH", "Hồ sơ hai", "đến khi hết hiệu lực", "An"],
        ["03.TH", None, "5 năm", "An"],
        ["04.TH", "Hồ sơ bốn", None, "An"],
        ["05.TH", "=A1", "5 năm", "An"],
        ["Danh mục này có 5 hồ sơ."],
    ]
    read = read_file_plan(book(tmp_path / "p.xlsx", rows), door.limits)
    assert [(entry.notation, entry.years) for entry in read.entries] == [
        ("01.TH", None),
        ("02.TH", None),
        ("04.TH", None),
    ]
    assert read.entries[0].heading == "1. Nhóm con"
    assert [finding.code for finding in read.findings] == [
        "plan-notation-twice",
        "plan-notation-malformed",
        "plan-term-unread",
        "plan-title-missing",
        "plan-term-missing",
        "plan-formula-cell",
        "plan-title-missing",
    ]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("20 năm", (20, False)),
        ("05 NĂM", (5, False)),
        ("Vĩnh viễn", (None, True)),
        ("10", (10, False)),
        ("Theo quy định", (None, False)),
    ],
)
def test_terms_are_read_as_they_are_written(term: str, expected: tuple[int | None, bool]) -> None:
    assert term_years(term) == expected


def test_a_workbook_that_is_no_file_plan_is_refused(door: Door, tmp_path: Path) -> None:
    with pytest.raises(FilePlanUnreadableError):
        read_file_plan(book(tmp_path / "p.xlsx", [["a", "b"], ["1", "2"]]), door.limits)


def test_a_draft_is_replaced_until_it_is_approved_once(door: Door, tmp_path: Path) -> None:
    first = book(tmp_path / "1.xlsx", [HEAD, ["01.TH", "Một", "5 năm"], ["02.TH", "Hai", "5 năm"]])
    second = book(tmp_path / "2.xlsx", [HEAD, ["01.TH", "Một, sửa", "10 năm"]])
    plan, _ = imported(door, first)
    again, _ = imported(door, second)
    assert again.id == plan.id
    assert [(entry.notation, entry.years) for entry in again.entries] == [("01.TH", 10)]
    assert approved(door, plan).state is FilePlanState.APPROVED
    assert approved(door, plan).approved_by == "x"
    with pytest.raises(FilePlanApprovedError):
        imported(door, first)
    assert door.events() == ["file-plan:imported", "file-plan:imported", "file-plan:approved"]


def test_an_approved_plan_is_on_its_way_into_every_copy_and_comes_back_from_there(
    door: Door, tmp_path: Path
) -> None:
    write_file_plan(tmp_path / "plan.xlsx", SAMPLE_AGENCY)
    plan = approved(door, imported(door, tmp_path / "plan.xlsx")[0])
    with door.database.read_only() as session:
        (act,) = session.scalars(select(Act))
        document = act.document
    assert (act.kind, document) == ("file-plan", plan_document(plan))
    assert plan_document(plan_from_document(document)) == document


def test_who_may_not_and_what_is_not_there_is_refused(door: Door, tmp_path: Path) -> None:
    empty = book(tmp_path / "p.xlsx", [HEAD])
    with pytest.raises(FilePlanWithoutEntriesError):
        imported(door, empty)
    door.add_plan(2025, approved=False)
    with door.database.read_only() as session:
        plan = session.scalars(select(FilePlan)).one()
        session.expunge(plan)
    with pytest.raises(FilePlanEmptyError):
        approved(door, plan)
    with pytest.raises(ActNotAllowedError):
        approved(door, plan, Role.READER)
    with pytest.raises(FilePlanAgencyUnknownError):
        imported(door, empty, "H99")
    with pytest.raises(FilePlanNotFoundError):
        approved(door, FilePlan(id=uuid4()))


def test_each_sees_the_plans_of_the_own_agency(door: Door) -> None:
    door.add_plan(2025, "01.TH")
    other = Actor("khác", Role.OFFICER, uuid4())
    with door.database.read_only() as session:
        assert [plan.year for plan in list_file_plans(session, actor=door.officer)] == [2025]
        assert list_file_plans(session, actor=other) == []
