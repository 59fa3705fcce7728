"""The calendar of reading again, put forward: as if the last reading were long ago."""

import datetime as dt
from typing import Any

from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CopyState
from archive_service.domain.keeping.fixity_pass import FixityPass, FixityTrouble
from archive_service.domain.people.incident import Incident
from archive_service.keeping.fixity.calendar import READ_JOB
from archive_service.services import Services
from archive_service.worker import run_one


def long_ago(services: Services, *, verified_days: int = 85, begun_days: int = 0) -> None:
    """Every package was read so many days ago; passes that are open began so many days ago."""
    now = clock.now()
    verified = now - dt.timedelta(days=verified_days)
    with services.writing() as session:
        session.execute(update(CopyState).values(verified_at=verified, read_at=None))
        for row in session.scalars(select(FixityPass).where(FixityPass.ended_at.is_(None))):
            span = row.due_by - row.started_at
            row.started_at = now - dt.timedelta(days=begun_days)
            row.due_by = row.started_at + span


def read_again(services: Services) -> str | None:
    """One run of the job, as a worker does it."""
    with services.writing() as session:
        services.jobs.add(session, READ_JOB)
    return run_one(services, names=(READ_JOB,))


def read_everything(services: Services) -> list[FixityPass]:
    """A whole pass over every copy, as it stands near its end; the rows of those that are over."""
    read_again(services)
    long_ago(services, begun_days=80)
    while any(newest_pass.ended_at is None for newest_pass in newest_passes(services)):
        assert read_again(services) == "done"
    return newest_passes(services)


def newest_passes(services: Services) -> list[FixityPass]:
    """The newest of each copy."""
    with services.read_only() as session:
        rows = session.scalars(select(FixityPass).order_by(FixityPass.started_at))
        return sorted({row.copy: row for row in rows}.values(), key=lambda row: row.copy)


def open_troubles_of(services: Services) -> list[FixityTrouble]:
    """What is not healed."""
    with services.read_only() as session:
        rows = select(FixityTrouble).where(FixityTrouble.healed_at.is_(None))
        return list(session.scalars(rows.order_by(FixityTrouble.copy, FixityTrouble.key)))


def incidents_of(services: Services, kind: str, *, closed: bool = False) -> list[dict[str, Any]]:
    """Subject, times and facts of the incidents of a kind that are open, or over."""
    over = Incident.closed_at.is_not(None) if closed else Incident.closed_at.is_(None)
    with services.read_only() as session:
        rows = session.scalars(select(Incident).where(Incident.kind == kind, over))
        return [{"subject": row.subject, "times": row.times, "facts": row.facts} for row in rows]
