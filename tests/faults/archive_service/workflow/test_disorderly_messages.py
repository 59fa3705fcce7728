"""Every message twice and in any order: the whole way of several case files, each job once."""

import dataclasses
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service import audit
from archive_service.db.unit_of_work import Database
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.broker_messages import noted
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.queues import QUEUES
from archive_service.services import Services
from archive_service.worker import tell_on, work_told
from ingest.submissions import acts as submissions_acts
from tests.faults.archive_service.workflow.acts import keep
from tests.faults.archive_service.workflow.disorderly_broker import DisorderlyBroker
from tests.faults.archive_service.workflow.serving import wait_for
from tests.faults.custody import require_whole
from tests.worlds.archive import Backends, mixed_case, new_home, open_home, person
from tests.worlds.servers.databases import KINDS

CASE_FILES, WORKERS = 3, 2


@pytest.fixture(params=KINDS)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    on_server = request.param == "postgresql"
    backends = Backends(request.getfixturevalue("postgresql") if on_server else None)
    return new_home(tmp_path / "home", backends)


@contextmanager
def told_by(broker: DisorderlyBroker, home: Path) -> Iterator[Services]:
    """The services of the home; what is committed through them is told by this broker."""
    with open_home(home) as services:
        database = Database(
            services.database.engine,
            audit.chain_pending,
            lambda session: broker.tell_later(noted(session)),
        )
        yield dataclasses.replace(
            services,
            broker=broker,
            database=database,
            jobs=JobLedger(database, services.jobs.policy),
        )


def test_every_message_twice_and_in_any_order_stores_everything_once(
    home: Path, tmp_path: Path
) -> None:
    broker, stopping = DisorderlyBroker(random.Random(6)), threading.Event()
    sources = [
        mixed_case(tmp_path / str(number), code=f"H40.18.2025.{number:02}.QLCT")
        for number in range(1, CASE_FILES + 1)
    ]

    def worker() -> None:
        with told_by(broker, home) as services:
            work_told(services, queues=list(QUEUES), stopping=stopping)

    def teller() -> None:
        with told_by(broker, home) as services:
            tell_on(services, stopping=stopping)

    threads = [threading.Thread(target=worker) for _ in range(WORKERS)]
    threads.append(threading.Thread(target=teller))
    with told_by(broker, home) as services:
        for thread in threads:
            thread.start()
        try:
            for source in sources:
                submissions_acts.submit(source, actor=person(services, "bach"), services=services)
            wait_for(lambda: accepted_all(services))
            wait_for(lambda: idle(services))
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
        keep(services)
        require_whole(services, sources, versions=2)
        with services.read_only() as session:
            done = list(session.scalars(select(Job)))
    assert broker.given >= 2 * 6 * CASE_FILES
    assert {job.attempts for job in done} == {1}


def accepted_all(services: Services) -> bool:
    """Accept what is checked; whether all is."""
    with services.read_only() as session:
        states = session.execute(select(Submission.id, Submission.state)).all()
    for submission_id, state in states:
        if state is SubmissionState.CHECKED:
            submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
    return all(state in (SubmissionState.ACCEPTED, SubmissionState.STORED) for _, state in states)


def idle(services: Services) -> bool:
    """Whether no job waits or runs."""
    with services.read_only() as session:
        return set(session.scalars(select(Job.state))) == {JobState.DONE}
