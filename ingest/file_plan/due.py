"""Entries of approved file plans for which nothing has been handed in yet."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.people.account import Actor
from archive_service.errors import NotFoundError
from archive_service.services import Services
from archive_service.text import fold
from ingest.answers.deadlines import is_to_be_submitted
from ingest.file_plan.standing import OPEN, Entry, answered_entries, read_standings


class PlanEntryUnknownError(NotFoundError):
    """No file plan that the account may see has an entry of this id."""


@dataclass(frozen=True, slots=True)
class Due:
    """An entry of an approved plan that no case file and no open submission answers."""

    entry_id: UUID
    code: str  # with the agency's identifier of that year
    title: str
    term: str
    year: int
    due_on: dt.date
    creator: str = ""  # who keeps the file, as the plan says
    unit: str = ""


def due_entries(session: Session, *, actor: Actor, until: dt.date | None = None) -> list[Due]:
    """Those due by ``until`` (all without it), the most urgent first; six statements in all."""
    rows = session.execute(
        select(
            FilePlan.agency_id,
            FilePlan.year,
            FilePlanEntry.id,
            FilePlanEntry.notation,
            FilePlanEntry.title,
            FilePlanEntry.term,
            FilePlanEntry.years,
            FilePlanEntry.creator,
            FilePlanEntry.unit,
        )
        .join(FilePlanEntry, FilePlanEntry.plan_id == FilePlan.id)
        .where(
            FilePlan.state == FilePlanState.APPROVED,
            access.visible(actor, "submission:create", FilePlan.agency_id),
        )
        .order_by(FilePlan.year, FilePlanEntry.ordinal)
    ).all()
    plans = {(row.agency_id, row.year) for row in rows}
    agencies = {
        agency.id: agency for agency in _agencies(session, {agency_id for agency_id, _ in plans})
    }
    bears = {
        (agency_id, year): agencies[agency_id].identifier_on(dt.date(year, 12, 31))
        for agency_id, year in plans
    }
    standings = read_standings(session, plans, today=clock.today())
    found = []
    for row in rows:
        key = Entry(row.agency_id, row.year, row.notation)
        standing = standings.of(key)
        later = until is not None and standing.due_on > until
        if later or standing.state not in OPEN or key in standings.left_out:
            continue
        if not is_to_be_submitted(row.years):
            continue
        code = f"{bears[row.agency_id, row.year]}.{row.year}.{row.notation}"
        who = row.creator, row.unit
        found.append(Due(row.id, code, row.title, row.term, row.year, standing.due_on, *who))
    return sorted(found, key=lambda due: due.due_on)


def suggest_entries(
    services: Services, text: str, *, actor: Actor, limit: int = 12
) -> list[tuple[str, str]]:
    """Code and title of entries of approved plans that have all these words; newest year first.

    Marks and capitals do not count; words may stand in code or title. What is answered already is
    left out.
    """
    words = fold(text).split()
    if not words:
        return []
    approved = (
        FilePlan.state == FilePlanState.APPROVED,
        access.visible(actor, "draft:edit", FilePlan.agency_id),
    )
    with services.read_only() as session:
        plans = session.execute(
            select(FilePlan.id, FilePlan.agency_id, FilePlan.year).where(*approved)
        ).all()
        agencies = {
            agency.id: agency for agency in _agencies(session, {row.agency_id for row in plans})
        }
        # As the database writes it: an id made of each of many thousand rows takes longer than all.
        of_plan = {
            plan.id.hex: (plan.agency_id, plan.year, _code("", plan.year, agencies[plan.agency_id]))
            for plan in plans
        }
        rows = session.execute(
            select(
                func.replace(cast(FilePlanEntry.plan_id, String), "-", ""),
                FilePlanEntry.notation,
                FilePlanEntry.title,
            )
            .join(FilePlan, FilePlan.id == FilePlanEntry.plan_id)
            .where(*approved)
            .order_by(FilePlan.year.desc(), FilePlanEntry.ordinal)
        )
        found = {}
        for plan_id, notation, title in rows:
            agency_id, year, before = of_plan[plan_id]
            wording = _folded(f"{before}{notation} {title}")
            if all(word in wording for word in words):
                found[agency_id, year, notation] = before + notation, title
        # Asked last, and of the plans alone in which something was found: it reads their holdings.
        answered = answered_entries(session, {key[:2] for key in found})
    left = (wording for key, wording in found.items() if key not in answered)
    return list(islice(left, limit))


_folded = lru_cache(maxsize=50_000)(fold)  # each key typed asks for all entries again


def get_entry(
    session: Session, entry_id: UUID, *, actor: Actor
) -> tuple[FilePlan, FilePlanEntry, str]:
    """An entry with its plan and its record code.

    Raises:
        PlanEntryUnknownError: no plan has it, or the account may not see that plan.
    """
    row = session.execute(
        select(FilePlan, FilePlanEntry, Agency)
        .join(FilePlanEntry, FilePlanEntry.plan_id == FilePlan.id)
        .join(Agency, Agency.id == FilePlan.agency_id)
        .where(
            FilePlanEntry.id == entry_id,
            access.visible(actor, "file-plan:list", FilePlan.agency_id),
        )
    ).one_or_none()
    if row is None:
        raise PlanEntryUnknownError(id=entry_id)
    return row[0], row[1], code_of(row[1], row[0], row[2])


def code_of(entry: FilePlanEntry, plan: FilePlan, agency: Agency) -> str:
    """The record code of an entry: with the identifier that the agency bore in that year."""
    return _code(entry.notation, plan.year, agency)


def _code(notation: str, year: int, agency: Agency) -> str:
    return f"{agency.identifier_on(dt.date(year, 12, 31))}.{year}.{notation}"


def _agencies(session: Session, ids: set[UUID]) -> list[Agency]:
    return list(session.scalars(select(Agency).where(Agency.id.in_(ids))))
