"""Destruction, carried out: what the gate may take, the job that takes it, and all the places."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bootstrap import Services, open_gate
from archive_service.domain.account import WORKER, Actor
from archive_service.domain.disposition import DispositionItem
from archive_service.domain.incident import IncidentSeverity
from archive_service.domain.removal import PlaceState, Removal, RemovalPlace
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.destruction_places import places_of
from archive_service.workflow.destruction_rows import DESTROY_JOB

RESUME_JOB = "resume-destruction"
REMOVAL_OPEN = "removal-open"  # a kind of incident
_AT_ONCE = 500


def claim_item(
    services: Services, session: Session, item: DispositionItem, *, actor: Actor = WORKER
) -> Removal:
    """The case file of an approved item goes, from the caller's commit on; by a job.

    Raises:
        RemovalRefusedError: a hold, a link, the term, the list or its state forbids it.
    """
    gate = open_gate(services, places_of(services))
    removal = gate.claim(session, item.id, actor=actor)
    if removal.done_at is None:
        services.jobs.add(session, DESTROY_JOB, subject_id=removal.case_file_id)
    return removal


def destroy_case_file(lease: Lease, services: Services) -> None:
    """Take a claimed case file away from every place that can be reached; safe to kill.

    What stays open is an incident, and is tried again by ``resume-destruction``.
    """
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a case file")
    with services.read_only() as session:
        open_ones = _open_removals().where(Removal.case_file_id == lease.subject_id)
        removals = session.execute(open_ones).all()
    write_out_evidence(services)
    left: dict[str, dict[str, str]] = {}
    for removal in removals:
        left[removal.code] = carry_out(services, removal.id)
    with services.unit_of_work() as uow:
        services.jobs.finish(uow.session, lease)
        for code, places in left.items():
            _tell(uow.session, code, places)
        uow.commit()
    write_out_evidence(services)


def carry_out(services: Services, removal_id: UUID) -> dict[str, str]:
    """What the gate has claimed, away from every place; what keeps a place open, by its name."""
    return open_gate(services, places_of(services)).carry_out(removal_id)


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
    with services.unit_of_work() as uow:
        for row in uow.session.execute(due).all():
            services.jobs.add(uow.session, DESTROY_JOB, subject_id=row.case_file_id)
        services.jobs.finish(uow.session, lease)
        uow.commit()


def removal_document(session: Session, removal_id: UUID) -> dict[str, Any]:
    """Where it stands, place by place, as the certificate and the pages tell it."""
    removal = session.get_one(Removal, removal_id)
    return {
        "id": str(removal.id),
        "code": removal.code,
        "ocfl_id": removal.ocfl_id,
        "versions": removal.versions,
        "files": removal.files,
        "size_bytes": removal.size_bytes,
        "claimed_by": removal.claimed_by,
        "claimed_at": clock.iso(removal.claimed_at),
        "done_at": removal.done_at and clock.iso(removal.done_at),
        "places": [
            {
                "place": one.place,
                "state": one.state.value,
                "proof": {
                    name: told for name, told in one.proof.items() if not name.startswith("_")
                },
                "trouble": one.trouble,
                "until": _iso(one.until),
                "tried_at": _iso(one.tried_at),
                "gone_at": _iso(one.gone_at),
            }
            for one in removal.places
        ],
    }


def _open_removals() -> Any:  # a Select of these columns
    return select(Removal.id, Removal.code, Removal.case_file_id).where(Removal.done_at.is_(None))


def _tell(session: Session, code: str, left: dict[str, str]) -> None:
    if not left:
        close_incident(session, REMOVAL_OPEN, code)
        return
    facts = {"places": ", ".join(f"{place} ({why})" for place, why in sorted(left.items()))}
    open_incident(session, REMOVAL_OPEN, code, severity=IncidentSeverity.ALARM, facts=facts)


def _iso(moment: dt.datetime | None) -> str | None:
    return clock.iso(moment) if moment else None
