"""Many machines and a broker: whatever it loses, doubles or turns round, each job is done once."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, select, text

from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.broker import BrokerSilentError, JobMessage
from archive_service.jobs.celery.broker import CeleryBroker
from archive_service.jobs.port import Lease
from archive_service.jobs.queues import QUEUES
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from archive_service.worker import JOBS
from archive_service.workflow.broker_teller import Teller
from tests.services.servers import PostgreSql, RabbitMq
from tests.worlds.crew import JOB, QUEUE, add_jobs, all_in, crew_home, jobs_of, machine, wait_until
from tests.worlds.servers.backends import Backends

ONE = ("--queue", QUEUE, "--concurrency", "1")
FEW = 20


@pytest.fixture
def home(tmp_path: Path, postgresql: PostgreSql, own_rabbitmq: RabbitMq) -> Path:
    """An empty archive on PostgreSQL; the broker has nothing of it yet."""
    backends = Backends(postgresql=postgresql)
    return crew_home(tmp_path / "home", backends, url=own_rabbitmq.new_vhost(), tell_again_s=1)


def done_once(services: Services, ids: list[UUID]) -> bool:
    rows = jobs_of(services, ids)
    assert len(rows) == len(ids)
    assert all(row.attempts <= 1 for row in rows)
    return all(row.state is JobState.DONE for row in rows)


def heard(services: Services, count: int) -> bool:
    return services.broker.waiting()[QUEUE] == count


def told(services: Services, ids: list[UUID]) -> list[JobMessage]:
    return [JobMessage(identifier, QUEUE) for identifier in ids]


@pytest.mark.long
def test_messages_lost_doubled_and_in_any_order_make_each_job_done_once(
    services: Services, home: Path, own_rabbitmq: RabbitMq
) -> None:
    lost = add_jobs(services, FEW)
    wait_until(lambda: heard(services, FEW))
    own_rabbitmq.control("purge_queue", "-p", services.settings.jobs.url.rpartition("/")[2], QUEUE)
    assert heard(services, 0)
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, JOB)  # rolled back: nobody is told
    doubled = add_jobs(services, FEW)
    wait_until(lambda: heard(services, FEW))
    again = [*doubled, *doubled]
    random.Random(4).shuffle(again)
    services.broker.tell(told(services, again))
    with services.read_only() as session:
        assert services.jobs.counts(session).waiting == 2 * FEW
    with machine(home, *ONE), machine(home, *ONE):
        wait_until(lambda: done_once(services, [*lost, *doubled]))
    with services.read_only() as session:
        machines = {job.worker for job in session.scalars(select(Job)) if job.worker}
    assert len(machines) > 1


@pytest.mark.long
def test_a_broker_that_dies_under_load_loses_nothing_and_its_workers_go_on(
    services: Services, home: Path, own_rabbitmq: RabbitMq
) -> None:
    with machine(home, *ONE), machine(home, *ONE):
        before = add_jobs(services, FEW)
        wait_until(lambda: any(job.state is JobState.DONE for job in jobs_of(services, before)))
        own_rabbitmq.kill()
        try:
            began = time.monotonic()
            without = add_jobs(services, FEW)
            assert time.monotonic() - began < 5  # no act waits for a broker
            wait_until(lambda: done_once(services, [*before, *without]))
            wait_until(lambda: silent_since(services))
        finally:
            own_rabbitmq.restart()
        wait_until(lambda: not silent_since(services))
        after = add_jobs(services, FEW)
        wait_until(lambda: done_once(services, after))


def test_each_kind_of_work_has_a_queue_that_a_cluster_replicates(
    services: Services, own_rabbitmq: RabbitMq
) -> None:
    services.broker.waiting()
    vhost = services.settings.jobs.url.rpartition("/")[2]
    listed = own_rabbitmq.control("-q", "list_queues", "-p", vhost, "name", "type", "durable")
    found = [line.split() for line in listed.splitlines() if "quorum" in line]
    assert sorted(found) == sorted([name, "quorum", "true"] for name in QUEUES)


def test_a_queue_that_somebody_deleted_is_there_again_for_the_next_message(
    services: Services, own_rabbitmq: RabbitMq
) -> None:
    services.broker.waiting()
    vhost = services.settings.jobs.url.rpartition("/")[2]
    own_rabbitmq.control("delete_queue", "-p", vhost, QUEUE)
    services.broker.tell([JobMessage(uuid4(), QUEUE)])
    assert services.broker.waiting()[QUEUE] == 1


def test_a_child_tells_over_a_connection_of_its_own(services: Services) -> None:
    add_jobs(services, FEW)
    wait_until(lambda: heard(services, FEW))
    child = os.fork()
    if child == 0:
        try:
            services.broker.tell_later([JobMessage(uuid4(), QUEUE)])
            services.broker.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    wait_until(lambda: heard(services, FEW + 1))
    services.broker.tell_later([JobMessage(uuid4(), QUEUE)])
    wait_until(lambda: heard(services, FEW + 2))


def test_a_wrong_password_is_a_silent_broker_and_stays_untold(services: Services) -> None:
    url = services.settings.jobs.url.replace("guest:guest", "guest:secret-of-theirs")
    with pytest.raises(BrokerSilentError) as told:
        CeleryBroker(url).waiting()
    assert told.value.facts["reason"] == "AccessRefused"
    assert "secret" not in str(told.value)


def silent_since(services: Services) -> list[str]:
    with services.read_only() as session:
        return [row.subject for row in open_incidents(session) if row.kind == "broker-silent"]


def test_a_broker_that_hangs_holds_up_no_commit(
    services: Services, home: Path, own_rabbitmq: RabbitMq
) -> None:
    own_rabbitmq.pause()
    try:
        began = time.monotonic()
        ids = [*add_jobs(services, FEW), *add_jobs(services, FEW)]
        assert time.monotonic() - began < 2
        with pytest.raises(BrokerSilentError):
            services.broker.waiting()
        with machine(home, "--until-empty") as alone:
            assert alone.process.wait(60) == 0
        assert done_once(services, ids)
    finally:
        own_rabbitmq.resume()


def test_a_machine_that_is_killed_leaves_its_job_to_another(
    services: Services, home: Path, own_rabbitmq: RabbitMq
) -> None:
    vhost = services.settings.jobs.url.rpartition("/")[2]
    listed = ("list_queues", "-q", "-p", vhost, "name", "consumers")
    with machine(home, *ONE) as one, machine(home, *ONE) as other:
        wait_until(lambda: f"{QUEUE}\t2" in own_rabbitmq.control(*listed))
        with held_up(services) as release:
            ids = add_jobs(services)
            wait_until(lambda: jobs_of(services, ids)[0].state is JobState.RUNNING)
            worker = int(str(jobs_of(services, ids)[0].worker).rpartition(":")[2])
            killed = next(each for each in (one, other) if worker in each.workers())
            killed.process.kill()
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda: jobs_of(services, ids)[0].fencing_token == 2)
            release()
            wait_until(lambda: all_in(services, ids))


def test_a_worker_told_to_end_finishes_the_job_in_hand(services: Services, home: Path) -> None:
    with machine(home, *ONE) as running, held_up(services) as release:
        ids = add_jobs(services)
        wait_until(lambda: jobs_of(services, ids)[0].state is JobState.RUNNING)
        running.tell(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            running.process.wait(1)
        release()
        assert running.process.wait(60) == 0
        assert done_once(services, ids)


@pytest.mark.long
def test_a_worker_that_froze_and_lost_its_lease_changes_nothing(
    services: Services, home: Path
) -> None:
    with machine(home, *ONE) as running, held_up(services) as release:
        ids = add_jobs(services)
        wait_until(lambda: jobs_of(services, ids)[0].state is JobState.RUNNING)
        (worker,) = running.workers()
        os.kill(worker, signal.SIGSTOP)
        try:
            lease = claimed(services, ids[0])
            with services.writing() as session:
                services.jobs.finish(session, lease)
            (ours,) = jobs_of(services, ids)
            release()
        finally:
            os.kill(worker, signal.SIGCONT)
        more = add_jobs(services)  # the thawed worker is free again, and does this one
        wait_until(lambda: all_in(services, more))
        (now,) = jobs_of(services, ids)
        assert (now.worker, now.fencing_token, now.finished_at) == (
            ours.worker,
            2,
            ours.finished_at,
        )


def idle(services: Services) -> bool:
    """Whether nothing of the kind waits or runs."""
    with services.read_only() as session:
        states = session.scalars(select(Job.state).where(Job.name == JOB)).all()
    return set(states) == {JobState.DONE}


def claimed(services: Services, job_id: UUID) -> Lease:
    """The lease on a job, as soon as its holder's has run out."""
    leases: list[Lease] = []

    def claim() -> bool:
        lease = services.jobs.claim(job_id=job_id)
        leases.extend([lease] if lease else [])
        return lease is not None

    wait_until(claim)
    return leases[0]


@contextmanager
def held_up(services: Services) -> Iterator[Callable[[], None]]:
    """Whoever does the job waits for the table of indexes until released: it has work in hand.

    Only for a worker that has begun, and done what was there.
    """
    add_jobs(services)
    wait_until(lambda: idle(services))
    engine = create_engine(services.settings.database.url)
    connection = engine.connect()
    connection.execute(text("LOCK TABLE index_in_use IN ACCESS EXCLUSIVE MODE"))
    try:
        yield connection.close
    finally:
        connection.close()
        engine.dispose()


def test_of_a_job_that_nobody_knows_there_is_one_incident_until_it_is_known(
    services: Services,
) -> None:
    (unknown,) = add_jobs(services, name="job-of-tomorrow")
    with services.writing() as session:
        session.get_one(Job, unknown).run_at -= dt.timedelta(hours=2)
    for _ in range(2):
        Teller(services, known=frozenset(JOBS)).look()
    assert unknown_names(services) == ["job-of-tomorrow"]
    assert services.broker.waiting()["default"] <= 2 + len(JOBS)
    Teller(services, known={*JOBS, "job-of-tomorrow"}).look()
    assert unknown_names(services) == []


def unknown_names(services: Services) -> list[str]:
    with services.read_only() as session:
        return [row.subject for row in open_incidents(session) if row.kind == "job-unknown"]


def test_serving_starts_the_workers_of_this_machine_and_ends_them(
    services: Services, home: Path
) -> None:
    names = {
        f"ARCHIVE_JOBS__CONCURRENCY__{queue.upper()}": "0" for queue in QUEUES if queue != QUEUE
    }
    served = subprocess.Popen(
        [sys.executable, "-m", "archive_service.main", "serve", "--listen", "127.0.0.1:0"],
        env=os.environ | names | {"ARCHIVE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=(home / "work.log").open("ab"),
    )
    try:
        assert served.stdout is not None
        assert served.stdout.readline().startswith(b"http://")
        ids = add_jobs(services, FEW)
        wait_until(lambda: done_once(services, ids))
        served.send_signal(signal.SIGTERM)
        assert served.wait(60) == 0
    finally:
        served.kill()
        served.wait()
