"""The calendar of reading again: every byte of every copy within so many days, a slice at a time.

Packages are read longest unread first, evenly over three quarters of the time; then come the acts,
the audit trail and the listing of all keys, as fast as the store gives them. The last quarter is
kept for days on which nothing ran. What is behind that by a tenth of the time is an incident.
"""

import datetime as dt
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CopyState, PackageVersion
from archive_service.domain.keeping.fixity_pass import FixityPass
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import BackendError
from archive_service.evidence.outbox import answering
from archive_service.evidence.outside.trees import change_known
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.keeping.fixity.counted import keep_counts, oldest_reading, open_pass_of
from archive_service.keeping.fixity.parts import OF_COPY, OF_RESERVE, PACKAGES, Batch, PartReader
from archive_service.keeping.fixity.pass_record import judge_batch, note_batch, note_end
from archive_service.keeping.fixity.rehashing import note_rehashed
from archive_service.keeping.fixity.repair import HEAL_JOB
from archive_service.keeping.fixity.troubles import LATE, PAUSED
from archive_service.keeping.reserve import settle_proofs
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.notices.silent_copies import note_answers
from archive_service.services import Services
from archive_service.settings import FixitySettings
from archive_service.storage.copies.lag import IS_HELD
from archive_service.storage.fixity.comparing import Bandwidth
from archive_service.storage.fixity.one_copy import CopyReader
from archive_service.storage.port import ObjectStore

READ_JOB = "read-copies"
_PACKAGES_SHARE = 0.75  # of the time: packages are read evenly over it
_LATE_SHARE = 0.1  # of the time: so far behind it is an incident
_THREADS_OF_BUCKET = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a pass ought to be by now."""

    days: int

    def share_due(self, row: FixityPass, now: dt.datetime) -> float:
        """Share of the packages' bytes that ought to have been read; 1 from three quarters on."""
        elapsed = (now - row.started_at) / dt.timedelta(days=self.days)
        return min(elapsed / _PACKAGES_SHARE, 1.0)

    def due_bytes(self, row: FixityPass, now: dt.datetime) -> int | None:
        """Bytes that are due now; ``None``: all that is left. Less than a package is not begun."""
        share = self.share_due(row, now)
        if share >= 1:
            return None
        if row.part != PACKAGES:
            return 0
        due = int(row.total_bytes * share) - row.package_bytes
        return due if due * row.total_packages >= row.total_bytes else 0

    def is_late(self, row: FixityPass, oldest: dt.datetime | None, now: dt.datetime) -> bool:
        """Whether the promise is broken, or will be at this pace."""
        days = dt.timedelta(days=self.days)
        if row.due_by < now or (oldest is not None and oldest < now - days):
            return True
        read = row.package_bytes / row.total_bytes if row.total_bytes else 1.0
        behind = self.share_due(row, now) - read
        return row.part == PACKAGES and behind * _PACKAGES_SHARE > _LATE_SHARE


def pace_of(settings: FixitySettings, copy: str) -> Pace:
    """The promise of one copy."""
    return Pace(settings.every_days_of.get(copy, settings.every_days))


def read_copies(lease: Lease, services: Services) -> None:
    """Read what is due of each copy, all copies side by side, for one slice of time."""
    copies = [*services.copies, *services.reserves]
    here, away = answering(services.database, copies)
    note_answers(services.database, here=[copy.name for copy in here], away=away)
    with services.writing() as session:
        for copy in copies:
            open_pass(session, copy.name, pace_of(services.settings.fixity, copy.name))
        for name, trouble in away.items():
            _set_paused(session, name, trouble.code)
    if here:
        with ThreadPoolExecutor(len(here), thread_name_prefix="fixity") as threads:
            for _ in threads.map(lambda copy: _Slice(lease, services, copy, here).run(), here):
                pass  # the first trouble that is not the copy's own flies
    fixity = services.settings.fixity
    keep_counts(
        services,
        copies,
        {object_store.name: pace_of(fixity, object_store.name).days for object_store in copies},
    )
    _tell_late(services, copies)
    write_out_evidence(services)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def open_pass(session: Session, copy: str, pace: Pace) -> FixityPass:
    """The pass that is under way over a copy, or a new one."""
    row = session.scalar(open_pass_of(copy))
    if row is None:
        now = clock.now()
        whole = (
            select(
                func.sum(PackageVersion.size_bytes),
                func.count(CaseFile.id.distinct()),
            )
            .join(CaseFile, CaseFile.id == PackageVersion.case_file_id)
            .join(CopyState, CopyState.case_file_id == CaseFile.id)
            .where(
                CopyState.copy == copy,
                PackageVersion.number <= CopyState.version,
                IS_HELD,
            )
        )
        total_bytes, packages = session.execute(whole).one()
        row = FixityPass(
            copy=copy,
            started_at=now,
            due_by=now + dt.timedelta(days=pace.days),
            part=PACKAGES,
            total_bytes=total_bytes or 0,
            total_packages=packages,
            seen_at=now,
        )
        session.add(row)
        session.flush()
    return row


def _open_row(session: Session, copy: str) -> FixityPass | None:
    """The pass that is under way, its row held till the commit; none of a copy that has left."""
    return session.scalar(
        open_pass_of(copy).with_for_update().execution_options(populate_existing=True)
    )


def _set_paused(session: Session, copy: str, code: str) -> None:
    if (row := _open_row(session, copy)) is not None:
        row.paused = code


class _Slice:
    """What one run of the job reads of one copy."""

    def __init__(
        self, lease: Lease, services: Services, copy: ObjectStore, here: Sequence[ObjectStore]
    ) -> None:
        self._lease, self._services, self._copy = lease, services, copy
        self._others = [other for other in here if other is not copy]
        self._is_reserve = copy in services.reserve_stores
        self._settings = services.settings.fixity
        self._pace = pace_of(self._settings, copy.name)
        change = change_known(services) if copy is here[0] else None  # one copy is enough
        self._second = change.algorithm if change else ""

    def run(self) -> None:
        """Batch after batch till nothing is due or the time is over; trouble pauses the pass."""
        ends_at = time.monotonic() + self._settings.slice_s
        with self._services.read_only() as session:
            row = session.scalar(open_pass_of(self._copy.name))
        if row is None:
            return
        if self._pace.due_bytes(row, clock.now()) == 0:
            if row.paused:  # it was away, and answers again
                self._go_on()
            return
        bandwidth = Bandwidth(self._settings.bytes_per_s) if self._settings.bytes_per_s else None
        try:
            with CopyReader(
                self._copy,
                self._others,
                threads=threads_of(self._services, self._copy),
                bandwidth=bandwidth,
            ) as reader:
                parts = PartReader(
                    self._services.database,
                    self._copy,
                    self._others,
                    reader,
                    row.started_at,
                    second=self._second,
                )
                while row is not None and row.ended_at is None and time.monotonic() < ends_at:
                    at = clock.now()
                    due = self._pace.due_bytes(row, at)
                    if due == 0:
                        break
                    row = self._noted(parts.read(row.part, row.cursor, most_bytes=due), at)
        except BackendError as trouble:
            self._pause(trouble)

    def _noted(self, batch: Batch, at: dt.datetime) -> FixityPass | None:
        """What was found, how far it has come: in one transaction, if the job is still ours.

        ``None`` where the copy was retired or renewed meanwhile: nothing is said of it then.
        """
        copies = [self._copy, *self._others]
        found = judge_batch(batch, copies)
        with self._services.unit_of_work() as uow:
            session = uow.session
            self._services.jobs.save_checkpoint(session, self._lease, {})
            row = _open_row(session, self._copy.name)
            if row is None:
                return None
            broken = note_batch(session, row, batch, found, at=at)
            note_rehashed(session, self._second, batch.rehashed)
            if broken:
                settle_proofs(session)
                session.refresh(row)
            row.paused = ""
            close_incident(session, PAUSED, self._copy.name)
            if not batch.more:
                self._next_part(session, row)
            if self._settings.heal and (broken or not batch.more):
                self._services.jobs.add(session, HEAL_JOB)
            uow.commit()
        return row

    def _next_part(self, session: Session, row: FixityPass) -> None:
        parts = OF_RESERVE if self._is_reserve else OF_COPY
        place = parts.index(row.part) + 1
        row.cursor = ""
        if place < len(parts):
            row.part = parts[place]
            return
        note_end(session, row)

    def _go_on(self) -> None:
        with self._services.writing() as session:
            _set_paused(session, self._copy.name, "")
            close_incident(session, PAUSED, self._copy.name)

    def _pause(self, trouble: BackendError) -> None:
        """One incident, and the pass goes on another time from where it is."""
        here, away = answering(self._services.database, [self._copy])
        note_answers(
            self._services.database, here=[object_store.name for object_store in here], away=away
        )
        with self._services.writing() as session:
            _set_paused(session, self._copy.name, trouble.code)
            if here:  # it answers, and does not give what is asked for
                facts = {"code": trouble.code} | {
                    key: str(value) for key, value in trouble.facts.items()
                }
                warning = IncidentSeverity.WARNING
                open_incident(session, PAUSED, self._copy.name, severity=warning, facts=facts)


def threads_of(services: Services, copy: ObjectStore) -> int:
    """Files read from a copy at once: a bucket answers late and serves many, a disk does not."""
    storage = services.settings.storage
    named = zip(
        (*services.stores, *services.reserve_stores),
        (*storage.copies, *storage.reserve),
        strict=True,
    )
    in_bucket = any(store is copy and url.startswith("s3:") for store, url in named)
    default = _THREADS_OF_BUCKET if in_bucket else os.cpu_count() or 1
    return services.settings.fixity.threads or default


def _tell_late(services: Services, copies: Sequence[ObjectStore]) -> None:
    """An incident for each copy whose promise is broken, or will be; it ends with that."""
    now = clock.now()
    with services.writing() as session:
        for copy in copies:
            row = session.scalar(open_pass_of(copy.name))
            if row is None:
                continue
            oldest = oldest_reading(session, copy.name)
            if pace_of(services.settings.fixity, copy.name).is_late(row, oldest, now):
                facts = {
                    "due_by": clock.iso(row.due_by),
                    "left_bytes": max(row.total_bytes - row.package_bytes, 0),
                    "oldest": None if oldest is None else clock.iso(oldest),
                }
                warning = IncidentSeverity.WARNING
                open_incident(session, LATE, copy.name, severity=warning, facts=facts)
            else:
                close_incident(session, LATE, copy.name)
