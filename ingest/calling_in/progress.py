"""Tiến độ nộp lưu: per unit and person what was called in, submitted, kept, and what is late."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.collection import CollectionList, KeepBack, KeepBackState
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.text import same_words
from ingest.calling_in.lists import list_collections
from ingest.file_plan.due import answered_entries


@dataclass(frozen=True, slots=True)
class Called:
    """One case file that is called in, and how it stands: submitted, kept, late or due."""

    list_id: UUID
    agency_id: UUID
    agency: str
    year: int
    code: str
    title: str
    unit: str
    person: str
    due_on: dt.date  # or the day to which it may be kept
    state: str


@dataclass(slots=True)
class Tally:
    """Of one unit or person: counts that add up to ``called``."""

    agency: str
    unit: str
    person: str
    called: int = 0
    submitted: int = 0
    kept: int = 0
    late: int = 0
    due: int = 0

    @property
    def share(self) -> float:
        """What part was submitted."""
        return self.submitted / self.called if self.called else 0.0

    def as_document(self) -> dict[str, Any]:
        """``{agency, unit, person, called, submitted, kept, late, due, share}``."""
        return {
            "agency": self.agency,
            "unit": self.unit,
            "person": self.person,
            "called": self.called,
            "submitted": self.submitted,
            "kept": self.kept,
            "late": self.late,
            "due": self.due,
            "share": round(self.share, 4),
        }


def called_in(
    session: Session, *, actor: Actor, today: dt.date, year: int | None = None
) -> list[Called]:
    """All that was called in and this account may see, by agency, unit and person.

    An officer sees their own and, as head of a unit, the unit's; everybody else who may see lists
    sees those of their agency, the archive all.
    """
    lists = [
        (row, agency)
        for row, agency in list_collections(session, actor=actor)
        if year is None or row.year == year
    ]
    rows: Iterable[Called] = iter_called(session, lists, today=today)
    if actor.role is Role.OFFICER:
        own = session.get(Account, actor.account_id)
        rows = [one for one in rows if own is not None and _sees(one, own)]
    return sorted(rows, key=lambda one: (one.agency, one.unit, one.person, one.code))


def iter_called(
    session: Session, lists: Sequence[tuple[CollectionList, Agency]], *, today: dt.date
) -> Iterator[Called]:
    """What these lists hold and how it stands; three statements, however many there are."""
    answered = answered_entries(session, {(row.agency_id, row.year) for row, _ in lists})
    kept = {
        (agency_id, code): until_on
        for agency_id, code, until_on in session.execute(
            select(KeepBack.agency_id, KeepBack.code, KeepBack.until_on).where(
                KeepBack.state == KeepBackState.CONSENTED,
                KeepBack.agency_id.in_({row.agency_id for row, _ in lists}),
            )
        )
    }
    for row, agency in lists:
        for entry in row.entries:
            due_on = dt.date.fromisoformat(entry["due_on"])
            until_on = kept.get((row.agency_id, entry["code"]))
            state = answered.get((row.agency_id, row.year, entry["notation"]))
            yield Called(
                list_id=row.id,
                agency_id=row.agency_id,
                agency=agency.name,
                year=row.year,
                code=entry["code"],
                title=entry["title"],
                unit=entry["unit"],
                person=entry["person"],
                due_on=until_on or due_on,
                state=_state(state, until_on, due_on, today),
            )


def _state(
    state: SubmissionState | None, until_on: dt.date | None, due_on: dt.date, today: dt.date
) -> str:
    if state not in (None, SubmissionState.DRAFT):
        return "submitted"
    if today > (until_on or due_on):
        return "late"
    return "due" if until_on is None else "kept"


def _sees(one: Called, own: Account) -> bool:
    return is_of(one, own) or (own.is_unit_head and of_unit(one, own))


def is_of(one: Called, account: Account) -> bool:
    """Whether the plan names this person for it."""
    named = same_words(one.person)
    return bool(named) and named in (same_words(account.display_name), same_words(account.name))


def of_unit(one: Called, account: Account) -> bool:
    """Whether the plan names the unit of this person for it."""
    return bool(account.unit) and same_words(one.unit) == same_words(account.unit)


def tallies(rows: Iterable[Called], *, by_person: bool) -> list[Tally]:
    """Counts per unit, or per person within a unit, as the rows come."""
    found: dict[tuple[UUID, str, str], Tally] = {}
    for one in rows:
        person = one.person if by_person else ""
        key = (one.agency_id, one.unit, person)
        tally = found.setdefault(key, Tally(one.agency, one.unit, person))
        tally.called += 1
        setattr(tally, one.state, getattr(tally, one.state) + 1)
    return list(found.values())
