"""Destroyed stays destroyed: after a rebuild or a restore, and in a copy that comes back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.db.acts import newest_bodies
from archive_service.domain.act import Act
from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.removal import (
    AGAIN,
    REMOVAL,
    PlaceState,
    Removal,
    RemovalGround,
    RemovalPlace,
)
from archive_service.errors import ArchiveError, BackendError
from archive_service.log import logger
from archive_service.recovery.backup_keys import BackupKeys
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy_run import is_copy, places_of_copy
from archive_service.storage.ocfl import object_root
from archive_service.storage.past_submissions import restore_past
from archive_service.storage.port import ObjectStore
from archive_service.storage.stub import row_of_stub
from archive_service.workflow.came_back import open_again
from archive_service.workflow.destruction import carry_out
from archive_service.workflow.destruction_places import places_of
from archive_service.workflow.destruction_rows import DESTROY_JOB


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
        again = [place for place, one in every.items() if _holds(one, removal.ocfl_id)]
        if places_of_copy(copy.name)[0] in again:
            # The audit trail brings back what copies held, which are rows of it.
            again += ["rows", "database-file", "backup-rows"]
        if removal.done_at is None:
            # What closed may have come back with the rows: all is looked through once more.
            again = [*(one.place for one in removal.places), *again]
        if again:
            open_again(removal, list(dict.fromkeys(again)))
        row.state = CaseState.DESTROYED if removal.done_at else CaseState.STORED
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
    told = _told_in(services.stores) | _told_by(services, keys)
    alone = services.settings.storage.model_copy(update={"staging_grace_s": 0})
    settings = services.settings.model_copy(update={"storage": alone})
    quiet = replace(services, settings=settings)  # nobody else works here yet: no time of grace
    codes = []
    for document in told.values():
        removal_id = _claimed_again(quiet, document)
        if removal_id is not None:
            carry_out(quiet, removal_id)
            codes.append(document["body"]["code"])
    return sorted(codes)


def _told_in(stores: Iterable[ObjectStore]) -> dict[str, dict[str, Any]]:
    """OCFL id → the first act of each removal, of all copies that answer."""
    first: dict[str, dict[str, Any]] = {}
    for store in stores:
        try:
            for act in iter_acts(store, REMOVAL):
                first.setdefault(act.document["body"]["ocfl_id"], act.document)
        except ArchiveError as trouble:
            logger().warning("tombstones-unread", copy=store.name, code=trouble.code)
    return first


def _told_by(services: Services, keys: BackupKeys | None) -> dict[str, dict[str, Any]]:
    if keys is None:
        return {}
    with services.read_only() as session:
        ids = session.scalars(select(CaseFile.ocfl_id)).all()
    marks = ((ocfl_id, keys.destroyed(ocfl_id)) for ocfl_id in ids)
    return {ocfl_id: mark for ocfl_id, mark in marks if mark is not None}


def _claimed_again(services: Services, document: Mapping[str, Any]) -> UUID | None:
    """The removal as rows again, open in every place; ``None`` where the rows know that it is done.

    The act is as it was, so that copies which hold it and those which lack it agree.
    """
    body = document["body"]
    with services.unit_of_work() as uow:
        session = uow.session
        row = session.scalar(select(CaseFile).where(CaseFile.ocfl_id == body["ocfl_id"]))
        known = session.scalar(select(Removal).where(Removal.ocfl_id == body["ocfl_id"]))
        if row is None or (known is not None and known.done_at is not None):
            return None
        if known is not None:
            return known.id
        removal = _removal_of(body)
        removal.done_at = None
        names = [
            *_every_copy(services),
            *(place.name for place in places_of(services)),
            # A retired copy that no setting names: it may hold what it held then.
            *(one["place"] for one in body["places"] if is_copy(one["place"])),
        ]
        # Not the first look: who destroyed it found what this one cannot.
        removal.places = [
            RemovalPlace(place=name, proof={AGAIN: {}}) for name in dict.fromkeys(names)
        ]
        row.removing_since = removal.claimed_at
        session.add(removal)
        restore_past(session, body.get("submissions", ()))
        if session.get(Act, UUID(document["id"])) is None:
            session.add(
                Act(
                    id=UUID(document["id"]),
                    kind=REMOVAL,
                    subject_id=document["subject_id"],
                    at=clock.parse_iso(document["at"]),
                    document=body,
                )
            )
        uow.commit()
        return removal.id


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
                place=one["place"],
                state=PlaceState(one["state"]),
                proof=one["proof"],
                gone_at=clock.parse_iso(one["gone_at"]) if one["gone_at"] else None,
            )
            for one in body["places"]
        ],
    )
