"""One round of the destroy gate on one removal: what it knows of the rows, and what it commits."""

import datetime as dt
from typing import Any
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
from archive_service.domain.removal import REMOVAL, PlaceState, Removal, RemovalPlace
from archive_service.errors import ArchiveError
from archive_service.storage.acts import act_document, act_name
from archive_service.storage.destroy_places import Remains
from archive_service.storage.enrolment import identities
from archive_service.storage.locks import ObjectLockedError
from archive_service.storage.ocfl import object_root
from archive_service.storage.stub import clear_to_stub, stub_of

COPY, RESERVE = "copy", "reserve"


class Run:
    """One round on one removal: its rows as they were read, and what is to be written of them."""

    def __init__(self, database: Database, removal_id: UUID) -> None:
        self._database = database
        self.removal_id = removal_id
        with database.read_only() as session:
            removal = session.get_one(Removal, removal_id)
            act = first_act(session, removal)
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

    def is_open(self, place: str) -> bool:
        """Whether it is one of the removal's, and not cleared yet."""
        return self._states.get(place) is PlaceState.OPEN

    def open_places(self) -> list[str]:
        """Those that are not cleared yet."""
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
        # What a place noted for itself goes with it: names of files are no proof.
        kept = {name: told for name, told in proof.items() if not name.startswith("_")}
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
                finish(session, removal, row)
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


def finish(session: Session, removal: Removal, row: CaseFile) -> None:
    """All gone: the stub, the item of the list, the second act, the event."""
    removal.done_at = clock.now()
    clear_to_stub(row)
    row.state = CaseState.DESTROYED
    item = session.get(DispositionItem, removal.ground_id)
    if item is not None and item.state is ItemState.CLAIMED:
        item.state, item.done_at = ItemState.DONE, removal.done_at
    session.add(tombstone(removal, row, at=removal.done_at))
    tell(session, row, removal, "case-file:destroyed", actor=WORKER)


def tombstone(removal: Removal, row: CaseFile, *, at: dt.datetime) -> Act:
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


def first_act(session: Session, removal: Removal) -> Act:
    """Its first act: the tombstone that lies in every copy before a byte goes."""
    acts = select(Act).where(Act.kind == REMOVAL, Act.subject_id == str(removal.case_file_id))
    return session.scalars(acts.order_by(Act.at, Act.id).limit(1)).one()


def tell(session: Session, row: CaseFile, removal: Removal, tag: str, *, actor: Actor) -> None:
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
