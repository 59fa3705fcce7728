"""The stores' own locks on what is held: laid on, read back, taken off by jobs.

A hold is in force when it is committed; the locks in the stores follow, and are told by rows.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.held import held_among, held_condition
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.retention.hold import Hold, HoldLock
from archive_service.errors import BackendError
from archive_service.evidence.outbox import answering
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.notices.silent_copies import note_answers
from archive_service.services import Services
from archive_service.storage.locks import Locks, first_unheld, hold_object
from archive_service.storage.port import ObjectStore
from retention.holds.custody_acts import Restored

APPLY_JOB = "apply-hold"
APPLY_ORDER_JOB = "apply-hold-order"
RENEW_JOB = "renew-holds"
HOLD_MISSING = "hold-missing"
_READ_AGAIN = dt.timedelta(days=1)
_AT_ONCE = 200
_QUEUED_AT_ONCE = 1000  # in one transaction
_SIDE_BY_SIDE = 8  # case files whose locks are laid on at the same time


class HoldNotKeptError(BackendError):
    """A store took a hold, or its end, and does not tell so when it is read back."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is wanted of the copies, and what each was read back to keep."""

    held: bool
    versions: dict[str, int]  # by copy: the version that lies there
    kept: dict[str, HoldLock]

    def waits(self, copy: str) -> bool:
        """Whether something is to be done in this copy."""
        if not self.held:
            return True  # rows may be lost, and nothing must stay locked for good
        row = self.kept.get(copy)
        return row is None or row.version < self.versions[copy]


@dataclass(frozen=True, slots=True)
class _Work:
    """One case file, what is wanted of its copies, and what was read back just now."""

    id: UUID
    code: str
    ocfl_id: str
    agency_id: UUID
    wanted: _Standing
    done: dict[str, bool] = field(default_factory=dict)  # copy → its store has locks of it


def queue_hold(session: Session, case_file_id: UUID, services: Services) -> None:
    """A version went into copies: where the case file is held, its files are locked too."""
    if held_among(session, [case_file_id]):
        services.jobs.add(session, APPLY_JOB, subject_id=case_file_id)


def queue_restored(session: Session, restored: Restored, services: Services) -> None:
    """After a rebuild nobody knows what locks there are: all that was ever held is asked anew."""
    for case_file_id in restored.case_files:
        services.jobs.add(session, APPLY_JOB, subject_id=case_file_id)
    for order_id in restored.orders:
        services.jobs.add(session, APPLY_ORDER_JOB, subject_id=order_id)


def forget_locks(session: Session, copy: str) -> None:
    """A copy is filled anew, or used no longer: what was known of its locks is over."""
    session.execute(delete(HoldLock).where(HoldLock.copy == copy))


def apply_hold(lease: Lease, services: Services) -> None:
    """Make the locks of every copy what the holds on a case file ask for; safe to repeat.

    Raises:
        BackendError: a copy does not answer, or does not keep it; the others are done.
        LeaseLostError: another worker has taken over.
    """
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a case file")
    with services.read_only() as session:
        works = _works(session, [lease.subject_id])
    here, away = _answering(services)
    troubles = [*_wanted_of(away, works), *_apply(works, here)]
    with services.writing() as session:
        if troubles:
            services.jobs.save_checkpoint(session, lease, lease.checkpoint)  # names the token
        else:
            services.jobs.finish(session, lease)
        _note(session, services, works)
    for trouble in troubles:
        raise trouble


def apply_order(lease: Lease, services: Services) -> None:
    """The same for all that an order on a search or a fonds reaches, some at a time.

    Safe to kill: it goes on after the last that was done. Where a copy was in trouble it begins
    anew, and finds most of it done.

    Raises:
        BackendError: a copy does not answer, or does not keep it; the others are done.
        LeaseLostError: another worker has taken over.
    """
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs an order")
    here, away = _answering(services)
    trouble: BackendError | None = None
    after = lease.checkpoint.get("after")
    while True:
        with services.read_only() as session:
            ids = _reached(session, lease.subject_id, after and UUID(after))
            works = _works(session, ids)
        if not ids:
            break
        services.jobs.heartbeat(lease)
        trouble = next(iter([*_wanted_of(away, works), *_apply(works, here)]), trouble)
        after = str(ids[-1])
        with services.writing() as session:
            left = {} if trouble else {"after": after}
            services.jobs.save_checkpoint(session, lease, left)
            _note(session, services, works)
    if trouble is not None:
        raise trouble
    with services.writing() as session:
        services.jobs.finish(session, lease)


def renew_holds(lease: Lease, services: Services) -> None:
    """Queue what lacks a lock or has one too many, and read back once a day what is recorded.

    Raises:
        BackendError: a copy does not answer; the others are done.
    """
    copies = [*services.copies, *services.reserves]
    here, away = _answering(services)
    with services.writing() as session:
        for copy in copies:  # a store that changed its kind under the same name
            other_kind = HoldLock.in_store.is_not(isinstance(copy, Locks))
            session.execute(delete(HoldLock).where(HoldLock.copy == copy.name, other_kind))
    queue_unlike(services)
    for copy in here:
        if isinstance(copy, Locks):
            _read_again(copy, services)
    for trouble in away.values():
        raise trouble
    with services.writing() as session:
        services.jobs.finish(session, lease)


def queue_unlike(services: Services, *, at_once: int = _QUEUED_AT_ONCE) -> int:
    """Queue each case file of which a copy keeps other locks than the holds ask for; how many.

    ``at_once`` in a transaction, by their ids, until none is left. Safe to kill and to repeat: what
    waits is not queued twice.
    """
    copies = [copy.name for copy in (*services.copies, *services.reserves)]
    after: UUID | None = None
    count = 0
    while True:
        with services.writing() as session:
            some = _unlike(session, copies, after, at_once)
            for case_file_id in some:
                services.jobs.add(session, APPLY_JOB, subject_id=case_file_id)
        if not some:
            return count
        after, count = some[-1], count + len(some)


def _answering(services: Services) -> tuple[list[ObjectStore], dict[str, BackendError]]:
    copies = [*services.copies, *services.reserves]
    here, away = answering(services.database, copies)
    note_answers(services.database, here=[copy.name for copy in here], away=away)
    return here, away


def _reached(session: Session, order_id: UUID, after: UUID | None) -> list[UUID]:
    """The next case files that an order reaches, by their ids; lifted or not."""
    of_order = select(Hold.fonds_id).where(Hold.order_id == order_id, Hold.fonds_id.is_not(None))
    fonds_id = session.scalar(of_order)
    if fonds_id is None:
        column: Any = Hold.case_file_id
        query = select(column).where(Hold.order_id == order_id)
    else:
        column = CaseFile.id
        query = select(column).where(CaseFile.fonds_id == fonds_id)
    if after is not None:
        query = query.where(column > after)
    return list(session.scalars(query.order_by(column).limit(_AT_ONCE)))


def _works(session: Session, ids: Sequence[UUID]) -> list[_Work]:
    columns = (CaseFile.id, CaseFile.code, CaseFile.ocfl_id, CaseFile.agency_id)
    rows = session.execute(select(*columns).where(CaseFile.id.in_(ids)).order_by(CaseFile.id))
    standings = _standings(session, ids)
    return [_Work(row.id, row.code, row.ocfl_id, row.agency_id, standings[row.id]) for row in rows]


def _standings(session: Session, ids: Sequence[UUID]) -> dict[UUID, _Standing]:
    """In three statements, of however many."""
    held = held_among(session, ids)
    found = {identifier: _Standing(identifier in held, {}, {}) for identifier in ids}
    for state in session.scalars(select(CopyState).where(CopyState.case_file_id.in_(ids))):
        found[state.case_file_id].versions[state.copy] = state.version
    for lock in session.scalars(select(HoldLock).where(HoldLock.case_file_id.in_(ids))):
        found[lock.case_file_id].kept[lock.copy] = lock
    return found


def _wanted_of(away: Mapping[str, BackendError], works: Sequence[_Work]) -> list[BackendError]:
    """Why the copies that something is wanted of do not answer."""
    silent = {
        name: trouble
        for name, trouble in away.items()
        if any(name in work.wanted.versions and work.wanted.waits(name) for work in works)
    }
    return list(silent.values())


def _apply(works: Sequence[_Work], here: Sequence[ObjectStore]) -> list[BackendError]:
    """What is wanted of the copies that answer; stores with locks are asked several at once."""
    troubles: list[BackendError] = []
    locking: list[tuple[_Work, ObjectStore]] = []
    for work in works:
        for copy in here:
            if copy.name not in work.wanted.versions or not work.wanted.waits(copy.name):
                continue
            if isinstance(copy, Locks):
                locking.append((work, copy))
            else:
                work.done[copy.name] = False

    def lock(pair: tuple[_Work, ObjectStore]) -> tuple[bool, BackendError | None]:
        try:
            return _applied(pair[1], pair[0].ocfl_id, held=pair[0].wanted.held), None
        except BackendError as silent:
            return False, silent

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        for (work, copy), (found, trouble) in zip(locking, threads.map(lock, locking), strict=True):
            if trouble is not None:
                troubles.append(trouble)
            elif found:
                work.done[copy.name] = True
    return troubles


def _applied(copy: ObjectStore, ocfl_id: str, *, held: bool) -> bool:
    """Whether there was anything to lock; read back."""
    count = hold_object(copy, ocfl_id, held)
    unlike = first_unheld(copy, ocfl_id, held=held)
    if unlike is not None:
        raise HoldNotKeptError(copy=copy.name, key=unlike)
    return count > 0


def _note(session: Session, services: Services, works: Sequence[_Work]) -> None:
    """What was read back just now, into rows; what changed meanwhile is queued anew."""
    ids = [work.id for work in works]
    locked = select(CaseFile.id).where(CaseFile.id.in_(ids)).order_by(CaseFile.id)
    session.execute(locked.with_for_update())
    now = _standings(session, ids)
    open_ones = select(Incident.subject).where(
        Incident.kind == HOLD_MISSING, Incident.closed_at.is_(None)
    )
    troubled = set(session.scalars(open_ones.where(Incident.subject.in_([w.code for w in works]))))
    for work in works:
        standing = now[work.id]
        _note_one(session, work, standing.kept)
        if work.done and work.code in troubled:
            close_incident(session, HOLD_MISSING, work.code)
        if (standing.held, standing.versions) != (work.wanted.held, work.wanted.versions):
            services.jobs.add(session, APPLY_JOB, subject_id=work.id)
    session.flush()


def _note_one(session: Session, work: _Work, rows: Mapping[str, HoldLock]) -> None:
    changed: dict[str, bool] = {}
    for copy, in_store in work.done.items():
        row = rows.get(copy)
        if work.wanted.held:
            if row is None:
                row = HoldLock(case_file_id=work.id, copy=copy)
                session.add(row)
            row.version, row.in_store = work.wanted.versions[copy], in_store
            row.read_at = clock.now()
            changed[copy] = in_store
        elif row is not None:
            changed[copy] = row.in_store
            session.delete(row)
    if any(changed.values()):  # stores without locks have nothing to tell
        facts: dict[str, Any] = {"code": work.code, "copies": changed}
        record_event(
            session,
            "hold:applied" if work.wanted.held else "hold:cleared",
            of=work,
            actor=WORKER,
            data=facts,
        )


def _unlike(session: Session, copies: Sequence[str], after: UUID | None, most: int) -> list[UUID]:
    """The next case files, by id, of which a copy keeps more or less than the holds ask for."""
    kept = exists().where(
        HoldLock.case_file_id == CopyState.case_file_id,
        HoldLock.copy == CopyState.copy,
        HoldLock.version >= CopyState.version,
    )
    whole = select(CaseFile.id).join(Hold, Hold.fonds_id == CaseFile.fonds_id)
    own = select(Hold.case_file_id).where(Hold.lifted_at.is_(None))
    lacking = select(CopyState.case_file_id).where(CopyState.copy.in_(copies), ~kept)
    left = (
        select(HoldLock.case_file_id)
        .join(CaseFile, CaseFile.id == HoldLock.case_file_id)
        .where(HoldLock.copy.in_(copies), ~held_condition())
    )
    lacks: Any = CopyState.case_file_id
    keeps: Any = HoldLock.case_file_id
    found: set[UUID] = set()
    for query, column in (
        (lacking.where(lacks.in_(own)), lacks),
        (lacking.where(lacks.in_(whole.where(Hold.lifted_at.is_(None)))), lacks),
        (left, keeps),
    ):
        asked = query if after is None else query.where(column > after)
        found.update(session.scalars(asked.distinct().order_by(column).limit(most)))
    return sorted(found)[:most]


def _read_again(copy: ObjectStore, services: Services) -> None:
    """Whoever took a lock off in the store itself is found out, and it is laid on again."""
    began = clock.now()
    query = (
        select(HoldLock.id, CaseFile.id.label("case_file_id"), CaseFile.ocfl_id, CaseFile.code)
        .join(CaseFile, CaseFile.id == HoldLock.case_file_id)
        .where(
            HoldLock.copy == copy.name,
            HoldLock.read_at < began - _READ_AGAIN,
            held_condition(),
        )
        .order_by(HoldLock.read_at)
        .limit(_AT_ONCE)
    )
    while True:
        with services.read_only() as session:
            rows = session.execute(query).all()
        if not rows:
            return
        missing = {row.id: first_unheld(copy, row.ocfl_id) for row in rows}
        with services.writing() as session:
            for row in rows:
                _note_read(session, services, row, copy.name, missing[row.id])


def _note_read(
    session: Session, services: Services, row: Any, copy: str, missing: str | None
) -> None:
    lock = session.get(HoldLock, row.id)
    if lock is None:
        return
    if missing is None:
        lock.read_at = clock.now()
        return
    session.delete(lock)
    facts = {"copy": copy, "key": missing}
    alarm = IncidentSeverity.ALARM
    open_incident(session, HOLD_MISSING, row.code, severity=alarm, facts=facts)
    services.jobs.add(session, APPLY_JOB, subject_id=row.case_file_id)
