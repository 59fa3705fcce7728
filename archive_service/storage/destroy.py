"""The destroy gate: the one function through which stored bytes leave, and what it asks before."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database
from archive_service.domain.account import WORKER, Actor
from archive_service.domain.act import Act
from archive_service.domain.case_file import CaseFile, CaseState, CopyState
from archive_service.domain.disposition import DispositionItem, ItemState
from archive_service.domain.enrolled_copy import CopyRole, EnrolledCopy
from archive_service.domain.removal import (
    REMOVAL,
    PlaceState,
    Removal,
    RemovalGround,
    RemovalPlace,
)
from archive_service.errors import ArchiveError, BackendError
from archive_service.storage.acts import act_document, act_name, write_act
from archive_service.storage.copies import identify
from archive_service.storage.destroy_claim import newest_version, require_due
from archive_service.storage.enrolment import identities
from archive_service.storage.erase.port import Eraser
from archive_service.storage.locks import ObjectHeldError, ObjectLockedError
from archive_service.storage.ocfl import object_root
from archive_service.storage.port import ObjectStore, StoreUnreachableError
from archive_service.storage.stub import clear_to_stub, stub_of

COPY, RESERVE = "copy", "reserve"


class RemainsLeftError(BackendError):
    """A place was cleared, and something of the case file is there all the same: tried again."""

    code = "remains-left"


@dataclass(frozen=True, slots=True)
class Remains:
    """What is to go, as places are told of it; ``notes`` is what a place said in its survey."""

    removal_id: UUID
    case_file_id: UUID
    ocfl_id: str
    code: str
    notes: Mapping[str, Any] = field(default_factory=dict)


class Place(Protocol):
    """Somewhere beside the copies where bytes or words of a case file lie."""

    @property
    def name(self) -> str:
        """As the certificate tells it, such as ``index``."""

    def survey(self, remains: Remains) -> dict[str, Any]:
        """Before anything goes: ``{found: N, …}``, JSON, kept for ``remove``; no content."""

    def remove(self, remains: Remains) -> None:
        """Take all of it away; fine if it is gone. ``BackendError``: another try."""

    def left(self, remains: Remains) -> int:
        """Asked afterwards: how much of it is still there."""


class DestroyGate:
    """Claims what may go and takes it away everywhere; trusts no caller, remembers in rows."""

    def __init__(
        self,
        database: Database,
        *,
        stores: Sequence[ObjectStore],
        erasers: Mapping[str, Eraser],
        places: Sequence[Place],
    ) -> None:
        self._database = database
        self._stores = {store.name: store for store in stores}
        self._erasers = erasers
        self._places = {place.name: place for place in places}

    def claim(self, session: Session, item_id: UUID, *, actor: Actor) -> Removal:
        """From the commit on the case file goes, and nothing stops it; a second claim is the first.

        Holds, links, approval, list, term and state are read here, with the rows locked: of a hold
        and a claim one sees the other. The caller commits all of it or nothing.

        Raises:
            RemovalRefusedError: one of these forbids it; nothing was changed.
        """
        item, row = require_due(session, item_id)
        known = session.scalar(select(Removal).where(Removal.ocfl_id == row.ocfl_id))
        if known is not None:
            return known
        now = clock.now()
        version = newest_version(session, row)
        removal = Removal(
            id=uuid4(),
            case_file_id=row.id,
            ocfl_id=row.ocfl_id,
            code=row.code,
            ground=RemovalGround.DISPOSITION,
            ground_id=item.id,
            versions=row.version_stored,
            files=version.file_count,
            size_bytes=sum(one.size_bytes for one in row.versions),
            inventory_sha256=version.inventory_sha256,
            claimed_by=actor.account,
            claimed_at=now,
            places=[RemovalPlace(place=name, proof={}) for name in self._names(session)],
        )
        session.add(removal)
        row.removing_since = now
        item.state = ItemState.CLAIMED
        session.flush()
        session.add(_act(removal, row, at=now))
        _tell(session, row, removal, "case-file:removal-claimed", actor=actor)
        return removal

    def carry_out(self, removal_id: UUID) -> dict[str, str]:
        """Take it away from every place that can be reached; safe to repeat and to kill.

        The tombstone lies in every copy that answers before a byte of any goes. What a place was
        cleared of is committed with its proof, one after another; what is not to be cleared now
        stays open, with why. When none is open the case file is a stub and ``destroyed``.

        Returns:
            Place → code of what keeps it open; empty: all is gone.
        """
        run = _Run(self._database, removal_id)
        if run.is_done:
            return {}
        copies = self._reach(run)
        surveyed = self._surveyed(run, copies)
        if surveyed:
            for name in run.open_places():
                self._clear(run, name, copies)
        return run.close()

    def _names(self, session: Session) -> Iterator[str]:
        for copy in session.scalars(select(EnrolledCopy).order_by(EnrolledCopy.name)):
            yield f"{RESERVE if copy.role is CopyRole.RESERVE else COPY}:{copy.name}"
        yield from self._places

    def _reach(self, run: "_Run") -> dict[str, ObjectStore]:
        """Open copies that answer, by place, each with the tombstone in it, read back."""
        reached = {}
        for place in run.open_copies():
            name = place.partition(":")[2]
            try:
                store = self._stores.get(name)
                if store is None or name not in self._erasers:
                    raise StoreUnreachableError(key=name, reason="storage.copies")
                identify(store, run.identities.get(name))
                write_act(REMOVAL, run.act_name, run.act_document, copies=[store])
                store.sweep()
                reached[place] = store
            except ArchiveError as trouble:
                run.trouble(place, trouble)
        return reached

    def _surveyed(self, run: "_Run", copies: Mapping[str, ObjectStore]) -> bool:
        """What lies where, noted before anything goes; false where a store holds it."""
        free = True
        for place in run.open_places():
            try:
                if place in copies:
                    eraser = self._erasers[place.partition(":")[2]]
                    with suppress(ObjectLockedError):  # a term: waited for where it lies
                        eraser.require_free(run.root)
                    found = sum(1 for _ in eraser.iter_left(run.root))
                    run.note(place, {"found": found})
                elif place in self._places:
                    run.note(place, self._places[place].survey(run.remains(place)))
            except ObjectHeldError as held:
                run.trouble(place, held)
                free = False
            except BackendError as trouble:
                run.trouble(place, trouble)
        run.save()
        return free

    def _clear(self, run: "_Run", place: str, copies: Mapping[str, ObjectStore]) -> None:
        if place not in run.noted:
            return
        try:
            if place in copies:
                eraser = self._erasers[place.partition(":")[2]]
                eraser.erase_all(run.root)
                left = sum(1 for _ in eraser.iter_left(run.root))
            else:
                self._places[place].remove(run.remains(place))
                left = self._places[place].left(run.remains(place))
            if left:
                raise RemainsLeftError(place=place, count=left)
        except (BackendError, ObjectLockedError, ObjectHeldError) as trouble:
            run.trouble(place, trouble)
        else:
            run.gone(place)
        run.save()


class _Run:
    """One round on one removal: its rows as they were read, and what is to be written of them."""

    def __init__(self, database: Database, removal_id: UUID) -> None:
        self._database = database
        self.removal_id = removal_id
        with database.read_only() as session:
            removal = session.get_one(Removal, removal_id)
            act = _act_of(session, removal)
            self.is_done = removal.done_at is not None
            self._states = {one.place: one.state for one in removal.places}
            self._proofs = {one.place: dict(one.proof) for one in removal.places}
            self._base = Remains(removal.id, removal.case_file_id, removal.ocfl_id, removal.code)
            self.identities = identities(session)
            self._held = {
                f"{COPY}:{name}"
                for name in session.scalars(
                    select(CopyState.copy).where(CopyState.case_file_id == removal.case_file_id)
                )
            }
        self.act_name, self.act_document = act_name(act), act_document(act)
        self.root = object_root(self._base.ocfl_id)
        self.noted: set[str] = set()
        self._changes: dict[str, dict[str, Any]] = {}

    def open_places(self) -> list[str]:
        """Copies first, then the others in the order in which the gate has them."""
        return [name for name, state in self._states.items() if state is PlaceState.OPEN]

    def open_copies(self) -> list[str]:
        """Those of them that are copies."""
        return [name for name in self.open_places() if name.startswith((f"{COPY}:", f"{RESERVE}:"))]

    def remains(self, place: str) -> Remains:
        """As this place is told."""
        base = self._base
        return Remains(
            base.removal_id, base.case_file_id, base.ocfl_id, base.code, self._proofs[place]
        )

    def note(self, place: str, told: dict[str, Any]) -> None:
        """The first survey stands: what was there before anything went."""
        self.noted.add(place)
        if "found" not in self._proofs[place]:
            self._proofs[place] = told | {"surveyed_at": clock.iso(clock.now())}
            self._change(place, proof=self._proofs[place])

    def trouble(self, place: str, trouble: ArchiveError) -> None:
        """It stays open, and why."""
        until = trouble.facts.get("until") if isinstance(trouble, ObjectLockedError) else None
        self._change(place, trouble=trouble.code, tried_at=clock.now(), until=_moment(until))

    def gone(self, place: str) -> None:
        """Removed and asked for afterwards."""
        now = clock.now()
        proof = self._proofs[place]
        was_there = proof.get("found") or place in self._held
        state = PlaceState.GONE if was_there else PlaceState.NEVER
        kept = {name: proof[name] for name in ("found", "surveyed_at", "keys") if name in proof}
        self._proofs[place] = kept | {"left": 0, "asked_at": clock.iso(now)}
        self._states[place] = state
        self._change(
            place,
            proof=self._proofs[place],
            state=state,
            trouble="",
            until=None,
            tried_at=now,
            gone_at=now,
        )

    def save(self) -> None:
        """Commit what changed since the last time."""
        if not self._changes:
            return
        with self._database.unit_of_work() as uow:
            self._write(uow.session)
            uow.commit()

    def close(self) -> dict[str, str]:
        """Commit the rest; where no place is open any more, the end of it."""
        with self._database.unit_of_work() as uow:
            session = uow.session
            row = session.get_one(CaseFile, self._base.case_file_id, with_for_update=True)
            self._write(session)
            removal = session.get_one(Removal, self.removal_id)
            still = {
                one.place: one.trouble or "open"
                for one in removal.places
                if one.state is PlaceState.OPEN
            }
            if not still and removal.done_at is None:
                _finish(session, removal, row)
            uow.commit()
        return still

    def _change(self, place: str, **values: Any) -> None:
        self._changes.setdefault(place, {}).update(values)

    def _write(self, session: Session) -> None:
        places = select(RemovalPlace).where(
            RemovalPlace.removal_id == self.removal_id, RemovalPlace.place.in_(self._changes)
        )
        for row in session.scalars(places):
            for name, value in self._changes[row.place].items():
                setattr(row, name, value)
        self._changes = {}
        session.flush()


def _finish(session: Session, removal: Removal, row: CaseFile) -> None:
    """All gone: the stub, the item of the list, the second act, the event."""
    removal.done_at = clock.now()
    clear_to_stub(row)
    row.state = CaseState.DESTROYED
    item = session.get(DispositionItem, removal.ground_id)
    if item is not None and item.state is ItemState.CLAIMED:
        item.state, item.done_at = ItemState.DONE, removal.done_at
    session.add(_act(removal, row, at=removal.done_at))
    _tell(session, row, removal, "case-file:destroyed", actor=WORKER)


def _act(removal: Removal, row: CaseFile, *, at: dt.datetime) -> Act:
    """The tombstone as it is now: with the stub, so that a rebuild has the row again."""
    body = {
        "id": str(removal.id),
        "case_file_id": str(removal.case_file_id),
        "ocfl_id": removal.ocfl_id,
        "code": removal.code,
        "ground": removal.ground.value,
        "ground_id": str(removal.ground_id),
        "versions": removal.versions,
        "files": removal.files,
        "size_bytes": removal.size_bytes,
        "inventory_sha256": removal.inventory_sha256,
        "claimed_by": removal.claimed_by,
        "claimed_at": clock.iso(removal.claimed_at),
        "done_at": removal.done_at and clock.iso(removal.done_at),
        "places": [
            {
                "place": one.place,
                "state": PlaceState(one.state or PlaceState.OPEN).value,
                "proof": one.proof if removal.done_at else {},
                "gone_at": one.gone_at and clock.iso(one.gone_at),
            }
            for one in removal.places
        ],
        "stub": stub_of(row),
    }
    return Act(id=uuid4(), kind=REMOVAL, subject_id=str(removal.case_file_id), at=at, document=body)


def _act_of(session: Session, removal: Removal) -> Act:
    """Its first act: the tombstone that lies in every copy before a byte goes."""
    acts = select(Act).where(Act.kind == REMOVAL, Act.subject_id == str(removal.case_file_id))
    return session.scalars(acts.order_by(Act.at, Act.id).limit(1)).one()


def _tell(session: Session, row: CaseFile, removal: Removal, tag: str, *, actor: Actor) -> None:
    record_event(
        session,
        tag,
        subject_id=row.id,
        actor=actor,
        agency_id=row.agency_id,
        data={
            "code": row.code,
            "removal": str(removal.id),
            "versions": removal.versions,
            "places": [one.place for one in removal.places],
        },
    )


def _moment(told: object) -> dt.datetime | None:
    try:
        return clock.parse_iso(str(told)) if told else None
    except ValueError:
        return None
