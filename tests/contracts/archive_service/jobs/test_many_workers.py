"""Many workers at one ledger, and machines whose clocks are wrong."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.db.engine import Bounds
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import LeaseLostError, RetryPolicy
from archive_service.jobs.schedule import queue_due, set_schedule
from tests.contracts.archive_service.jobs.ledgers import add, change, claimed, finish, only_job
from tests.services.servers import PostgreSql
from tests.worlds.servers.databases import opened

POLICY = RetryPolicy(lease_s=60, max_attempts=3, retry_base_s=10)
_DATETIME = dt.datetime


@pytest.fixture
def ledger(database: Database) -> JobLedger:
    return JobLedger(database, POLICY)


class _Told(type):
    """What is an instance of the real one is an instance of the shifted one."""

    def __instancecheck__(cls, it: object) -> bool:
        return isinstance(it, _DATETIME)


@contextmanager
def clock_set(*, hours: int) -> Iterator[None]:
    """This machine's clock, as Python tells it, is so far from the true time."""

    class Shifted(_DATETIME, metaclass=_Told):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Self:
            moment = _DATETIME.now(tz) + dt.timedelta(hours=hours)
            return cls.combine(moment.date(), moment.timetz())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dt, "datetime", Shifted)
        yield


def test_workers_in_many_processes_share_out_the_jobs(
    database: Database, ledger: JobLedger, database_url: str, tmp_path: Path
) -> None:
    with database.writing() as session:
        for _ in range(40):
            ledger.add(session, "build", subject_id=uuid4())
    database.close()
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            try:
                own = JobLedger(opened(database_url), ledger.policy)
                ids = []
                while (lease := own.claim()) is not None:
                    ids.append(str(lease.job_id))
                (tmp_path / f"{number}.txt").write_text("\n".join(ids))
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    ids = [line for file in tmp_path.glob("*.txt") for line in file.read_text().split()]
    assert len(ids) == len(set(ids)) == 40


def test_who_claims_waits_for_no_other_who_claims(
    postgresql: PostgreSql, postgresql_tables: str
) -> None:
    url = postgresql.new_database(template=postgresql_tables)
    database = opened(url, Bounds(lock_timeout_s=0.2))
    ledger = JobLedger(database, POLICY)
    add(database, ledger, "urgent", priority=1)
    add(database, ledger, "later")
    with database.unit_of_work() as uow:  # as one who is still choosing
        held = uow.session.scalar(select(Job).order_by(Job.priority).limit(1).with_for_update())
        assert held is not None
        assert held.name == "urgent"
        assert claimed(ledger).job == "later"
        assert ledger.claim() is None
    assert claimed(ledger).job == "urgent"
    database.close()


def test_one_period_is_claimed_once_by_however_many_workers(
    database: Database, ledger: JobLedger, database_url: str, tmp_path: Path
) -> None:
    with database.writing() as session:
        set_schedule(session, {f"sweep-{number}": 3600 for number in range(20)})
    database.close()
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            try:
                mine = opened(database_url)
                own = JobLedger(mine, ledger.policy)
                count = 0
                for _ in range(5):
                    with mine.writing() as session:
                        count += queue_due(session, own)
                (tmp_path / f"{number}.txt").write_text(str(count))
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert sum(int(file.read_text()) for file in tmp_path.glob("*.txt")) == 20
    with database.read_only() as session:
        assert len(session.scalars(select(Job)).all()) == 20


def test_leases_go_by_the_clock_that_all_workers_share(
    database: Database, ledger: JobLedger
) -> None:
    is_server = database.engine.dialect.name == "postgresql"
    add(database, ledger)
    first = claimed(ledger)
    with clock_set(hours=-1):
        ledger.heartbeat(first)
        assert ledger.claim() is None
    with clock_set(hours=1):
        second = ledger.claim()
    if is_server:
        assert second is None  # one machine is wrong; the server is asked
        finish(database, ledger, first)
    else:
        assert second is not None  # all are on this machine: the lease did run out
        with pytest.raises(LeaseLostError):
            finish(database, ledger, first)
        finish(database, ledger, second)
    assert only_job(database).state is JobState.DONE


def test_a_job_made_before_the_clock_was_set_back_is_due_and_still_backs_off(
    database: Database, ledger: JobLedger
) -> None:
    add(database, ledger)
    later = clock.now() + dt.timedelta(hours=1)
    change(database, created_at=later, run_at=later)
    ledger.retry(claimed(ledger), {"code": "silent", "facts": {}})
    assert ledger.claim() is None
    assert only_job(database).attempts == 1
