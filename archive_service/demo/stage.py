"""What the chapters of the demo's story share: services, people, a teller, and proof."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from archive_service import clock, messages, worker
from archive_service.demo.sample import Sample
from archive_service.domain.intake.submission import CHECK_JOB
from archive_service.domain.keeping.job import OPEN_STATES, Job, JobState
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import IntegrityViolationError
from archive_service.jobs.broker import JobMessage
from archive_service.jobs.queues import queue_of
from archive_service.services import Services
from archive_service.workflow.case_file import STEPS
from ingest.submissions import acts as submissions_acts

_LOOK_EVERY_S = 0.15
_TELL_EVERY_S = 5.0
_OUTAGES = 3  # so often a service may not answer before the story ends


class DemoUnprovedError(IntegrityViolationError):
    """A step of the demo did not prove what it was to show; nothing after it is told."""


class Teller(Protocol):
    """Who tells the story: a terminal, or nobody."""

    def chapter(self, number: int, title: str) -> None:
        """A new step begins."""

    def fact(self, text: str, *, proved: bool = True) -> None:
        """One line of it; what is not ``proved`` belongs to the line before."""

    def bar(self, title: str) -> AbstractContextManager[Callable[[float], None]]:
        """A bar while something goes on; the callable is given how far it is, 0 to 1."""


@dataclass(slots=True)
class Stage:
    """The home under way; the first chapter sets ``sample`` and ``people``.

    ``ids`` are the submissions of A, B and C, from the second on.
    """

    services: Services
    teller: Teller
    lang: str
    sample: Sample = field(init=False)
    people: dict[Role, Actor] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)

    def tell(self, key: str, /, *, proved: bool = True, **facts: object) -> None:
        """One line from ``[demo]`` of the messages."""
        self.teller.fact(messages.text(f"demo.{key}", self.lang, **facts), proved=proved)

    def quote(self, text: str) -> None:
        """One line that comes from the archive itself."""
        self.teller.fact(text, proved=False)

    def bar(self, key: str) -> AbstractContextManager[Callable[[float], None]]:
        """A bar with a title from ``[demo]`` of the messages."""
        return self.teller.bar(messages.text(f"demo.{key}", self.lang))

    def hand_in(self, folder: Path) -> UUID:
        """The officer submits what lies in a folder, and it is checked."""
        (submission_id,) = submissions_acts.submit(
            folder, actor=self.people[Role.OFFICER], services=self.services
        )
        worker.run_one(self.services, subject_id=submission_id, names=(CHECK_JOB,))
        return submission_id

    def keep(self, folder: Path) -> UUID:
        """The same, accepted, and stored in each copy."""
        submission_id = self.hand_in(folder)
        submissions_acts.accept(self.services, submission_id, actor=self.people[Role.ARCHIVIST])
        self.work("bar-storing", STEPS)
        return submission_id

    def work(self, key: str, jobs: Collection[str]) -> None:
        """Do the waiting jobs of these names until none is due, as a worker would.

        Where there is a broker, the worker does what the broker tells of.

        Raises:
            DemoUnprovedError: a job waits for a service that does not answer, or is not as set.
        """
        stopping = threading.Event()
        names, begun_at = tuple(jobs), clock.now()
        ways = [self._hear, self._tell] if self.services.broker.is_used else [self._drain]
        with self.bar(key) as show, ThreadPoolExecutor(len(ways)) as hands:
            try:
                working = [hands.submit(way, names, stopping) for way in ways]
                while not any(future.done() for future in working):
                    time.sleep(_LOOK_EVERY_S)
                    show(self._share(names, begun_at))
            finally:
                stopping.set()
            for future in working:
                future.result()
        waiting = self._troubled(*_open(names), Job.outages > 0)
        prove(not waiting, "no job waits for a service", jobs="; ".join(waiting))

    def _drain(self, names: tuple[str, ...], stopping: threading.Event) -> None:
        """Ask the ledger until nothing is due."""
        while not stopping.is_set() and worker.run_one(self.services, names=names):
            pass

    def _hear(self, names: tuple[str, ...], stopping: threading.Event) -> None:
        """Do what the broker tells of in the queues of these jobs."""
        queues = sorted({queue_of(name) for name in names})
        worker.work_told(self.services, queues=queues, stopping=stopping)

    def _tell(self, names: tuple[str, ...], stopping: threading.Event) -> None:
        """Until none of these jobs is open, but for what met too many outages.

        From time to time they are told again.
        """
        open_ones = select(Job.id, Job.queue).where(*_open(names), Job.outages < _OUTAGES)
        told_at = time.monotonic()  # when they were added they were told
        while not stopping.is_set():
            with self.services.read_only() as session:
                waiting = [
                    JobMessage(job_id, queue) for job_id, queue in session.execute(open_ones)
                ]
            if not waiting:
                return
            if time.monotonic() - told_at >= _TELL_EVERY_S:
                self.services.broker.tell(waiting)
                told_at = time.monotonic()
            time.sleep(_LOOK_EVERY_S)

    def _share(self, names: tuple[str, ...], begun_at: dt.datetime) -> float:
        """How far these jobs have come since then; those still to be queued are not known."""
        due = (Job.finished_at.is_(None)) | (Job.finished_at >= begun_at)
        query = select(func.count(), func.sum(Job.progress)).where(Job.name.in_(names), due)
        with self.services.read_only() as session:
            count, progress = session.execute(query).one()
        return float(progress or 0) / count if count else 0.0

    def troubled_jobs(self) -> list[str]:
        """The jobs that were not done, each with the code of its last failure and its reason."""
        return self._troubled(Job.state != JobState.DONE)

    def _troubled(self, *which: ColumnElement[bool]) -> list[str]:
        with self.services.read_only() as session:
            undone = session.execute(select(Job.name, Job.error).where(*which)).all()
        return [f"{name} ({_why(error)})" for name, error in undone]


def _open(names: tuple[str, ...]) -> tuple[ColumnElement[bool], ...]:
    return Job.name.in_(names), Job.state.in_(OPEN_STATES)


def _why(error: Mapping[str, Any]) -> str:
    code, reason = error.get("code", "open"), error.get("facts", {}).get("reason")
    return f"{code}: {reason}" if reason else code


def prove(holds: object, claim: str, **found: object) -> None:
    """``DemoUnprovedError`` unless it holds; ``claim`` says in short what was to be shown."""
    if not holds:
        text = ", ".join(f"{name}={value}" for name, value in found.items())
        raise DemoUnprovedError(claim=claim, found=text)
