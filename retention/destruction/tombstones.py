"""Destroyed stays destroyed: after a rebuild or a restore, and in a copy that comes back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.acts import newest_bodies
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.removal import (
    AGAIN,
    DESTROY_JOB,
    REMOVAL,
    PlaceState,
    Removal,
    RemovalGround,
    RemovalPlace,
)
from archive_service.errors import ArchiveError, BackendError
from archive_service.keeping.fixity.claimed_packages import open_again
from archive_service.log import logger
from archive_service.recovery.backup.keys import BackupKeys
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy.past_submissions import restore_past
from archive_service.storage.destroy.remaining_data import row_of_stub
from archive_service.storage.destroy.run import places_of_copy
from archive_service.storage.destroy.tombstone import CLAIMED, tell
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectStore
from retention.destruction.acts import carry_out
from retention.destruction.places.all import places_of

_Ends = tuple[dict[str, Any], dict[str, Any]]  # the first act of a removal, and the newest


def destroyed_roots(session: Session) -> set[str]:
    """Roots of the objects of which an act says that they were claimed or are gone."""
    return {object_root(body["ocfl_id"]) for body in newest_bodies(session, REMOVAL)}


def restore_removals(session: Session, services: Services, copy: ObjectStore) -> None:
    """Removals and stubs from the newest acts, once agencies are back.

    What ``copy``, from which all is read, or another that answers holds of them all the same goes
    once more.
    """
    every = _every_copy(services)
    for body in newest_bodies(session, REMOVAL):
        removal = _removal_of(body)
        row = row_of_stub(body["stub"])
        row.removing_since = removal.claimed_at
        again = [
            place for place, object_store in every.items() if _holds(object_store, removal.ocfl_id)
        ]
        if places_of_copy(copy.name)[0] in again:
            # The audit trail brings back what copies held, which are rows of it.
            again += ["rows", "database-file", "backup-rows"]
        if removal.done_at is None:
            # What closed may have come back with the rows: all is looked through once more.
            again = [*(removal_place.place for removal_place in removal.places), *again]
        if again:
            open_again(removal, list(dict.fromkeys(again)))
        row.state = CaseState.DESTROYED if removal.done_at else CaseState.STORED
        if removal.ground is RemovalGround.TRANSFER:
            row.state = CaseState.TRANSFERRED
        session.add_all([row, removal])
        session.flush()
        restore_past(session, body.get("submissions", ()))
        if removal.done_at is None:
            services.jobs.add(session, DESTROY_JOB, subject_id=row.id)


def _every_copy(services: Services) -> dict[str, ObjectStore]:
    """By the names of their places; copies, then reserves."""
    copies = {places_of_copy(store.name)[0]: store for store in services.stores}
    return copies | {places_of_copy(store.name)[1]: store for store in services.reserve_stores}


def _holds(copy: ObjectStore, ocfl_id: str) -> bool:
    try:
        return next(copy.iter_keys(f"{object_root(ocfl_id)}/"), None) is not None
    except BackendError:  # away: its next reading tells
        return False


def bury_again(services: Services, keys: BackupKeys | None) -> list[str]:
    """After a restore: what was destroyed since the backup goes once more, at once; its codes.

    Tombstones are read from the copies that live on and, where all were lost, from the marks in
    place of destroyed keys.
    """
    tombstones = _told_by(services, keys) | _told_in(services.stores)
    alone = services.settings.storage.model_copy(update={"staging_grace_s": 0})
    settings = services.settings.model_copy(update={"storage": alone})
    quiet = replace(services, settings=settings)  # nobody else works here yet: no time of grace
    codes = []
    for first, newest in tombstones.values():
        removal_id = _claimed_again(quiet, first, newest["body"])
        if removal_id is not None:
            carry_out(quiet, removal_id)
            codes.append(first["body"]["code"])
    return sorted(codes)


def _told_in(stores: Iterable[ObjectStore]) -> dict[str, _Ends]:
    """OCFL id → first and newest act of each removal, of all copies that answer."""
    tombstones: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for store in stores:
        try:
            for act in iter_acts(store, REMOVAL):
                tombstones[act.document["body"]["ocfl_id"]].append(act.document)
        except ArchiveError as trouble:
            logger().warning("tombstones-unread", copy=store.name, code=trouble.code)
    by_time = {
        ocfl_id: sorted(acts, key=lambda act: act["at"]) for ocfl_id, acts in tombstones.items()
    }
    return {ocfl_id: (acts[0], acts[-1]) for ocfl_id, acts in by_time.items()}


def _told_by(services: Services, keys: BackupKeys | None) -> dict[str, _Ends]:
    if keys is None:
        return {}
    with services.read_only() as session:
        ids = session.scalars(select(CaseFile.ocfl_id)).all()
    marks = ((ocfl_id, keys.destroyed(ocfl_id)) for ocfl_id in ids)
    return {ocfl_id: (mark, mark) for ocfl_id, mark in marks if mark is not None}


def _claimed_again(
    services: Services, first: Mapping[str, Any], newest: Mapping[str, Any]
) -> UUID | None:
    """The removal as rows again, open in every place; ``None`` where the rows know that it is done.

    What a place was told to hold, in the ``newest`` act, counts where nothing is found any more.
    The ``first`` act is as it was, so that copies which hold it and those which lack it agree.
    """
    body = first["body"]
    with services.unit_of_work() as uow:
        session = uow.session
        row = session.scalar(select(CaseFile).where(CaseFile.ocfl_id == body["ocfl_id"]))
        known = session.scalar(select(Removal).where(Removal.ocfl_id == body["ocfl_id"]))
        if row is None or (known is not None and known.done_at is not None):
            return None
        removal = _removal_of(newest)
        removal.done_at = None
        for place in removal.places:  # a retired copy that no setting names, too
            place.reopen()
        facts = {place.place: place.proof for place in removal.places}
        if known is not None:
            for place in known.places:
                before = facts.get(place.place, {}).get(AGAIN)
                if before and place.state is PlaceState.OPEN and "found" not in place.proof:
                    place.proof = place.proof | {AGAIN: before}
            uow.commit()
            return known.id
        # Not the first look: who destroyed it found what this one cannot.
        removal.places += [
            RemovalPlace(place=name, proof={AGAIN: {}})
            for name in [*_every_copy(services), *(place.name for place in places_of(services))]
            if name not in facts
        ]
        row.removing_since = removal.claimed_at
        session.add(removal)
        if not _is_told(session, removal):  # no copy lived on that gave the trail of then back
            tell(session, row, removal, CLAIMED, actor=WORKER)
        restore_past(session, body.get("submissions", ()))
        if session.get(Act, UUID(first["id"])) is None:
            session.add(
                Act(
                    id=UUID(first["id"]),
                    kind=REMOVAL,
                    subject_id=first["subject_id"],
                    at=clock.parse_iso(first["at"]),
                    document=body,
                )
            )
        uow.commit()
        return removal.id


def _is_told(session: Session, removal: Removal) -> bool:
    of_it = AuditEvent.data["removal"].as_string() == str(removal.id)
    condition = exists(AuditEvent.number).where(
        AuditEvent.tag == CLAIMED,
        AuditEvent.subject_id == str(removal.case_file_id),
        of_it,
    )
    return bool(session.scalar(select(condition)))


def _removal_of(body: Mapping[str, Any]) -> Removal:
    done_at = body["done_at"]
    return Removal(
        id=UUID(body["id"]),
        case_file_id=UUID(body["case_file_id"]),
        ocfl_id=body["ocfl_id"],
        code=body["code"],
        ground=RemovalGround(body["ground"]),
        ground_id=UUID(body["ground_id"]),
        versions=body["versions"],
        files=body["files"],
        size_bytes=body["size_bytes"],
        inventory_sha256=body["inventory_sha256"],
        claimed_by=body["claimed_by"],
        claimed_at=clock.parse_iso(body["claimed_at"]),
        done_at=clock.parse_iso(done_at) if done_at else None,
        places=[
            RemovalPlace(
                place=place["place"],
                state=PlaceState(place["state"]),
                proof=place["proof"],
                gone_at=clock.parse_iso(place["gone_at"]) if place["gone_at"] else None,
            )
            for place in body["places"]
        ],
    )
