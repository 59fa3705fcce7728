"""A file plan as a draft and in force, behind an open door."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from archive_service import clock
from archive_service.domain.agencies.file_plan import FilePlan
from archive_service.domain.people.account import Actor, Role
from ingest.file_plan import edit
from ingest.file_plan.amend import approve_amendment, open_entry
from ingest.file_plan.plans import approve_file_plan
from ingest.file_plan.transitions import plan_for
from tests.worlds.door import Door

YEAR = clock.today().year
HEAD = Actor("thutruong", Role.AGENCY_HEAD)


@contextmanager
def changing(door: Door, plan_id: UUID) -> Iterator[FilePlan]:
    """The draft, committed at the end."""
    with door.database.writing() as session:
        yield plan_for(session, plan_id, "edit", actor=door.officer)


def new_draft(door: Door, *, symbols: tuple[str, ...] = ("TH", "TC")) -> UUID:
    """Two major headings, the first with a minor one; two entries below each."""
    with door.database.unit_of_work() as uow:
        row = FilePlan(id=uuid4(), agency_id=door.agency_id, year=YEAR, findings=[])
        uow.session.add(row)
        uow.session.flush()
        plan = plan_for(uow.session, row.id, "edit", actor=door.officer)
        first = edit.put_heading(plan, title="TỔNG HỢP", number="I", symbol=symbols[0])
        minor = edit.put_heading(plan, title="Chung", number="1", level=2)
        second = edit.put_heading(plan, title="TÀI CHÍNH", number="II", symbol=symbols[1])
        for number, heading in enumerate((first, minor, second, second), start=1):
            given = {"notation": f"{number}.X", "title": f"Hồ sơ {number} năm {YEAR}"}
            place = edit.Place(heading.id)
            edit.put_entry(plan, given | {"term": "20 năm", "creator": "An"}, place=place)
        uow.commit()
        return row.id


def said(door: Door, plan_id: UUID) -> list[tuple[str, str]]:
    """Notation and heading of each entry in order."""
    with door.database.read_only() as session:
        plan = session.get_one(FilePlan, plan_id)
        return [
            (entry.notation, heading.number if heading else "")
            for heading, entries in plan.in_order()
            for entry in entries
        ]


def in_force(door: Door) -> UUID:
    plan_id = new_draft(door)
    with door.database.unit_of_work() as uow:
        approve_file_plan(plan_id, actor=HEAD, uow=uow)
        uow.commit()
    return plan_id


def asked_outside(door: Door, plan_id: UUID, **changed: Any) -> None:
    """An officer opens a case file outside the plan: a draft."""
    given = {"notation": "09.TH", "title": "Hồ sơ phát sinh", "term": "10 năm", "creator": "An"}
    day = changed.pop("started_on", clock.today())
    with door.database.writing() as session:
        open_entry(session, plan_id, given | changed, started_on=day, actor=door.officer)


def approve(door: Door, plan_id: UUID, actor: Actor = HEAD) -> None:
    """The amendment in preparation, by the head of the agency."""
    with door.database.writing() as session:
        approve_amendment(session, plan_id, actor=actor)


def outside(door: Door, plan_id: UUID, **changed: Any) -> None:
    """Opened and approved."""
    asked_outside(door, plan_id, **changed)
    approve(door, plan_id)
