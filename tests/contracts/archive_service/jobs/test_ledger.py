"""The ledger: one holder a job, fenced off from those before, tried again, and never for ever."""

import datetime as dt
import os
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.job import JobState, Schedule
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import JobNotFoundError, LeaseLostError, RetryPolicy
from archive_service.jobs.schedule import queue_due, set_schedule
from tests.contracts.archive_service.jobs.ledgers import (
    SUBJECT,
    add,
    change,
    claimed,
    finish,
    let_the_lease_run_out,
    only_job,
    save_checkpoint,
)
from tests.worlds.servers.databases import opened

ATTEMPTS = 3


@pytest.fixture
def ledger(database: Database) -> JobLedger:
    return JobLedger(database, RetryPolicy(lease_s=60, max_attempts=ATTEMPTS, retry_base_s=10))


def test_a_job_is_held_by_one_worker_at_a_time(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    assert claimed(ledger).subject_id == SUBJECT
    assert ledger.claim() is None


def test_of_many_those_are_added_that_do_not_wait_already(
    database: Database, ledger: JobLedger
) -> None:
    add(database, ledger)
    others = [uuid4(), uuid4()]
    for _ in range(2):
        with database.writing() as session:
            ledger.add_each(session, "build", [others[0], SUBJECT, *others])
            ledger.add_each(session, "build", [])
    leases = [claimed(ledger) for _ in range(3)]
    assert {lease.subject_id for lease in leases} == {SUBJECT, *others}
    assert ledger.claim() is None


def test_what_is_rolled_back_is_never_claimed(database: Database, ledger: JobLedger) -> None:
    with database.unit_of_work() as uow:
        ledger.add(uow.session, "build", subject_id=SUBJECT)
    assert ledger.claim() is None


def test_the_most_urgent_comes_first(database: Database, ledger: JobLedger) -> None:
    add(database, ledger, "later")
    add(database, ledger, "urgent", priority=1)
    assert [claimed(ledger).job, claimed(ledger).job] == ["urgent", "later"]


def test_the_same_is_wanted_once_while_it_is_open(database: Database, ledger: JobLedger) -> None:
    for _ in range(2):
        add(database, ledger)
    lease = claimed(ledger)
    add(database, ledger)
    assert ledger.claim() is None
    finish(database, ledger, lease)
    add(database, ledger)
    assert claimed(ledger).job_id != lease.job_id


def test_a_lease_that_ran_out_is_claimable_under_a_higher_token(
    database: Database, ledger: JobLedger
) -> None:
    add(database, ledger)
    first = claimed(ledger)
    let_the_lease_run_out(database)
    second = claimed(ledger)
    assert (second.job_id, second.attempts) == (first.job_id, 2)
    assert second.token > first.token


def test_a_fenced_worker_changes_nothing(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    fenced = claimed(ledger)
    let_the_lease_run_out(database)
    holder = claimed(ledger)
    before = only_job(database)
    with pytest.raises(LeaseLostError):
        ledger.heartbeat(fenced, progress=0.9)
    with pytest.raises(LeaseLostError):
        ledger.retry(fenced, {"code": "silent", "facts": {}})
    with pytest.raises(LeaseLostError):
        ledger.refuse(fenced, {"code": "silent", "facts": {}})
    for close in (finish, save_checkpoint):
        with pytest.raises(LeaseLostError):
            close(database, ledger, fenced)
    after = only_job(database)
    assert (after.state, after.progress, after.checkpoint, after.lease_until) == (
        before.state,
        before.progress,
        before.checkpoint,
        before.lease_until,
    )
    with database.read_only() as session:
        assert list(session.scalars(select(Schedule))) == []
    finish(database, ledger, holder)


def test_a_job_is_finished_once(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    lease = claimed(ledger)
    finish(database, ledger, lease)
    with pytest.raises(LeaseLostError):
        finish(database, ledger, lease)


def test_a_heartbeat_holds_the_lease(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    lease = claimed(ledger)
    let_the_lease_run_out(database)
    ledger.heartbeat(lease, progress=0.5)
    assert ledger.claim() is None
    assert only_job(database).progress == 0.5


def test_a_checkpoint_is_given_to_the_next_holder(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    lease = claimed(ledger)
    save_checkpoint(database, ledger, lease)
    let_the_lease_run_out(database)
    assert claimed(ledger).checkpoint == {"page": 7}


def test_a_retry_backs_off_and_ends_dead(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    pauses = []
    for attempt in range(1, ATTEMPTS + 1):
        lease = claimed(ledger)
        assert lease.attempts == attempt
        before = clock.now()
        ledger.retry(lease, {"code": "silent", "facts": {}})
        if attempt < ATTEMPTS:
            assert ledger.claim() is None
            pauses.append(round((only_job(database).run_at - before).total_seconds()))
            change(database, run_at=clock.now())
    assert pauses == [10, 20]
    job = only_job(database)
    assert (job.state, job.error["code"]) == (JobState.DEAD, "silent")
    assert job.finished_at is not None
    assert ledger.claim() is None


def test_a_silent_backend_is_waited_out_for_as_long_as_it_takes(
    database: Database, ledger: JobLedger
) -> None:
    add(database, ledger)
    pauses = []
    for outage in range(ATTEMPTS + 3):
        lease = claimed(ledger)
        assert (lease.attempts, lease.outages) == (1, outage)
        before = clock.now()
        ledger.wait_out(lease, {"code": "silent", "facts": {}})
        pauses.append(round((only_job(database).run_at - before).total_seconds()))
        change(database, run_at=clock.now())
    assert pauses == [10, 20, 40, 80, 160, 300]
    assert only_job(database).state is JobState.WAITING


def test_the_longest_pause_is_five_minutes() -> None:
    assert RetryPolicy(60, 50, 2).pause_after(40) == dt.timedelta(minutes=5)


def test_a_job_whose_workers_all_died_is_dead(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    for _ in range(ATTEMPTS):
        claimed(ledger)
        let_the_lease_run_out(database)
    assert ledger.claim() is None
    job = only_job(database)
    assert (job.state, job.error["code"]) == (JobState.DEAD, "worker-died")


def test_a_refused_job_is_not_tried_again(database: Database, ledger: JobLedger) -> None:
    add(database, ledger)
    ledger.refuse(claimed(ledger), {"code": "case-file-state", "facts": {}})
    assert only_job(database).state is JobState.FAILED
    assert ledger.claim() is None


def test_a_person_gives_a_dead_job_a_new_life_and_leaves_an_open_one(
    database: Database, ledger: JobLedger
) -> None:
    add(database, ledger)
    lease = claimed(ledger)
    for expected in (JobState.RUNNING, JobState.WAITING):
        with database.writing() as session:
            assert ledger.revive(session, lease.job_id).state is expected
        if expected is JobState.RUNNING:
            ledger.refuse(lease, {"code": "case-file-state", "facts": {}})
    assert claimed(ledger).attempts == 1
    with pytest.raises(JobNotFoundError), database.unit_of_work() as uow:
        ledger.revive(uow.session, uuid4())


def test_jobs_of_dead_workers_of_this_machine_are_claimable_at_once(
    database: Database, ledger: JobLedger, database_url: str
) -> None:
    add(database, ledger)
    child = os.fork()
    if child == 0:
        try:
            own_ledger = JobLedger(opened(database_url), ledger.policy)
            os._exit(0 if own_ledger.claim() else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ledger.claim() is None
    assert ledger.reclaim_dead() == 1
    assert claimed(ledger).attempts == 2


def test_the_living_and_other_machines_keep_their_jobs(
    database: Database, ledger: JobLedger
) -> None:
    add(database, ledger)
    claimed(ledger)
    assert ledger.reclaim_dead() == 0
    change(database, worker="another-machine:1")
    assert ledger.reclaim_dead() == 0
    assert ledger.claim() is None


def test_counts_say_when_the_next_is_due(database: Database, ledger: JobLedger) -> None:
    with database.read_only() as session:
        assert ledger.counts(session).due_in_s is None
    with database.writing() as session:
        run_at = clock.now() + dt.timedelta(seconds=100)
        ledger.add(session, "later", subject_id=SUBJECT, run_at=run_at)
    with database.read_only() as session:
        counts = ledger.counts(session)
    assert counts.waiting == 1
    assert counts.due_in_s is not None
    assert 90 < counts.due_in_s <= 100


def test_periodic_jobs_come_due_once_a_period(database: Database, ledger: JobLedger) -> None:
    with database.writing() as session:
        set_schedule(session, {"sweep": 60, "gone": 60})
        set_schedule(session, {"sweep": 3600})
    queued = []
    for _ in range(2):
        with database.writing() as session:
            queued.append(queue_due(session, ledger))
    assert queued == [1, 0]
    assert claimed(ledger).job == "sweep"
    with database.read_only() as session:
        row = session.scalars(select(Schedule)).one()
    assert dt.timedelta(minutes=59) < row.next_at - clock.now() <= dt.timedelta(hours=1)


def test_a_time_that_nobody_here_set_so_far_ahead_has_come(
    database: Database, ledger: JobLedger
) -> None:
    """As whoever wants no verification to come writes it into the database."""
    with database.writing() as session:
        set_schedule(session, {"sweep": 60, "verify": 3600})
        assert queue_due(session, ledger) == 2
        far = clock.now() + dt.timedelta(days=9000)
        session.execute(update(Schedule).where(Schedule.name == "verify").values(next_at=far))
        assert (queue_due(session, ledger), queue_due(session, ledger)) == (1, 0)


def test_a_periodic_job_that_still_runs_is_not_queued_twice(
    database: Database, ledger: JobLedger
) -> None:
    for _ in range(2):
        with database.writing() as session:
            set_schedule(session, {"sweep": 60})
            session.execute(update(Schedule).values(next_at=clock.now()))
            queue_due(session, ledger)
    claimed(ledger)
    assert ledger.claim() is None
