"""However many jobs are done, claiming one and adding one look at the open ones alone."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, insert, text

from archive_service import clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.job import Job
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import RetryPolicy

DONE = 100_000
OPEN = 200
MORNING = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
_ROW = "'build', 'default', 5, 'done', :at, 1, 0, 1, '{}', 1.0, '{}', :at"
_COLUMNS = (
    "id, subject_id, name, queue, priority, state, run_at, attempts, outages, fencing_token, "
    "checkpoint, progress, error, created_at"
)
_POSTGRESQL = (
    "INSERT INTO job ({}) SELECT gen_random_uuid(), gen_random_uuid(), {} "
    "FROM generate_series(1, :count)"
)
_SQLITE = (
    "INSERT INTO job ({}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
    "WHERE i < :count) SELECT lower(hex(randomblob(16))), lower(hex(randomblob(16))), {} FROM n"
)
_MANY = {"postgresql": _POSTGRESQL, "sqlite": _SQLITE}


@pytest.fixture
def ledger(database: Database) -> JobLedger:
    """Of a hundred thousand jobs done and a few that wait."""
    kind = database.engine.dialect.name
    with database.writing() as session:
        at = MORNING if kind == "postgresql" else MORNING.replace(tzinfo=None).isoformat(" ")
        session.execute(text(_MANY[kind].format(_COLUMNS, _ROW)), {"count": DONE, "at": at})
        session.execute(insert(Job), [waiting() for _ in range(OPEN)])
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("ANALYZE")
    return JobLedger(database, RetryPolicy(lease_s=60, max_attempts=3, retry_base_s=10))


def waiting() -> dict[str, Any]:
    at = clock.now()
    return {"name": "build", "subject_id": uuid4(), "run_at": at, "created_at": at}


def plans(database: Database, act: Any) -> list[str]:
    """How the database goes about each question on jobs that ``act`` asks."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM job" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    act()
    event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN" if database.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with database.engine.connect() as connection:
        told = [connection.exec_driver_sql(f"{explain} {one}", given).all() for one, given in asked]
    return ["\n".join(str(row[-1]) for row in rows) for rows in told]


def test_a_claim_reads_no_job_that_is_done(database: Database, ledger: JobLedger) -> None:
    (plan,) = plans(database, ledger.claim)
    assert "ix_job_" in plan
    assert "Seq Scan" not in plan
    assert "SCAN job\n" not in f"{plan}\n"


def test_adding_and_asking_what_is_due_go_by_the_open_jobs(
    database: Database, ledger: JobLedger
) -> None:
    def ask() -> None:
        with database.writing() as session:
            ledger.add(session, "build", subject_id=UUID(int=7))
            ledger.due_in_s(session)
            ledger.is_running(session)

    for plan in plans(database, ask):
        assert "Seq Scan" not in plan
        assert "index" in plan.casefold()


def test_what_is_claimed_is_still_the_most_urgent(database: Database, ledger: JobLedger) -> None:
    with database.writing() as session:
        ledger.add(session, "urgent", subject_id=uuid4(), priority=0)
    lease = ledger.claim()
    assert lease is not None
    assert lease.job == "urgent"
    with database.read_only() as session:
        counts = ledger.counts(session)
    assert (counts.running, counts.done) == (1, DONE)
