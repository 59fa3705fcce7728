"""A ledger with jobs in it: added, claimed, finished, and time that passes for them."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import select, update

from archive_service import clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.job import Job, Schedule
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import Lease

SUBJECT = UUID("00000000-0000-4000-8000-000000000001")


def add(database: Database, ledger: JobLedger, name: str = "build", *, priority: int = 5) -> None:
    """The job wanted for the one subject of these tests."""
    with database.writing() as session:
        ledger.add(session, name, subject_id=SUBJECT, priority=priority)


def claimed(ledger: JobLedger) -> Lease:
    """What is claimed; there must be something."""
    lease = ledger.claim()
    assert lease is not None
    return lease


def only_job(database: Database) -> Job:
    """The one row."""
    with database.read_only() as session:
        return session.scalars(select(Job)).one()


def change(database: Database, **values: object) -> None:
    """Time passes, or a machine dies: what a test cannot wait for."""
    with database.writing() as session:
        session.execute(update(Job).values(**values))


def let_the_lease_run_out(database: Database) -> None:
    """As if its holder had said nothing for too long."""
    change(database, lease_until=clock.now() - dt.timedelta(seconds=1))


def finish(database: Database, ledger: JobLedger, lease: Lease) -> None:
    """Close the job, with a row that stands for the effects of the work."""
    with database.writing() as session:
        session.add(effect())
        ledger.finish(session, lease)


def save_checkpoint(database: Database, ledger: JobLedger, lease: Lease) -> None:
    """Note how far the work is, with a row as above."""
    with database.writing() as session:
        session.add(effect())
        ledger.save_checkpoint(session, lease, {"page": 7})


def effect() -> Schedule:
    """A row of its own each time."""
    return Schedule(name=f"effect-{uuid4()}", every_s=1, next_at=clock.now())
