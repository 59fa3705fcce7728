"""Machines at work: ``archive work`` as a service manager starts it, and jobs for them to do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select

from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services
from tests.worlds.archive import new_home
from tests.worlds.servers.backends import Backends, read_settings, write_settings

PATIENCE_S = 60
JOB = "watch-index"  # of these there may be many: it does the same whatever it is about
QUEUE = "index"


def crew_home(target: Path, backends: Backends | None, **jobs: object) -> Path:
    """A home with these settings of ``[jobs]``; leases and pauses are short."""
    home = new_home(target, backends)
    settings = read_settings(home)
    quick = {"lease_s": 3, "max_attempts": 2, "retry_base_s": 0.05}
    write_settings(home, settings | {"jobs": settings.get("jobs", {}) | quick | jobs})
    return home


class Machine:
    """One ``archive work`` with all it started."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "archive_service.main", "work", *arguments],
            env=os.environ | {"ARCHIVE_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=(home / "work.log").open("ab"),
        )

    def children(self) -> dict[int, str]:
        """Process id → command of each child."""
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {
            int(child): Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            for child in listed
        }

    def workers(self) -> list[int]:
        """Those that do jobs: the process itself, where it has no children."""
        children = self.children()
        return [
            pid
            for pid, told in children.items()
            if "archive work" in told and "telling" not in told
        ] or [self.process.pid]

    def tell(self, what: signal.Signals) -> None:
        """Send a signal to the parent, as a service manager does."""
        self.process.send_signal(what)

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self.tell(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@contextmanager
def machine(home: Path, *arguments: str) -> Iterator[Machine]:
    """Killed afterwards, if it still runs."""
    running = Machine(home, *arguments)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def add_jobs(services: Services, count: int = 1, *, name: str = JOB) -> list[UUID]:
    """So many jobs, each about something else; their ids."""
    about = [uuid4() for _ in range(count)]
    with services.writing() as session:
        for identifier in about:
            services.jobs.add(session, name, subject_id=identifier)
    with services.read_only() as session:
        return list(session.scalars(select(Job.id).where(Job.subject_id.in_(about))))


def jobs_of(services: Services, ids: Sequence[UUID]) -> list[Job]:
    """The rows as they are now."""
    with services.read_only() as session:
        return list(session.scalars(select(Job).where(Job.id.in_(ids))))


def all_in(services: Services, ids: Sequence[UUID], state: JobState = JobState.DONE) -> bool:
    """Whether each of these is in this state."""
    return all(job.state is state for job in jobs_of(services, ids))


def lives(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has asked about does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(happened: Callable[[], object]) -> None:
    """Wait for it; it fails the test when it takes a minute."""
    until = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
