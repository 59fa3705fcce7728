"""Two workers on one case file, a lease that is lost in the middle, a clock that steps back."""

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.submissions import acts as submissions_acts
from tests.faults.archive_service.workflow.acts import keep, next_act
from tests.faults.custody import require_whole
from tests.worlds.archive import (
    Backends,
    copy_home,
    mixed_case,
    new_home,
    open_home,
    person,
    remove_home,
)
from tests.worlds.damage.killing import Killer, Moment, under
from tests.worlds.servers.databases import KINDS

HOUR = dt.timedelta(hours=1)
# Of each kind of work the first step that reaches a backend outside any transaction.
IN_THE_MIDDLE = (Moment.PUBLISH, Moment.STAGE, Moment.WRITE, Moment.INDEX)


@pytest.fixture(scope="module", params=KINDS)
def pristine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    on_server = request.param == "postgresql"
    backends = Backends(request.getfixturevalue("postgresql") if on_server else None)
    return new_home(tmp_path_factory.mktemp(request.param) / "home", backends)


@pytest.fixture
def home(pristine: Path, tmp_path: Path) -> Iterator[Path]:
    home = copy_home(pristine, tmp_path / "home")
    yield home
    remove_home(home)


class Holder(Killer):
    """Holds whoever comes to one of these moments first, once, until released."""

    def __init__(self) -> None:
        super().__init__(Moment.COMMIT, 0)
        self.reached = threading.Event()
        self.released = threading.Event()

    def is_due(self, moment: Moment) -> bool:
        """Never, but it may take a while."""
        if moment in IN_THE_MIDDLE and not self.reached.is_set():
            self.reached.set()
            assert self.released.wait(60)
        return False


@contextmanager
def held_in_the_middle(home: Path, lost: list[str | None]) -> Iterator[bool]:
    """A worker with a job in hand, held till the block ends; false: it was through before."""
    holder = Holder()

    def slow() -> None:
        with open_home(home) as services:
            lost.append(run_one(under(services, holder)))
        holder.reached.set()

    thread = threading.Thread(target=slow)
    thread.start()
    assert holder.reached.wait(60)
    try:
        yield not lost
    finally:
        holder.released.set()
        thread.join()


def end_leases(services: Services) -> None:
    """As time does when a worker is frozen: its lease is over."""
    with services.writing() as session:
        past = update(Job).where(Job.state == JobState.RUNNING)
        session.execute(past.values(lease_until=clock.now() - HOUR))


def rows(services: Services) -> list[tuple[Any, ...]]:
    """What happened, and who did which job."""
    with services.read_only() as session:
        events = session.execute(select(AuditEvent.number, AuditEvent.tag)).all()
        jobs = session.execute(
            select(Job.name, Job.state, Job.fencing_token, Job.finished_at).where(
                Job.state == JobState.DONE
            )
        ).all()
        return sorted(map(tuple, events)) + sorted(map(tuple, jobs), key=str)


def test_who_lost_the_lease_in_the_middle_of_any_job_changes_nothing(
    home: Path, tmp_path: Path
) -> None:
    source = mixed_case(tmp_path / "source")
    fenced = 0
    with open_home(home) as services:
        submissions_acts.submit(source, actor=person(services, "bach"), services=services)
        while True:
            lost: list[str | None] = []
            with held_in_the_middle(home, lost) as is_held:
                if is_held:
                    end_leases(services)
                    assert run_one(services) == "done"
                    before = rows(services)
            if is_held:
                assert lost == ["lost"]
                assert rows(services) == before
                fenced += 1
            elif not next_act(services, source):
                break
        keep(services)
        require_whole(services, [source], versions=2)
    assert fenced >= 6  # build, publish, receipt, index, digitize, and build once more


def test_two_workers_at_once_on_one_case_file_do_each_job_once(home: Path, tmp_path: Path) -> None:
    source = mixed_case(tmp_path / "source")
    both = threading.Barrier(2)

    def worker() -> None:
        with open_home(home) as services:
            both.wait(60)
            work(services, until_empty=True)

    with open_home(home) as services:
        submissions_acts.submit(source, actor=person(services, "bach"), services=services)
        for _ in range(2):
            with ThreadPoolExecutor(2) as workers:
                for done in [workers.submit(worker) for _ in range(2)]:
                    done.result()
            while next_act(services, source):
                pass
        keep(services)
        require_whole(services, [source], versions=2)
        with services.read_only() as session:
            assert set(session.scalars(select(Job.attempts))) == {1}


def test_a_clock_that_steps_back_an_hour_holds_nothing_up(home: Path, tmp_path: Path) -> None:
    source = mixed_case(tmp_path / "source")
    with open_home(home) as services:
        submissions_acts.submit(source, actor=person(services, "bach"), services=services)
        while True:
            an_hour_ahead(services)
            if not next_act(services, source):
                break
        keep(services)
        require_whole(services, [source], versions=2)


def an_hour_ahead(services: Services) -> None:
    """What is waiting was put there by a clock that was an hour ahead of the one of now."""
    with services.writing() as session:
        for job in session.scalars(select(Job).where(Job.state == JobState.WAITING)):
            job.created_at, job.run_at = job.created_at + HOUR, job.run_at + HOUR
