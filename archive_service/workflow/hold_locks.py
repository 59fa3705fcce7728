"""The stores' own locks on what is held: laid on, read back, taken off by ``apply-hold``.

A hold is in force when it is committed; the locks in the stores follow, and are told by rows.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.domain.account import WORKER
from archive_service.domain.case_file import CaseFile, CopyState
from archive_service.domain.hold import Hold, HoldLock
from archive_service.domain.incident import IncidentSeverity
from archive_service.errors import BackendError
from archive_service.evidence.outbox import answering
from archive_service.jobs.port import Lease
from archive_service.notices.copies import note_answers
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.storage.locks import Locks, first_unheld, hold_object
from archive_service.storage.port import ObjectStore
from retention.holds import in_force, lock_row

APPLY_JOB = "apply-hold"
RENEW_JOB = "renew-holds"
HOLD_MISSING = "hold-missing"
_READ_AGAIN = dt.timedelta(days=1)
_AT_ONCE = 100


class HoldNotKeptError(BackendError):
    """A store took a hold, or its end, and does not tell so when it is read back."""

    code = "hold-not-kept"


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


def queue_hold(session: Session, case_file_id: UUID, services: Services) -> None:
    """A version went into copies: where the case file is held, its files are locked too."""
    held = select(Hold.id).where(Hold.case_file_id == case_file_id, Hold.lifted_at.is_(None))
    if session.scalar(held.limit(1)) is not None:
        services.jobs.add(session, APPLY_JOB, subject_id=case_file_id)


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
        row = session.get_one(CaseFile, lease.subject_id)
        wanted = _standing(session, row.id)
    copies = [
        copy
        for copy in (*services.copies, *services.reserves)
        if copy.name in wanted.versions and wanted.waits(copy.name)
    ]
    here, away = answering(services.database, copies)
    note_answers(services.database, here=[copy.name for copy in here], away=away)
    done: dict[str, bool] = {}
    troubles: list[BackendError] = list(away.values())
    for copy in here:
        try:
            if _applied(copy, row.ocfl_id, held=wanted.held):
                done[copy.name] = isinstance(copy, Locks)
        except BackendError as silent:
            troubles.append(silent)
    with services.unit_of_work() as uow:
        session = uow.session
        lock_row(session, row.id)
        if troubles:
            services.jobs.save_checkpoint(session, lease, lease.checkpoint)  # names the token
        else:
            services.jobs.finish(session, lease)
        _note(session, row, wanted, done)
        now = _standing(session, row.id)
        if (now.held, now.versions) != (wanted.held, wanted.versions):
            services.jobs.add(session, APPLY_JOB, subject_id=row.id)
        uow.commit()
    for trouble in troubles:
        raise trouble


def renew_holds(lease: Lease, services: Services) -> None:
    """Queue what lacks a lock or has one too many, and read back once a day what is recorded.

    Raises:
        BackendError: a copy does not answer; the others are done.
    """
    copies = [*services.copies, *services.reserves]
    here, away = answering(services.database, copies)
    note_answers(services.database, here=[copy.name for copy in here], away=away)
    with services.unit_of_work() as uow:
        for copy in copies:  # a store that changed its kind under the same name
            other_kind = HoldLock.in_store.is_not(isinstance(copy, Locks))
            uow.session.execute(delete(HoldLock).where(HoldLock.copy == copy.name, other_kind))
        for case_file_id in _unlike(uow.session, [copy.name for copy in copies]):
            services.jobs.add(uow.session, APPLY_JOB, subject_id=case_file_id)
        uow.commit()
    for copy in here:
        if isinstance(copy, Locks):
            _read_again(copy, services)
    for trouble in away.values():
        raise trouble
    with services.unit_of_work() as uow:
        services.jobs.finish(uow.session, lease)
        uow.commit()


def _applied(copy: ObjectStore, ocfl_id: str, *, held: bool) -> bool:
    """Whether there was anything to lock, or the store has no locks; read back."""
    if not isinstance(copy, Locks):
        return True
    count = hold_object(copy, ocfl_id, held)
    unlike = first_unheld(copy, ocfl_id, held=held)
    if unlike is not None:
        raise HoldNotKeptError(copy=copy.name, key=unlike)
    return count > 0


def _standing(session: Session, case_file_id: UUID) -> _Standing:
    states = select(CopyState).where(CopyState.case_file_id == case_file_id)
    locks = select(HoldLock).where(HoldLock.case_file_id == case_file_id)
    return _Standing(
        held=bool(in_force(session, case_file_id)),
        versions={state.copy: state.version for state in session.scalars(states)},
        kept={lock.copy: lock for lock in session.scalars(locks)},
    )


def _note(session: Session, case_file: CaseFile, wanted: _Standing, done: dict[str, bool]) -> None:
    """What was read back just now, into rows; an event where it changed something."""
    now = clock.now()
    known = session.scalars(select(HoldLock).where(HoldLock.case_file_id == case_file.id)).all()
    rows = {row.copy: row for row in known}
    changed: dict[str, bool] = {}
    for copy, in_store in done.items():
        row = rows.get(copy)
        if wanted.held:
            if row is None:
                row = HoldLock(case_file_id=case_file.id, copy=copy)
                session.add(row)
            row.version, row.in_store, row.read_at = wanted.versions[copy], in_store, now
            changed[copy] = in_store
        elif row is not None:
            changed[copy] = row.in_store
            session.delete(row)
    session.flush()
    if changed:
        close_incident(session, HOLD_MISSING, case_file.code)
    if any(changed.values()):  # stores without locks have nothing to tell
        told: dict[str, Any] = {"code": case_file.code, "copies": changed}
        record_event(
            session,
            "hold:applied" if wanted.held else "hold:cleared",
            subject_id=case_file.id,
            actor=WORKER,
            agency_id=case_file.agency_id,
            data=told,
        )


def _unlike(session: Session, copies: Sequence[str]) -> list[UUID]:
    """Case files of which some copy in use keeps more or less than the holds ask for."""
    held = select(Hold.case_file_id).where(Hold.lifted_at.is_(None))
    kept = exists().where(
        HoldLock.case_file_id == CopyState.case_file_id,
        HoldLock.copy == CopyState.copy,
        HoldLock.version >= CopyState.version,
    )
    lacking = select(CopyState.case_file_id).where(
        CopyState.case_file_id.in_(held), CopyState.copy.in_(copies), ~kept
    )
    left = select(HoldLock.case_file_id).where(
        HoldLock.case_file_id.not_in(held), HoldLock.copy.in_(copies)
    )
    return sorted({*session.scalars(lacking), *session.scalars(left)})


def _read_again(copy: ObjectStore, services: Services) -> None:
    """Whoever took a lock off in the store itself is found out, and it is laid on again."""
    began = clock.now()
    query = (
        select(HoldLock.id, CaseFile.id.label("case_file_id"), CaseFile.ocfl_id, CaseFile.code)
        .join(CaseFile, CaseFile.id == HoldLock.case_file_id)
        .where(
            HoldLock.copy == copy.name,
            HoldLock.read_at < began - _READ_AGAIN,
            exists().where(Hold.case_file_id == HoldLock.case_file_id, Hold.lifted_at.is_(None)),
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
        with services.unit_of_work() as uow:
            for row in rows:
                _note_read(uow.session, services, row, copy.name, missing[row.id])
            uow.commit()


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
