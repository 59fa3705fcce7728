"""What falls due: announced ahead, and proposed from the day after the last day of its term.

Reads case files as a stream of ids; the number of statements does not grow with them.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.held import held_condition
from archive_service.db.listed import listed
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionState,
    ItemState,
    Outcome,
)
from retention.due.deadlines import decided_before

_STREAM = 1000  # rows asked of the database at a time


@dataclass(frozen=True, slots=True)
class Announced:
    """How many case files of an agency have their last day on ``ends_on``."""

    agency_id: UUID
    ends_on: dt.date
    count: int


def announced(session: Session, on: dt.date, days: int) -> list[Announced]:
    """By agency and last day, what falls due within so many days from ``on``; in one statement."""
    query = (
        select(CaseFile.agency_id, CaseFile.ends_on, func.count())
        .where(
            _is_here(),
            CaseFile.ends_on >= on,
            CaseFile.ends_on <= on + dt.timedelta(days=days),
        )
        .group_by(CaseFile.agency_id, CaseFile.ends_on)
        .order_by(CaseFile.ends_on, CaseFile.agency_id)
    )
    found = session.execute(query)
    return [Announced(row[0], row[1], row[2]) for row in found if row[1] is not None]


def due_by_agency(session: Session, on: dt.date, most: int) -> Iterator[tuple[UUID, list[UUID]]]:
    """Agency and at most ``most`` of its case files that are to be proposed, soonest ended first.

    Permanent ones never are, nor what is held, stands on a list that is not over, or was decided
    to wait, or refused, less than a year ago.
    """
    with session.execute(to_propose(on).execution_options(yield_per=_STREAM)) as found:
        for agency_id, rows in groupby(found, key=lambda row: row.agency_id):
            while some := [row.id for row in islice(rows, most)]:
                yield agency_id, some


def to_propose(on: dt.date) -> Select[UUID, UUID]:
    """The question behind ``due_by_agency``."""
    return (
        select(CaseFile.id, CaseFile.agency_id)
        .where(_is_here(), CaseFile.ends_on < on)
        .where(is_free(on))
        .order_by(CaseFile.agency_id, CaseFile.ends_on, CaseFile.code)
    )


def _is_here() -> ColumnElement[bool]:
    return and_(
        CaseFile.state == CaseState.STORED,
        CaseFile.removing_since.is_(None),
        ~CaseFile.permanent,
        CaseFile.ends_on.is_not(None),
    )


def is_free(on: dt.date) -> ColumnElement[bool]:
    """Of a ``CaseFile``: not held, on no list that is not over, and not decided on lately."""
    return and_(CaseFile.id.not_in(listed()), ~held_condition(), ~_was_decided(on))


def _was_decided(on: dt.date) -> ColumnElement[bool]:
    """Lately, that it stays for now."""
    day = decided_before(on)
    since = dt.datetime.combine(day, dt.time.max, tzinfo=clock.LOCAL_ZONE)
    waits = (DispositionItem.outcome == Outcome.WAIT) & (DispositionItem.state == ItemState.DONE)
    return exists().where(
        DispositionItem.case_file_id == CaseFile.id,
        DispositionItem.state != ItemState.REFUSED,
        Disposition.id == DispositionItem.disposition_id,
        Disposition.decided_at > since,
        or_(waits, Disposition.state == DispositionState.REJECTED),
    )
