"""Which jobs the broker is to be told of: those of a commit, and those not heard of again."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import moment_of
from archive_service.domain.keeping.job import IS_OPEN, Job, JobState, may_begin
from archive_service.jobs.broker import JobMessage

_ADDED = "archive_jobs_added"


def note(session: Session, job_id: UUID, queue: str) -> None:
    """The broker is to hear of this job when the unit of work is committed."""
    session.info.setdefault(_ADDED, []).append(JobMessage(job_id, queue))


def noted(session: Session) -> list[JobMessage]:
    """What was noted since the last call."""
    found: list[JobMessage] = session.info.pop(_ADDED, [])
    return found


def take_untold(
    session: Session,
    *,
    known: Collection[str],
    empty: Collection[str],
    after_s: float,
    limit: int,
) -> list[JobMessage]:
    """Due jobs that no message speaks of, most urgent first; they count as told from now on.

    Rows in another teller's hands are left to it.

    Args:
        known: names of jobs that this release can do; of others it does not tell.
        empty: queues without a waiting message; what was told more than ``after_s`` seconds ago
            and still waits in one of these was lost.
    """
    now = moment_of(session)
    lost = Job.queue.in_(list(empty)) & (Job.told_at < now - dt.timedelta(seconds=after_s))
    waits = may_begin(now) & (Job.told_at.is_(None) | lost)
    left = (
        (Job.state == JobState.RUNNING)
        & (Job.lease_until < now)
        & (Job.told_at.is_(None) | (Job.told_at < Job.lease_until) | lost)
    )
    query = (
        select(Job)
        .where(IS_OPEN, or_(waits, left), Job.name.in_(list(known)))
        .order_by(Job.priority, Job.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    jobs = session.scalars(query).all()
    for job in jobs:
        job.told_at = now
    return [JobMessage(job.id, job.queue) for job in jobs]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Jobs of one name that no worker took though they were due."""

    name: str
    count: int
    due_at: dt.datetime


def left_unknown(session: Session, *, known: Collection[str], after_s: float) -> list[Unknown]:
    """Names that this release does not know, due for ``after_s`` seconds, and done by nobody since.

    A job of that name that some worker finished in this time shows that one knows it.
    """
    before = moment_of(session) - dt.timedelta(seconds=after_s)
    rows = session.execute(
        select(Job.name, func.count(), func.min(Job.run_at))
        .where(IS_OPEN, Job.state == JobState.WAITING, Job.run_at <= before)
        .where(Job.name.not_in(list(known)))
        .group_by(Job.name)
        .order_by(Job.name)
    ).all()
    found = [Unknown(name, count, clock.of_database(due_at)) for name, count, due_at in rows]
    done = select(Job.name).where(
        Job.name.in_([unknown.name for unknown in found]), Job.finished_at > before
    )
    alive = set(session.scalars(done)) if found else set()
    return [unknown for unknown in found if unknown.name not in alive]
