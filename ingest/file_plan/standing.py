"""How what is to be submitted stands: the one answer that every count, list and page rests on."""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.collection import CollectionList, KeepBack, KeepBackState
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import GIVEN_BACK, Submission, SubmissionState
from archive_service.domain.people.account import Account
from archive_service.text import same_words
from ingest.answers.deadlines import submit_by

# A submission in one of these states brings nothing more.
_GONE = (SubmissionState.DRAFT, *GIVEN_BACK)  # of a draft nothing was handed in yet
# Handed in and undecided: what was accepted has its case file. By these an index finds them.
_SENT = tuple(
    state
    for state in SubmissionState
    if state not in (*_GONE, SubmissionState.ACCEPTED, SubmissionState.STORED)
)


class DueState(enum.StrEnum):
    """How one entry stands; the last three wait for those who are to submit it."""

    SUBMITTED = "submitted"
    FAULTY = "faulty"  # sent, with errors or in quarantine: it cannot be accepted as it is
    KEPT = "kept"  # longer, with consent
    LATE = "late"
    DUE = "due"


OPEN = (DueState.LATE, DueState.DUE, DueState.KEPT)


class Entry(NamedTuple):
    """An entry of a file plan, by what no amendment changes."""

    agency_id: UUID
    year: int
    notation: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One entry; ``due_on`` is the day to which it may be kept, where that was consented to."""

    state: DueState
    due_on: dt.date


@dataclass(frozen=True, slots=True)
class Standings:
    """Of the entries of some agencies and years; see ``read_standings``."""

    today: dt.date
    answers: Mapping[Entry, SubmissionState]  # of the submission, or of what is in custody
    faulty: frozenset[Entry]
    days: Mapping[Entry, dt.date]  # that published lists name
    kept: Mapping[Entry, dt.date]
    left_out: frozenset[Entry]  # of a published list: the work goes on

    def of(self, entry: Entry) -> Standing:
        """How an entry that is to be submitted stands today."""
        own_day = self.days.get(entry) or submit_by(entry.year)
        until = self.kept.get(entry)
        due_on = until or own_day
        if entry in self.faulty:
            return Standing(DueState.FAULTY, due_on)
        if entry in self.answers:
            return Standing(DueState.SUBMITTED, due_on)
        if self.today > due_on:
            return Standing(DueState.LATE, due_on)
        return Standing(DueState.KEPT if until else DueState.DUE, due_on)


def read_standings(
    session: Session, plans: Iterable[tuple[UUID, int]], *, today: dt.date
) -> Standings:
    """Of all entries of these agencies and years; four statements, however many there are.

    A list that calls an entry in may give it a day of its own, as for construction; what a unit
    keeps longer with consent is due on the day of the consent.
    """
    wanted = set(plans)
    if not wanted:
        return Standings(today, {}, frozenset(), {}, {}, frozenset())
    agencies, years = {agency for agency, _ in wanted}, {year for _, year in wanted}
    days: dict[Entry, dt.date] = {}
    left_out: set[Entry] = set()
    columns = (CollectionList.agency_id, CollectionList.year)
    for row in session.execute(
        select(*columns, CollectionList.entries, CollectionList.left_out).where(
            CollectionList.agency_id.in_(agencies), CollectionList.year.in_(years)
        )
    ):
        for one in row.entries:
            entry = Entry(row.agency_id, row.year, one["notation"])
            days[entry] = dt.date.fromisoformat(one["due_on"])
        left_out |= {Entry(row.agency_id, row.year, left["notation"]) for left in row.left_out}
    kept = {
        Entry(agency, year, code.partition(f".{year}.")[2]): until_on
        for agency, year, code, until_on in session.execute(
            select(KeepBack.agency_id, KeepBack.year, KeepBack.code, KeepBack.until_on).where(
                KeepBack.agency_id.in_(agencies),
                KeepBack.year.in_(years),
                KeepBack.state == KeepBackState.CONSENTED,
            )
        )
    }
    answers, faulty = _answers(session, agencies, years)
    return Standings(today, answers, faulty, days, kept, frozenset(left_out))


def answered_entries(
    session: Session, plans: Iterable[tuple[UUID, int]]
) -> Mapping[Entry, SubmissionState]:
    """State of the submission that answers an entry of the plans, with errors or without."""
    wanted = set(plans)
    if not wanted:
        return {}
    agencies, years = {agency for agency, _ in wanted}, {year for _, year in wanted}
    return _answers(session, agencies, years)[0]


def _answers(
    session: Session, agencies: set[UUID], years: set[int]
) -> tuple[dict[Entry, SubmissionState], frozenset[Entry]]:
    """What answers each entry; and those that only a submission answers that cannot be accepted."""
    rows = session.execute(
        select(
            CaseFile.agency_id, CaseFile.year, CaseFile.number, CaseFile.symbol, Submission.state
        )
        .outerjoin(Submission, Submission.id == CaseFile.id)
        .where(CaseFile.agency_id.in_(agencies), CaseFile.year.in_(years))
    )
    found = {
        Entry(row[0], row[1], row[2] if row[3] is None else f"{row[2]}.{row[3]}"): (
            row[4] or SubmissionState.STORED
        )
        for row in rows
    }
    sent = session.execute(
        select(Submission.agency_id, Submission.code, Submission.state, Submission.worst)
        .outerjoin(CaseFile, CaseFile.id == Submission.id)
        .where(
            Submission.agency_id.in_(agencies),
            Submission.state.in_(_SENT),
            CaseFile.id.is_(None),
        )
    )
    bad: dict[Entry, SubmissionState] = {}
    for agency, code, state, worst in sent:
        entry = _entry_of(agency, code, years)
        if entry is not None:
            (bad if _is_faulty(state, worst) else found).setdefault(entry, state)
    return bad | found, frozenset(bad.keys() - found.keys())


def _entry_of(agency_id: UUID | None, code: str, years: Iterable[int]) -> Entry | None:
    for year in sorted(years):
        before, mark, notation = code.partition(f".{year}.")
        if before and mark and agency_id is not None:
            return Entry(agency_id, year, notation)
    return None


def _is_faulty(state: SubmissionState, worst: str) -> bool:
    broken = state is SubmissionState.CHECKED and worst == Severity.ERROR
    return broken or state is SubmissionState.QUARANTINED


def is_of(person: str, account: Account) -> bool:
    """Whether the person whom a plan names for an entry is this one."""
    named = same_words(person)
    return bool(named) and named in (same_words(account.display_name), same_words(account.name))


def of_unit(unit: str, person: str, account: Account) -> bool:
    """Whether a plan names the unit of this person for an entry; some write it as who keeps it."""
    own = same_words(account.unit)
    return bool(own) and own in (same_words(unit), same_words(person))
