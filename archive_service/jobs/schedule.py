"""Periodic work: rows of a table, claimed like jobs; no cron and no beat."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import moment_of
from archive_service.domain.keeping.job import Schedule
from archive_service.jobs.ledger import JobLedger


def set_schedule(session: Session, periods: dict[str, int]) -> None:
    """Make the schedule hold exactly ``periods`` (job name → seconds); safe to repeat."""
    rows = {row.name: row for row in session.scalars(select(Schedule))}
    for name, every_s in periods.items():
        if (row := rows.pop(name, None)) is None:
            session.add(Schedule(name=name, every_s=every_s, next_at=moment_of(session)))
        else:
            row.every_s = every_s
    for row in rows.values():
        session.delete(row)


def queue_due(session: Session, jobs: JobLedger) -> int:
    """Add the jobs whose time has come and put their next time forward; returns how many.

    A time further ahead than the longest period was set by no one here, or before the clock went
    back: it has come as well, or nobody would verify the trail any more.
    """
    now = moment_of(session)
    longest = session.scalar(select(func.max(Schedule.every_s))) or 0
    beyond = now + dt.timedelta(seconds=longest)
    due = list(
        session.scalars(
            select(Schedule)
            .where((Schedule.next_at <= now) | (Schedule.next_at > beyond))
            .order_by(Schedule.name)
            .with_for_update(skip_locked=True)
        )
    )
    for row in due:
        jobs.add(session, row.name, priority=7)
        row.next_at = now + dt.timedelta(seconds=row.every_s)
    return len(due)
