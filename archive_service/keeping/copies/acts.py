"""Copies come, are renewed and leave: each change is a row, an act in every copy and an event."""

from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event, segment_key
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.domain.keeping.enrolled_copy import (
    COPY_ACT,
    CopyRole,
    CopyStanding,
    EnrolledCopy,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.fixity.check import CopyNameError
from archive_service.keeping.fixity.troubles import forget_readings
from archive_service.keeping.reserve import settle_proofs
from archive_service.notices.silent_copies import forget_copy
from archive_service.services import Services
from archive_service.storage.copies.enrolment import active_names, identities
from archive_service.storage.copies.identity import (
    IDENTITY_KEY,
    CopyUnknownError,
    DatabaseMissingError,
    enrol,
    identify,
)
from archive_service.storage.ocfl.root import read, root_files
from archive_service.storage.port import ObjectNotFoundError, ObjectStore
from retention.holds.locks import forget_locks

CATCH_UP_JOB = "catch-up-copy"


class CopyStandingError(ConflictError):
    """The copy does not stand where the act needs it."""


class CopyRetiredError(ConflictError):
    """It was retired: neither added nor renewed; an emptied place is added under another name."""


class CopyStillThereError(ConflictError):
    """The copy answers as the one enrolled: what it lacks is repaired, it is not renewed."""


class LastCopyError(ConflictError):
    """No other active copy is left that could carry the archive."""


def add_copy(services: Services, name: str, *, actor: Actor) -> EnrolledCopy:
    """Take a store of the settings into use; a worker fills and proves it.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        CopyNameError: the settings name no such store.
        CopyStandingError: it is enrolled already.
        CopyRetiredError: a copy of this name was retired.
        CopyNotEmptyError, CopyUnknownError: something lies there that is no empty place.
    """
    access.require(actor, "copy:add")
    with services.read_only() as session:
        row = session.get(EnrolledCopy, name)
    if row is not None and row.state is CopyStanding.RETIRED:
        raise CopyRetiredError(copy=name)
    if row is not None:
        raise CopyStandingError(copy=name, state=row.state.value, role=row.role.value)
    return _enrolled(services, _store(services, name), actor=actor, known=None)


def enrol_all(services: Services, *, actor: Actor) -> list[str]:
    """Enrol every store of the settings that is not known yet; the names of the new ones.

    Those known are only looked at, and first: nothing is written where one of them is away.
    """
    with services.read_only() as session:
        known = {row.name: row for row in session.scalars(select(EnrolledCopy))}
    every = (*services.stores, *services.reserve_stores)
    for store in every:
        row = known.get(store.name)
        if row is not None and row.state is CopyStanding.ACTIVE:
            identify(store, row.identity)
    new = [store for store in every if store.name not in known]
    for store in new:
        _enrolled(services, store, actor=actor, known=None)
    return [store.name for store in new]


def renew_copy(services: Services, name: str, *, reason: str, actor: Actor) -> EnrolledCopy:
    """Fill an empty place anew for a copy that was lost.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        CopyNameError: no copy of this name in the settings, or never enrolled.
        CopyStillThereError: it answers with its identity.
        CopyRetiredError: it was retired; what lies there is not forgotten for another place.
        LastCopyError: no other active copy is left to fill it from.
        CopyNotEmptyError, CopyUnknownError: something lies there that is no empty place.
    """
    access.require(actor, "copy:renew")
    store = _store(services, name)
    with services.read_only() as session:
        row = session.get(EnrolledCopy, name)
        if row is None:
            raise CopyNameError(name=name, known=[copy.name for copy in services.stores])
        if row.state is CopyStanding.RETIRED:
            raise CopyRetiredError(copy=name)
        require_another(session, row)
    store.prepare()
    try:
        identify(store, row.identity)
    except CopyUnknownError:
        pass
    else:
        raise CopyStillThereError(copy=name)
    return _enrolled(services, store, actor=actor, known=row, reason=reason)


def require_standing(session: Session, name: str) -> EnrolledCopy:
    """The row of a copy, and with it all others, held until the commit."""
    rows = session.scalars(
        select(EnrolledCopy)
        .order_by(EnrolledCopy.name)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return next(row for row in rows if row.name == name)


def tell_of_copy(
    session: Session, row: EnrolledCopy, tag: str, *, actor: Actor, **more: object
) -> None:
    """The act and the event of a change of standing."""
    document = {
        "name": row.name,
        "identity": row.identity,
        "state": row.state.value,
        "role": row.role.value,
        "enrolled_at": clock.iso(row.enrolled_at),
        "by": actor.account,
        **more,
    }
    if row.retired_at is not None:
        document["retired_at"] = clock.iso(row.retired_at)
        document |= {"holdings_known": row.holdings_known, "medium": row.medium}
    session.add(Act(kind=COPY_ACT, subject_id=row.name, at=clock.now(), document=document))
    record_event(session, tag, subject_id=row.name, actor=actor, data=document)


def _enrolled(
    services: Services,
    store: ObjectStore,
    *,
    actor: Actor,
    known: EnrolledCopy | None,
    reason: str = "",
) -> EnrolledCopy:
    """Bytes first, then the row: after a kill the empty place is found with its identity."""
    _require_ours(services, store)
    identity = enrol(store)
    reserve = any(store is reserve_store for reserve_store in services.reserve_stores)
    with services.writing() as session:
        first = session.scalar(select(func.count()).select_from(EnrolledCopy)) == 0
        joins = not reserve and not (known is None and (first or _holds_nothing(session)))
        row = session.get(EnrolledCopy, store.name, with_for_update=True)
        if row is not None and known is None:  # another press was first, and told of it
            return row
        row = row or EnrolledCopy(name=store.name)
        if known is not None and row.identity != known.identity:  # likewise, of a copy renewed
            raise CopyStillThereError(copy=store.name)
        row.identity, row.enrolled_at = identity.id, clock.now()
        row.state = CopyStanding.JOINING if joins else CopyStanding.ACTIVE
        row.role = CopyRole.RESERVE if reserve else CopyRole.COPY
        row.verified_at = row.away_since = row.loose_locked_until = None
        session.add(row)
        if known is not None:
            session.execute(delete(CopyState).where(CopyState.copy == row.name))
            forget_locks(session, row.name)
            forget_copy(session, row.name)
            forget_readings(session, row.name, at=clock.now())
            settle_proofs(session)
        if joins:
            services.jobs.add(session, CATCH_UP_JOB, subject_id=UUID(identity.id))
        if joins or known is not None or reserve:
            tag = "copy:enrolled" if known is None else "copy:renewed"
            tell_of_copy(session, row, tag, actor=actor, reason=reason)
    if joins or reserve:
        write_out_evidence(services)
    return row


def _holds_nothing(session: Session) -> bool:
    """Nothing went out into any copy yet: another one starts level with them."""
    return all(
        session.scalar(select(func.count()).select_from(table).limit(1)) == 0
        for table in (AuditSegment, Act, CaseFile)
    )


def _require_ours(services: Services, store: ObjectStore) -> None:
    """``CopyUnknownError`` where a copy with content answers that is not of this archive.

    One of ours comes back after its row was lost: its trail begins as ours does, and nobody else
    bears its identity. What it lacks or holds otherwise shows as it is filled.
    """
    store.prepare()
    try:
        identity = identify(store)
    except CopyUnknownError as trouble:
        if trouble.facts.get("found"):
            raise
        return
    with services.read_only() as session:
        first = session.scalar(select(AuditSegment.sha256).where(AuditSegment.number == 1))
        taken = identity.id in identities(session).values()
    if not taken and first is not None and _begins_with(store, first):
        return
    for key in store.iter_keys():
        if key != IDENTITY_KEY and key not in root_files():
            if first is None and not taken:
                raise DatabaseMissingError(copy=store.name)
            found = f"{identity.name} {identity.id}"
            raise CopyUnknownError(copy=store.name, expected=None, found=found)


def _begins_with(store: ObjectStore, digest: str) -> bool:
    """Whether its audit trail has this first segment; what cannot be read is not judged."""
    try:
        return sha256(read(store, segment_key(1))).hexdigest() == digest
    except ObjectNotFoundError:
        return False


def require_another(session: Session, leaving: EnrolledCopy) -> None:
    """``LastCopyError`` unless another copy counts that could carry the archive."""
    if leaving.role is CopyRole.COPY and not active_names(session) - {leaving.name}:
        raise LastCopyError(copy=leaving.name)


def _store(services: Services, name: str) -> ObjectStore:
    every = (*services.stores, *services.reserve_stores)
    for store in every:
        if store.name == name:
            return store
    raise CopyNameError(name=name, known=[store.name for store in every])
