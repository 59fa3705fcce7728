"""Destruction, carried out: what the gate may take, the job that takes it, and all the places."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.server_files import ServerFilesBusyError
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.retention.removal import DESTROY_JOB, PlaceState, Removal, RemovalPlace
from archive_service.errors import BackendError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.beat import held
from archive_service.jobs.port import Lease, LeaseLostError
from archive_service.keeping.fixity.troubles import end_claimed
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.ocfl.root import object_root
from retention.destruction.places.all import StagedLatelyError, places_of
from retention.destruction.places.backups import BackupAwaitedError
from retention.destruction.places.database_files import ServerFilesLaterError
from retention.destruction.places.uploads import UploadedLatelyError

RESUME_JOB = "resume-destruction"
WATCH_JOB = "watch-dispositions"
REMOVAL_OPEN = "removal-open"  # a kind of incident
_AT_ONCE = 500
# Goes on by the calendar.
_PLANNED = {ServerFilesLaterError.code, BackupAwaitedError.code, UploadedLatelyError.code}
# A server that is in use is free at one of the next looks, and staging once the time of grace is
# over; when it never is, somebody has to act.
_PASSING = {ServerFilesBusyError.code, StagedLatelyError.code}
_PASSING_FOR = dt.timedelta(hours=6)
_TOGETHER, _FILES_TOGETHER = 100, 5000  # case files that are taken away at once, and their files


def claim_items(
    services: Services, session: Session, item_ids: Sequence[UUID], *, actor: Actor = WORKER
) -> dict[UUID, Removal | RemovalRefusedError]:
    """The same of several; what is refused is as it was. All of them are held until the commit."""
    gate = services.open_gate(places_of(services))
    claims = gate.claim_all(session, item_ids, actor=actor)
    _set_going(services, session, claims)
    return claims


def claim_handed_over(
    services: Services, session: Session, item_ids: Sequence[UUID], *, actor: Actor = WORKER
) -> dict[UUID, Removal | RemovalRefusedError]:
    """The same of items of transfers, whose case files another archive keeps."""
    gate = services.open_gate(places_of(services))
    claims = gate.claim_handed_over(session, item_ids, actor=actor)
    _set_going(services, session, claims)
    return claims


def _set_going(
    services: Services, session: Session, told: Mapping[UUID, Removal | RemovalRefusedError]
) -> None:
    for outcome in told.values():
        if isinstance(outcome, Removal) and outcome.done_at is None:
            services.jobs.add(session, DESTROY_JOB, subject_id=outcome.case_file_id)
            end_claimed(session, [object_root(outcome.ocfl_id)], at=outcome.claimed_at)


def destroy_case_file(lease: Lease, services: Services) -> None:
    """Take a claimed case file away from every place that can be reached; safe to kill.

    Others that wait for the same go with it: many removals share their syncs and statements. What
    stays open is an incident, and is tried again by ``resume-destruction``.
    """
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a case file")
    alone = lease.attempts + lease.outages > 1
    others = [] if alone else services.jobs.claim_more(DESTROY_JOB, most=_TOGETHER - 1)
    try:
        with held(*others, jobs=services.jobs):
            _destroy(lease, others, services)
    except BackendError:
        services.jobs.give_back(others, tried=False)
        raise
    except Exception:
        services.jobs.give_back(others, tried=True)
        raise


def _destroy(lease: Lease, others: Sequence[Lease], services: Services) -> None:
    subjects = [lease.subject_id, *(other.subject_id for other in others)]
    with services.read_only() as session:
        removals = session.execute(
            _open_removals().where(Removal.case_file_id.in_(subjects)).order_by(Removal.claimed_at)
        ).all()
    write_out_evidence(services)
    gate = services.open_gate(places_of(services))
    left: dict[UUID, dict[str, str]] = {}
    for some in _pieces(removals):
        left |= gate.carry_out_all([job.id for job in some])
    with services.writing() as session:
        services.jobs.finish(session, lease)
        for job in others:
            with suppress(LeaseLostError):  # whoever has it now finds it done
                services.jobs.finish(session, job)
        for removal in removals:
            _tell(session, removal, left[removal.id])
        if session.scalar(select(exists(_open_removals()))) is False:
            services.jobs.add(session, WATCH_JOB)  # the last: its list can be closed at once
    write_out_evidence(services)


def require_erasers(services: Services) -> None:
    """Open the gate and go away again; nothing is asked of a copy.

    Raises:
        EraseCredentialsMissingError: a bucket without a user in ``storage.erase_credentials``.
    """
    services.open_gate(places_of(services))


def carry_out(services: Services, removal_id: UUID) -> dict[str, str]:
    """What the gate has claimed, away from every place; what keeps a place open, by its name."""
    return services.open_gate(places_of(services)).carry_out(removal_id)


def who_asks(services: Services) -> Callable[[UUID], dict[str, int | str]]:
    """What asks each place of a removal anew and changes nothing: ``DestroyGate.ask``."""
    return services.open_gate(places_of(services)).ask


def _pieces(removals: Sequence[Any]) -> Iterator[list[Any]]:  # Any: rows of these columns
    """As many at once as have some thousand files: what is noted of them lies in memory."""
    piece: list[Any] = []
    for removal in removals:
        if (
            piece
            and sum(removal_of.files for removal_of in piece) + removal.files > _FILES_TOGETHER
        ):
            yield piece
            piece = []
        piece.append(removal)
    if piece:
        yield piece


def resume_destruction(lease: Lease, services: Services) -> None:
    """Queue what is open, but for what only waits for a lock that ends later."""
    now = clock.now()
    waits = RemovalPlace.until.is_not(None) & (RemovalPlace.until > now)
    due = (
        _open_removals()
        .join(RemovalPlace, RemovalPlace.removal_id == Removal.id)
        .where(RemovalPlace.state == PlaceState.OPEN, ~func.coalesce(waits, False))
        .distinct()
        .limit(_AT_ONCE)
    )
    with services.writing() as session:
        for row in session.execute(due).all():
            services.jobs.add(session, DESTROY_JOB, subject_id=row.case_file_id)
        services.jobs.finish(session, lease)


def _open_removals() -> Any:  # a Select of these columns
    columns = Removal.id, Removal.code, Removal.case_file_id, Removal.files, Removal.claimed_at
    return select(*columns).where(Removal.done_at.is_(None))


def _tell(session: Session, removal: Any, left: dict[str, str]) -> None:
    passing = _PASSING if clock.now() - removal.claimed_at < _PASSING_FOR else set()
    if _PLANNED | passing >= set(left.values()):  # goes on by itself: nobody has to act
        close_incident(session, REMOVAL_OPEN, removal.code)
        return
    facts = {"places": ", ".join(f"{place} ({why})" for place, why in sorted(left.items()))}
    severity = IncidentSeverity.ALARM
    open_incident(session, REMOVAL_OPEN, removal.code, severity=severity, facts=facts)
