"""The archivist's queue: what waits for a decision, worst first, then oldest."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import OPEN, Submission, SubmissionState
from archive_service.domain.people.account import Account, Actor

GROUPS = ("errors", "warnings", "clean", "checking", "quarantined")
SHOWN = 100  # of the queue at once; the filter reaches the rest
WAITING = (*OPEN, SubmissionState.QUARANTINED)

# All that the order asks for stands in the index ``ix_submission_waiting``.
_GROUP: ColumnElement[int] = case(
    (Submission.state == SubmissionState.QUARANTINED, GROUPS.index("quarantined")),
    (Submission.state != SubmissionState.CHECKED, GROUPS.index("checking")),
    (Submission.worst == Severity.ERROR.value, GROUPS.index("errors")),
    (Submission.worst == Severity.WARNING.value, GROUPS.index("warnings")),
    else_=GROUPS.index("clean"),
)
_ORDER = (_GROUP, Submission.received_at, Submission.id)
_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])
_SENDER = func.coalesce(func.nullif(Account.display_name, ""), Submission.submitted_by)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One submission of the queue."""

    id: UUID
    code: str
    title: str
    agency: str  # its name; empty where the code names none
    sender: str
    received_at: dt.datetime
    state: SubmissionState
    group: str  # one of ``GROUPS``
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a submission stands in the queue; 0 where it is not in it."""

    at: int = 0
    before: UUID | None = None
    after: UUID | None = None  # the first of all for what is not in it


@dataclass(frozen=True, slots=True)
class Queue:
    """The beginning of the queue, how long all of it is, and where one submission stands in it."""

    shown: Sequence[Waiting]  # the first ``SHOWN``
    counts: Mapping[str, int] = field(default_factory=dict)  # by group, of all of it
    place: Place = Place()

    @property
    def total(self) -> int:
        """How many wait, shown or not."""
        return sum(self.counts.values())


def open_queue(session: Session, *, actor: Actor, text: str = "", at: UUID | None = None) -> Queue:
    """Read the queue of the desk, in a fixed number of statements however long it is.

    Args:
        session: of a reading unit of work.
        actor: whose desk it is.
        text: only what it fits, marks optional.
        at: the submission that is open; without it the first of the queue.
    """
    if text:
        return _filtered(session, text, actor=actor, at=at)
    counted = session.execute(select(_GROUP, func.count()).where(*_waits(actor)).group_by(_GROUP))
    counts = {GROUPS[group]: count for group, count in counted}
    ids = session.scalars(_in_order(select(Submission.id), actor).limit(SHOWN)).all()
    chosen = at or (ids[0] if ids else None)
    if chosen is None or chosen in ids[:-1] or len(ids) == sum(counts.values()):
        place = _place_among(ids, chosen)
    else:
        place = place_of(session, chosen, actor=actor)
    return Queue(_read(session, ids), counts, place)


def first_waiting(
    session: Session,
    *,
    actor: Actor,
    states: Collection[SubmissionState] = WAITING,
    acceptable: bool = False,
) -> list[Waiting]:
    """The first ``SHOWN`` of the queue that are in ``states``; those without errors alone."""
    query = _in_order(select(Submission.id), actor).where(Submission.state.in_(states))
    if acceptable:
        query = query.where(Submission.worst != Severity.ERROR.value)
    return _read(session, session.scalars(query.limit(SHOWN)).all())


def place_of(session: Session, submission_id: UUID, *, actor: Actor) -> Place:
    """Where it stands in the whole queue, and what stands beside it."""
    found = session.execute(
        select(_GROUP, Submission.received_at).where(Submission.id == submission_id, *_waits(actor))
    ).one_or_none()
    ids = select(Submission.id)
    if found is None:
        return Place(after=session.scalar(_in_order(ids, actor).limit(1)))
    key = (found[0], found[1], submission_id)
    earlier = and_(*_waits(actor), _stands(key, earlier=True))
    ahead = session.scalar(select(func.count()).select_from(Submission).where(earlier)) or 0
    back = ids.where(earlier).order_by(*(column.desc() for column in _ORDER))
    later = _in_order(ids, actor).where(_stands(key, earlier=False))
    return Place(ahead + 1, session.scalar(back.limit(1)), session.scalar(later.limit(1)))


def count_waiting(session: Session, *, actor: Actor) -> int:
    """How many submissions wait for this account's decision."""
    query = select(func.count()).where(
        Submission.state.in_(WAITING),
        access.visible(actor, "submission:accept", Submission.agency_id),
    )
    return session.scalar(query) or 0


def _waits(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        Submission.state.in_(WAITING),
        access.visible(actor, "submission:list", Submission.agency_id),
    )


def _in_order(query: _Query, actor: Actor) -> _Query:
    return query.where(*_waits(actor)).order_by(*_ORDER)


def _stands(key: tuple[int, dt.datetime, UUID], *, earlier: bool) -> ColumnElement[bool]:
    """Before or after ``key`` in the queue."""
    pairs = tuple(zip(_ORDER, key, strict=True))
    same = [column == value for column, value in pairs]
    beyond = [column < value if earlier else column > value for column, value in pairs]
    return or_(beyond[0], and_(same[0], or_(beyond[1], and_(same[1], beyond[2]))))


def _filtered(session: Session, text: str, *, actor: Actor, at: UUID | None) -> Queue:
    """The queue narrowed by words."""
    asked = (
        select(Submission.id, _GROUP)
        .outerjoin(Agency, Agency.id == Submission.agency_id)
        .outerjoin(Account, Account.name == Submission.submitted_by)
        .where(
            has_words(
                text, Submission.code, Submission.title, func.coalesce(Agency.name, ""), _SENDER
            )
        )
    )
    fitting = session.execute(_in_order(asked, actor)).all()
    ids = [found for found, _ in fitting]
    counts = Counter(GROUPS[group] for _, group in fitting)
    chosen = at or (ids[0] if ids else None)
    return Queue(_read(session, ids[:SHOWN]), counts, _place_among(ids, chosen))


def _place_among(ids: Sequence[UUID], chosen: UUID | None) -> Place:
    number = next(
        (number for number, submission_id in enumerate(ids) if submission_id == chosen), None
    )
    if number is None:
        return Place(after=ids[0] if ids else None)
    before, after = ids[max(number - 1, 0) : number], ids[number + 1 : number + 2]
    return Place(number + 1, before[0] if before else None, after[0] if after else None)


def _read(session: Session, ids: Sequence[UUID]) -> list[Waiting]:
    """These in the same order, with how many errors and warnings each has."""
    rows = session.execute(
        select(
            Submission.id,
            Submission.code,
            Submission.title,
            func.coalesce(Agency.name, ""),
            _SENDER,
            Submission.received_at,
            Submission.state,
            _GROUP,
        )
        .outerjoin(Agency, Agency.id == Submission.agency_id)
        .outerjoin(Account, Account.name == Submission.submitted_by)
        .where(Submission.id.in_(ids))
    )
    faults = _faults(session, ids)
    found = {
        row[0]: Waiting(*(*row[:7], GROUPS[row[7]], *faults.get(row[0], (0, 0)))) for row in rows
    }
    return [found[submission_id] for submission_id in ids if submission_id in found]


def _faults(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    rows = session.execute(
        select(FindingRow.submission_id, _count(Severity.ERROR), _count(Severity.WARNING))
        .where(FindingRow.submission_id.in_(ids))
        .group_by(FindingRow.submission_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _count(severity: Severity) -> ColumnElement[int]:
    return func.sum(case((FindingRow.severity == severity, 1), else_=0))
