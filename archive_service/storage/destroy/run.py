"""One round of the destroy gate on some removals: what it knows of the rows, what it commits."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.retention.removal import (
    AGAIN,
    PlaceState,
    Removal,
    RemovalPlace,
    looked_through,
)
from archive_service.errors import ArchiveError
from archive_service.storage.acts import act_document, act_name, written_act
from archive_service.storage.copies.enrolment import identities
from archive_service.storage.destroy.places import Remains
from archive_service.storage.destroy.tombstone import finish, first_acts, tombstone
from archive_service.storage.ocfl.root import object_root

COPY, RESERVE = "copy", "reserve"
HELD = "_held"  # in the proof of an open place: rows say that it was put there


def places_of_copy(name: str) -> tuple[str, str]:
    """Its places among those of a removal: as a copy, and as a reserve; it is one of the two."""
    return f"{COPY}:{name}", f"{RESERVE}:{name}"


def is_copy(place: str) -> bool:
    """Whether it is a copy or a reserve, and no place of this machine."""
    return place.startswith((f"{COPY}:", f"{RESERVE}:"))


class Run:
    """One removal in a round: its rows as they were read, and what is to be written of them."""

    def __init__(self, removal: Removal, act: Act, held: set[str]) -> None:
        self.removal_id, self.case_file_id = removal.id, removal.case_file_id
        self.is_written = False  # by somebody who began before the claim
        self.is_kept = False  # a store holds it: nothing of it goes in this round
        self.has_closed = False  # some place in this round
        self.act = written_act(act.kind, act_name(act), act_document(act))
        self.root = object_root(removal.ocfl_id)
        self.noted: set[str] = set()
        self.changes: dict[UUID, dict[str, Any]] = {}
        self._ids = {place.place: place.id for place in removal.places}
        self._states = {place.place: place.state for place in removal.places}
        self._proofs = {place.place: dict(place.proof) for place in removal.places}
        self.ocfl_id, self.code = removal.ocfl_id, removal.code
        self._base = (removal.id, removal.case_file_id, removal.ocfl_id, removal.code)
        self._held = held

    def open_places(self) -> list[str]:
        """Those that are not cleared yet."""
        return [name for name, state in self._states.items() if state is PlaceState.OPEN]

    def closed_places(self) -> list[str]:
        """The others."""
        return [name for name, state in self._states.items() if state is not PlaceState.OPEN]

    def places(self) -> list[str]:
        """All of the removal's."""
        return list(self._states)

    def remains(self, place: str) -> Remains:
        """As this place is told."""
        return Remains(*self._base, self._proofs[place])

    def note(self, place: str, facts: dict[str, Any]) -> None:
        """The first survey stands: what was there before anything went."""
        self.noted.add(place)
        if "found" not in self._proofs[place]:
            known = self._proofs[place]
            self._proofs[place] = known | facts | {"surveyed_at": clock.iso(clock.now())}
            self._change(place)

    def trouble(self, place: str, trouble: ArchiveError) -> None:
        """It stays open, and why."""
        until = trouble.facts.get("until")
        self._change(place, trouble=trouble.code, tried_at=clock.now(), until=_moment(until))

    def gone(self, place: str) -> None:
        """Removed and asked for afterwards."""
        now = clock.now()
        self._states[place] = PlaceState.GONE
        was_there = is_copy(place) and place.partition(":")[2] in self._held
        self._change(place, trouble="", until=None, tried_at=now, gone_at=now, _was_there=was_there)

    def stated(self, place: str, statement: dict[str, Any]) -> None:
        """Nobody reads it any more, and somebody stated what became of its medium."""
        now = clock.now()
        self._states[place] = PlaceState.STATED
        facts = {"trouble": "", "until": None, "tried_at": now, "gone_at": now}
        self._change(place, **facts, _statement=statement)

    def reopen(self, place: str) -> None:
        """Something of it is there again after it was cleared."""
        self._proofs[place] = looked_through(self._states[place], self._proofs[place])
        self._states[place] = PlaceState.OPEN
        self._change(place, _reopened=True)

    def write(self, row: RemovalPlace) -> None:
        """What this round has to say of a place that nobody else has cleared meanwhile."""
        changes = self.changes.pop(row.id)
        if changes.pop("_reopened", False):
            row.reopen()
        if row.state is not PlaceState.OPEN:
            return
        proof = row.proof if "found" in row.proof else self._proofs[row.place]
        if statement := changes.pop("_statement", None):
            row.state, proof = PlaceState.STATED, {"statement": statement}
        elif "gone_at" in changes:
            was_there = changes.pop("_was_there") or HELD in proof
            row.state, kept = _end_of(proof, was_there=was_there)
            proof = kept | {"left": 0, "asked_at": clock.iso(changes["gone_at"])}
        self.has_closed |= row.state is not PlaceState.OPEN
        row.proof = proof
        for name, value in changes.items():
            setattr(row, name, value)

    def _change(self, place: str, **values: Any) -> None:
        self.changes.setdefault(self._ids[place], {}).update(values)


class Round:
    """Removals that are carried out together; each keeps its own proofs.

    One that is done has no open place, and nothing becomes of it.
    """

    def __init__(self, database: Database, removal_ids: Sequence[UUID]) -> None:
        self._database = database
        self._asked = list(removal_ids)
        with database.read_only() as session:
            query = select(Removal).where(Removal.id.in_(self._asked))
            removals = session.scalars(query.options(selectinload(Removal.places))).all()
            acts = first_acts(session, [removal.id for removal in removals])
            held: dict[UUID, set[str]] = {removal.case_file_id: set() for removal in removals}
            states = select(CopyState.case_file_id, CopyState.copy)
            for row in session.execute(states.where(CopyState.case_file_id.in_(held))):
                held[row.case_file_id].add(row.copy)
            self.identities = identities(session)
            media = select(EnrolledCopy.name, EnrolledCopy.medium)
            retired = media.where(EnrolledCopy.state == CopyStanding.RETIRED)
            self.statements = {row.name: row.medium for row in session.execute(retired)}
        self.runs = [
            Run(removal, acts[removal.id], held[removal.case_file_id]) for removal in removals
        ]

    def open_at(self, place: str) -> list[Run]:
        """Those of which something may still lie there, and that nobody writes any more."""
        return [run for run in self.runs if place in run.open_places() and not run.is_written]

    def open_copies(self) -> list[str]:
        """Copies, and reserves, in which something of any may still lie."""
        found = {place for run in self.runs for place in run.open_places()}
        return sorted(filter(is_copy, found))

    def closed_copies(self) -> list[str]:
        """Copies, and reserves, that were told of any as holding nothing more."""
        found = {place for run in self.runs for place in run.closed_places()}
        return sorted(filter(is_copy, found))

    def closed_at(self, place: str) -> list[Run]:
        """Those of which this place was told so."""
        return [run for run in self.runs if place in run.closed_places()]

    def save(self) -> None:
        """Commit what changed since the last time."""
        if any(run.changes for run in self.runs):
            with self._database.writing() as session:
                self._write(session)

    def close(self) -> dict[UUID, dict[str, str]]:
        """Commit the rest; where no place is open any more, the end of it.

        Returns:
            Removal → place → code of what keeps it open.
        """
        still: dict[UUID, dict[str, str]] = {identifier: {} for identifier in self._asked}
        if not self.runs:
            return still
        with self._database.writing() as session:
            rows = {row.id: row for row in self._locked(session)}
            self._write(session)
            closed = {run.removal_id for run in self.runs if run.has_closed}
            query = select(Removal).where(Removal.id.in_([run.removal_id for run in self.runs]))
            for removal in session.scalars(query.options(selectinload(Removal.places))):
                still[removal.id] = {
                    place.place: place.trouble or "open"
                    for place in removal.places
                    if place.state is PlaceState.OPEN
                }
                if removal.done_at is not None:
                    continue
                row = rows[removal.case_file_id]
                if not still[removal.id]:
                    finish(session, removal, row)
                elif removal.id in closed:  # so that a rebuild knows what was found there
                    session.add(tombstone(session, removal, row, at=clock.now()))
        return still

    def _locked(self, session: Session) -> Iterator[CaseFile]:
        ids = [run.case_file_id for run in self.runs]
        query = select(CaseFile).where(CaseFile.id.in_(ids)).order_by(CaseFile.id)
        yield from session.scalars(query.with_for_update())

    def _write(self, session: Session) -> None:
        whose = {place_id: run for run in self.runs for place_id in run.changes}
        places = select(RemovalPlace).where(RemovalPlace.id.in_(whose)).order_by(RemovalPlace.id)
        for row in session.scalars(places.with_for_update()):
            whose[row.id].write(row)
        session.flush()


def _end_of(proof: Mapping[str, Any], *, was_there: bool) -> tuple[PlaceState, dict[str, Any]]:
    """How a place ends, and what is kept of its proof.

    Where it was looked through before and holds nothing now, that first look stands: nobody says
    that nothing was ever there because nothing is left.
    """
    # What a place noted for itself goes with it: names of files are no proof.
    kept = {name: value for name, value in proof.items() if not name.startswith("_")}
    if found := proof.get("found", 0):
        first = _found_first(proof.get(AGAIN, {}))
        return PlaceState.GONE, kept | ({"found_first": first} if first not in (0, found) else {})
    if AGAIN not in proof:
        return PlaceState.NOTHING if was_there else PlaceState.NEVER, kept
    if before := proof[AGAIN]:
        return PlaceState(before["state"]), before["proof"]
    return PlaceState.NOTHING, kept | {"again": True}


def _found_first(before: Mapping[str, Any]) -> int:
    """How much an earlier look found, the first of all."""
    proof = before.get("proof", {})
    return int(proof.get("found_first", proof.get("found", 0)))


def _moment(value: object) -> dt.datetime | None:
    try:
        return clock.parse_iso(str(value)) if value else None
    except ValueError:
        return None
