"""Tiến độ nộp lưu: per unit and person what was called in, submitted, kept, and what is late."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.collection import CollectionList
from archive_service.domain.people.account import Account, Actor, Role
from ingest.calling_in.documents import TallyDocument
from ingest.calling_in.lists import list_collections
from ingest.file_plan.holders import Holders, holders_beside
from ingest.file_plan.standing import DueState, Entry, of_unit, read_standings


@dataclass(frozen=True, slots=True)
class Called:
    """One case file that is called in, and how it stands."""

    list_id: UUID
    agency_id: UUID
    agency: str
    year: int
    code: str
    title: str
    unit: str
    person: str
    due_on: dt.date  # or the day to which it may be kept
    state: DueState


@dataclass(slots=True)
class Tally:
    """Of one unit or person: counts that add up to ``called``."""

    agency: str
    unit: str
    person: str
    called: int = 0
    submitted: int = 0
    faulty: int = 0
    kept: int = 0
    late: int = 0
    due: int = 0

    def document(self) -> TallyDocument:
        """The counts, and what part was submitted."""
        share = self.submitted / self.called if self.called else 0.0
        return TallyDocument.of_row(self, share=round(share, 4))


def called_in(
    session: Session, *, actor: Actor, today: dt.date, year: int | None = None
) -> list[Called]:
    """All that was called in and this account may see, by agency, unit and person.

    An officer sees what falls to them and, as head of a unit, the unit's; everybody else who may
    see lists sees those of their agency, the archive all.
    """
    lists = [
        (row, agency)
        for row, agency in list_collections(session, actor=actor)
        if year is None or row.year == year
    ]
    rows: Iterable[Called] = iter_called(session, lists, today=today)
    if actor.role is Role.OFFICER:
        own = session.get(Account, actor.account_id)
        rows = _seen_by(own, rows, holders_beside(session, own)) if own else ()
    return sorted(rows, key=lambda row: (row.agency, row.unit, row.person, row.code))


def iter_called(
    session: Session, lists: Sequence[tuple[CollectionList, Agency]], *, today: dt.date
) -> Iterator[Called]:
    """What these lists hold and how it stands; four statements, however many there are."""
    plans = {(row.agency_id, row.year) for row, _ in lists}
    standings = read_standings(session, plans, today=today)
    for row, agency in lists:
        for entry in row.entries:
            standing = standings.of(Entry(row.agency_id, row.year, entry["notation"]))
            yield Called(
                list_id=row.id,
                agency_id=row.agency_id,
                agency=agency.name,
                year=row.year,
                code=entry["code"],
                title=entry["title"],
                unit=entry["unit"],
                person=entry["person"],
                due_on=standing.due_on,
                state=standing.state,
            )


def _seen_by(own: Account, rows: Iterable[Called], holders: Holders) -> Iterator[Called]:
    for row in rows:
        of_own_unit = own.is_unit_head and of_unit(row.unit, row.person, own)
        if of_own_unit or own in holders.of(row.person, row.unit):
            yield row


def tallies(rows: Iterable[Called], *, by_person: bool) -> list[Tally]:
    """Counts per unit, or per person within a unit, as the rows come."""
    found: dict[tuple[UUID, str, str], Tally] = {}
    for row in rows:
        person = row.person if by_person else ""
        key = (row.agency_id, row.unit, person)
        tally = found.setdefault(key, Tally(row.agency, row.unit, person))
        tally.called += 1
        setattr(tally, row.state, getattr(tally, row.state) + 1)
    return list(found.values())
