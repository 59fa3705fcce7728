"""Telling the broker what is due: one loop on each machine, each job told by one of them."""

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import StaleWriteError, moment_of
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.jobs.broker import BrokerSilentError
from archive_service.jobs.broker_messages import left_unknown, take_untold
from archive_service.jobs.machine import machine_name
from archive_service.jobs.schedule import queue_due
from archive_service.log import logger
from archive_service.notices.incidents import (
    close_incident,
    held_incident,
    open_incident,
    open_incidents,
)
from archive_service.services import VERSION, Services

SILENT, UNKNOWN = "broker-silent", "job-unknown"  # kinds of incidents
_SCHEDULE_S = 5.0
_INCIDENT_S = 60.0  # between two words about the same trouble
_GONE_S = 5 * _INCIDENT_S  # a machine that says nothing for so long tells of no silence
_UNKNOWN_AFTER_S = 3600.0
_AT_ONCE = 500  # jobs; those that are left come with the next look


class Teller:
    """Looks into the ledger again and again; what one look could not do the next one does.

    ``known`` are the names of jobs that the workers of this release do.
    """

    def __init__(self, services: Services, *, known: Collection[str]) -> None:
        self._services = services
        self._known = known
        self._next: dict[Callable[[], None], float] = {}
        self._silent: bool | None = None  # not known before the first look
        self._trouble: dict[str, object] = {}

    def look(self) -> None:
        """One look.

        Raises:
            BackendError: the database did not answer.
        """
        self._services.jobs.reclaim_dead()
        self._now_and_then(self._queue_periodic, _SCHEDULE_S)
        self._now_and_then(self._watch_unknown, _INCIDENT_S)
        try:
            self._tell()
        except BrokerSilentError as trouble:
            if not self._silent:
                self._silent = True
                self._next.pop(self._tell_silence, None)
            self._trouble = trouble.facts
            self._now_and_then(self._tell_silence, _INCIDENT_S)

    def _tell(self) -> None:
        depths = self._services.broker.waiting()
        if self._silent is not False:
            self._silent = False
            self._settle_silence(hears=True)
        self._now_and_then(self._settle_silence, _INCIDENT_S)
        with self._services.writing() as session:
            jobs = take_untold(
                session,
                known=self._known,
                empty=[name for name, waiting in depths.items() if not waiting],
                after_s=self._services.settings.jobs.tell_again_s,
                limit=_AT_ONCE,
            )
        self._services.broker.tell(jobs)

    def _tell_silence(self) -> None:
        """One incident for all machines; it names those that hear nothing."""
        logger().warning(SILENT, **self._trouble)
        with self._incidents() as session:
            machines = self._deaf(session) | {machine_name(): clock.iso(moment_of(session))}
            open_incident(
                session,
                SILENT,
                self._services.broker.address,
                severity=IncidentSeverity.WARNING,
                facts={**self._trouble, "machines": machines},
            )

    def _settle_silence(self, *, hears: bool = False) -> None:
        """Over when no machine says any more that it is deaf; ``hears``: this one is not."""
        broker = self._services.broker.address
        with self._incidents() as session:
            row = held_incident(session, SILENT, broker)
            if row is None:
                return
            machines = self._deaf(session)
            if hears:
                machines.pop(machine_name(), None)
            if machines:
                row.facts = {**row.facts, "machines": machines}
            else:
                close_incident(session, SILENT, broker)

    def _deaf(self, session: Session) -> dict[str, str]:
        """Machines that said of late that they hear nothing, and when."""
        row = held_incident(session, SILENT, self._services.broker.address)
        facts: dict[str, str] = row.facts.get("machines", {}) if row else {}
        oldest = clock.iso(moment_of(session) - dt.timedelta(seconds=_GONE_S))
        return {name: at for name, at in facts.items() if at >= oldest}

    def _queue_periodic(self) -> None:
        with self._services.writing() as session:
            queue_due(session, self._services.jobs)

    def _watch_unknown(self) -> None:
        """Jobs of another release that nobody takes are an incident, until somebody does."""
        with self._services.read_only() as session:
            left = left_unknown(session, known=self._known, after_s=_UNKNOWN_AFTER_S)
            subjects = {row.subject for row in open_incidents(session) if row.kind == UNKNOWN}
        if not left and not subjects:
            return
        with self._incidents() as session:
            for unknown in left:
                open_incident(
                    session,
                    UNKNOWN,
                    unknown.name,
                    severity=IncidentSeverity.WARNING,
                    facts={"count": unknown.count, "release": VERSION},
                )
            for name in subjects - {unknown.name for unknown in left}:
                close_incident(session, UNKNOWN, name)

    @contextmanager
    def _incidents(self) -> Iterator[Session]:
        """A unit of work for incidents; where another machine told the same first, it stands."""
        try:
            with self._services.writing() as session:
                yield session
        except StaleWriteError:
            pass

    def _now_and_then(self, act: Callable[[], None], every_s: float) -> None:
        now = time.monotonic()
        if now >= self._next.get(act, now):
            self._next[act] = now + every_s
            act()
