"""What is counted for whoever watches: work, lag, ages, incidents, keys; at a bounded cost."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import clock
from archive_service.catalogue.agencies.acts import list_agencies
from archive_service.db.unit_of_work import moment_of
from archive_service.domain.case_files.case_file import CaseFile, CaseState, CopyState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.keeping.fixity_pass import FixityPass
from archive_service.domain.keeping.job import UNFINISHED, Job, JobState
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.incident_duty import IncidentDuty
from archive_service.errors import ArchiveError, BackendError
from archive_service.services import Services
from archive_service.storage.copies.lag import copy_lag, found_damaged
from archive_service.storage.port import TellsRoom

KEPT_S = 5.0  # how long figures are good for
_KEYS_KEPT_S = 3600.0  # a key is opened to be read, and tokens count their openings
_UNCHECKED = (SubmissionState.RECEIVED, SubmissionState.CHECKING)


@dataclass(slots=True)
class Figure:
    """One figure by its labels; ``name`` and ``told`` as Prometheus shows them."""

    name: str
    told: str
    labels: tuple[str, ...]
    values: list[tuple[tuple[str, ...], float]] = field(default_factory=list)


class Figures:
    """Gathers them when asked, and again only after some seconds; one thread at a time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._kept: tuple[float, list[Figure]] | None = None
        self._keys = _KeyDates(services)

    def current(self) -> list[Figure]:
        """All of them.

        Raises:
            BackendError: the database does not answer.
        """
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > KEPT_S:
                self._kept = (time.monotonic(), self._gathered())
            return self._kept[1]

    def _gathered(self) -> list[Figure]:
        with self._services.read_only() as session:
            figures = [figure for gather in _GATHERED for figure in gather(session)]
        return [*figures, self._room(), self._keys.figure()]

    def _room(self) -> Figure:
        figure = Figure("archive_store_free_bytes", "Room left in a store", ("copy",))
        for store in (*self._services.stores, *self._services.reserve_stores):
            try:
                if isinstance(store, TellsRoom):
                    figure.values.append(((store.name,), store.free_bytes()))
            except BackendError:  # it is told as away, elsewhere
                continue
        return figure


def _jobs(session: Session) -> Iterator[Figure]:
    """Done jobs are left out: there are millions of them, and nobody waits for one."""
    now = moment_of(session)
    is_due = (Job.state == JobState.WAITING) & (Job.run_at <= now)
    query = (
        select(
            Job.queue,
            Job.name,
            Job.state,
            func.count(),
            func.min(case((is_due, Job.run_at))),
            func.count(case((Job.lease_until < now, 1))),
        )
        .where(Job.state.in_(UNFINISHED))
        .group_by(Job.queue, Job.name, Job.state)
    )
    kinds = Figure(
        "archive_queue_jobs", "Jobs that are not done, by kind", ("queue", "job", "state")
    )
    oldest: dict[str, float] = {}
    states = dict.fromkeys(UNFINISHED, 0)
    expired = 0
    for queue, name, state, count, since, late in session.execute(query):
        kinds.values.append(((queue, name, state.value), count))
        states[state] += count
        if since is not None:
            age = (now - clock.of_database(since)).total_seconds()
            oldest[queue] = max(oldest.get(queue, 0.0), age)
        expired += late if state is JobState.RUNNING else 0
    yield kinds
    yield _by("archive_jobs", "Jobs that are not done, by state", "state", states)
    yield _by("archive_queue_oldest_seconds", "Age of the oldest due job", "queue", oldest)
    leases = {"held": states[JobState.RUNNING] - expired, "expired": expired}
    yield _by("archive_leases", "Jobs in a worker's hands, and those it let go of", "state", leases)


def _errors(session: Session) -> Iterator[Figure]:
    code = Job.error["code"].as_string()
    query = (
        select(code, func.count())
        .where(Job.state.in_(UNFINISHED), code.is_not(None))
        .group_by(code)
    )
    rows = {str(row[0]): row[1] for row in session.execute(query)}
    yield _by("archive_job_errors", "Jobs that are not done, by the last error", "code", rows)


def _submissions(session: Session) -> Iterator[Figure]:
    counts = _states(session, Submission.state)
    yield _by("archive_submissions", "Submissions by state", "state", counts)
    text = "Age of the oldest submission that is not checked"
    waits = Submission.state.in_(_UNCHECKED)
    oldest = session.scalar(select(func.min(Submission.received_at)).where(waits))
    yield _age("archive_oldest_unchecked_seconds", text, oldest)


def _case_files(session: Session) -> Iterator[Figure]:
    counts = _states(session, CaseFile.state)
    yield _by("archive_case_files", "Case files by state", "state", counts)
    text = "Age of the oldest case file that is accepted and not stored"
    waits = CaseFile.state == CaseState.ACCEPTED
    oldest = session.scalar(select(func.min(CaseFile.accepted_at)).where(waits))
    yield _age("archive_oldest_unstored_seconds", text, oldest)


def _states(session: Session, state: InstrumentedAttribute[Any]) -> dict[Any, int]:
    """How many are in each: of an index of states alone, for all rows are gone through."""
    return {row[0]: row[1] for row in session.execute(select(state, func.count()).group_by(state))}


def _lags(session: Session) -> Iterator[Figure]:
    figure = Figure("archive_copy_lag", "What each copy lacks", ("copy", "what"))
    since: dict[str, float] = {}
    for name, lag in copy_lag(session).items():
        for what in ("versions", "acts", "segments", "bytes"):
            figure.values.append(((name, what), getattr(lag, what)))
        since[name] = 0.0 if lag.since is None else (clock.now() - lag.since).total_seconds()
    yield figure
    yield _by("archive_copy_lag_seconds", "How long each copy has lacked it", "copy", since)


def _fixity(session: Session) -> Iterator[Figure]:
    """Each copy's oldest reading from its end of an index, and the few that are damaged."""
    name = EnrolledCopy.name
    oldest = select(func.min(CopyState.verified_at)).where(CopyState.copy == name)
    rows = session.execute(select(name, oldest.scalar_subquery().label("at"))).all()
    ages = {row.name: _seconds_since(row.at) for row in rows if row.at is not None}
    text = "Age of the reading that is longest ago, of each copy"
    yield _by("archive_fixity_oldest_seconds", text, "copy", ages)
    few = found_damaged().c.copy
    damaged = session.execute(select(few, func.count()).group_by(few))
    counts = {row[0]: row[1] for row in damaged}
    found = {copy: counts.get(copy, 0) for copy in ages}
    yield _by("archive_fixity_damaged", "Packages found damaged, of each copy", "copy", found)


def _passes(session: Session) -> Iterator[Figure]:
    """The promise that every byte is read again, and how far each copy is with it."""
    columns = (FixityPass.copy, FixityPass.due_by, FixityPass.package_bytes, FixityPass.total_bytes)
    rows = session.execute(select(*columns).where(FixityPass.ended_at.is_(None))).all()
    due = {row[0]: -_seconds_since(row[1]) for row in rows}
    yield _by("archive_fixity_due_seconds", "Time left to read all of a copy again", "copy", due)
    share = {row[0]: row[2] / row[3] if row[3] else 1.0 for row in rows}
    yield _by("archive_fixity_read_share", "Part of a copy that is read again", "copy", share)


def _incidents(session: Session) -> Iterator[Figure]:
    query = (
        select(Incident.kind, Incident.severity, func.count())
        .where(Incident.closed_at.is_(None))
        .group_by(Incident.kind, Incident.severity)
    )
    figure = Figure("archive_incidents", "Open incidents", ("kind", "severity"))
    for kind, severity, count in session.execute(query):
        figure.values.append(((kind, severity.value), count))
    yield figure


def _incident_reports(session: Session) -> Iterator[Figure]:
    """Of each kind the report that is due first; below 0 it is overdue."""
    running = (IncidentDuty.sent_at.is_(None), IncidentDuty.dropped_at.is_(None))
    query = select(IncidentDuty.kind, func.min(IncidentDuty.due_at)).where(*running)
    rows = session.execute(query.group_by(IncidentDuty.kind))
    left = {kind: -_seconds_since(due) for kind, due in rows}
    text = "Time left of the report of an incident that is due first"
    yield _by("archive_incident_report_left_seconds", text, "kind", left)


def _backups(session: Session) -> Iterator[Figure]:
    query = (
        select(BackupRun.kind, func.max(BackupRun.started_at))
        .where(BackupRun.outcome == BackupOutcome.DONE)
        .group_by(BackupRun.kind)
    )
    ages = {row[0]: _seconds_since(row[1]) for row in session.execute(query)}
    text = "Age of the last backup or drill that ended well"
    yield _by("archive_backup_age_seconds", text, "kind", ages)


_GATHERED: tuple[Callable[[Session], Iterator[Figure]], ...] = (
    _jobs,
    _errors,
    _submissions,
    _case_files,
    _lags,
    _fixity,
    _passes,
    _incidents,
    _incident_reports,
    _backups,
)


class _KeyDates:
    """The last day of every key; read beside, for a token may take its time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ends: dict[str, dt.datetime] = {}
        self._begun = -_KEYS_KEPT_S

    def figure(self) -> Figure:
        """As far as they are known by now."""
        if time.monotonic() - self._begun >= _KEYS_KEPT_S:
            self._begun = time.monotonic()
            threading.Thread(target=self._read, name="key dates", daemon=True).start()
        days = {
            name: (end - clock.now()).total_seconds() / 86_400 for name, end in self._ends.items()
        }
        text = "Days that are left of each signing key"
        return _by("archive_key_expiry_days", text, "key", days)

    def _read(self) -> None:
        try:
            with self._services.read_only() as session:
                codes = [None, *(agency.code for agency in list_agencies(session))]
            for code in codes:
                self._read_one(code)
        except BackendError:
            return

    def _read_one(self, code: str | None) -> None:
        try:
            key = self._services.open_key(code)
        except ArchiveError:  # told by the job that watches the keys
            return
        self._ends = self._ends | {code or "archive": key.certificate.valid_to}


def _by(name: str, text: str, label: str, values: Any) -> Figure:
    return Figure(name, text, (label,), [((str(key),), value) for key, value in values.items()])


def _age(name: str, text: str, since: dt.datetime | None) -> Figure:
    """0 where there is none."""
    return Figure(name, text, (), [((), 0.0 if since is None else _seconds_since(since))])


def _seconds_since(moment: Any) -> float:
    return (clock.now() - clock.of_database(moment)).total_seconds()
