"""Work, whoever does it: what is committed is done once, what is not is never done.

The same over the ledger alone and over a broker, on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services
from tests.worlds.archive import open_home
from tests.worlds.crew import (
    JOB,
    QUEUE,
    Machine,
    add_jobs,
    all_in,
    crew_home,
    jobs_of,
    machine,
    wait_until,
)
from tests.worlds.servers.backends import Backends


@pytest.fixture(
    params=[
        "local, SQLite",
        "local, PostgreSQL",
        "RabbitMQ, SQLite",
        "RabbitMQ, PostgreSQL",
    ]
)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty archive with these jobs and rows."""
    work, rows = request.param.split(", ")
    backends = None
    if rows == "PostgreSQL":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    url = "local://"
    if work == "RabbitMQ":
        url = request.getfixturevalue("rabbitmq").new_vhost()
    return crew_home(tmp_path / "home", backends, url=url, tell_again_s=1)


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    """Where acts add jobs."""
    with open_home(home) as opened:
        yield opened


@pytest.fixture
def crew(home: Path) -> Iterator[Machine]:
    """One machine, with two workers for each queue that is asked for."""
    queues = ("--queue", QUEUE, "--queue", "fixity")
    with machine(home, *queues, "--concurrency", "2") as running:
        yield running


def test_jobs_are_done_whatever_becomes_of_one_and_never_if_rolled_back(
    services: Services, crew: Machine
) -> None:
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, JOB)
        (unwanted,) = uow.session.scalars(select(Job.id).where(Job.name == JOB))
    unknown = add_jobs(services, name="job-of-tomorrow")
    poison = add_jobs(services, name="check-case-file")
    with services.writing() as session:
        session.get_one(Job, poison[0]).subject_id = None  # our mistake: it fails each time
    good = add_jobs(services, 30)
    wait_until(lambda: all_in(services, good))
    wait_until(lambda: all_in(services, poison, JobState.DEAD))
    assert {job.attempts for job in jobs_of(services, good)} == {1}
    assert [job.attempts for job in jobs_of(services, poison)] == [2]
    assert [(job.state, job.attempts) for job in jobs_of(services, unknown)] == [
        (JobState.WAITING, 0)
    ]
    assert jobs_of(services, [unwanted]) == []
    started = crew.workers()
    assert len(started) == (2 if services.settings.jobs.url == "local://" else 4)
    assert crew.end() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in started)
