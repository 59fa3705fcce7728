"""The destroy gate: the one function through which stored bytes leave, and what it asks before."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.account import Actor
from archive_service.domain.disposition import ItemState
from archive_service.domain.enrolled_copy import CopyRole, EnrolledCopy
from archive_service.domain.removal import (
    REMOVAL,
    Removal,
    RemovalGround,
    RemovalPlace,
)
from archive_service.errors import ArchiveError, BackendError
from archive_service.storage.acts import write_act
from archive_service.storage.copies import identify
from archive_service.storage.destroy_claim import newest_version, require_due
from archive_service.storage.destroy_places import FilePlace, Place
from archive_service.storage.destroy_run import COPY, RESERVE, Run, tell, tombstone
from archive_service.storage.erase.loose_file import erase_file
from archive_service.storage.erase.port import Eraser
from archive_service.storage.locks import ObjectHeldError, ObjectLockedError
from archive_service.storage.port import ObjectStore, StoreUnreachableError


class RemainsLeftError(BackendError):
    """A place was cleared, and something of the case file is there all the same: tried again."""

    code = "remains-left"


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
        item, row = require_due(session, item_id, actor=actor)
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
        session.add(tombstone(removal, row, at=now))
        tell(session, row, removal, "case-file:removal-claimed", actor=actor)
        return removal

    def carry_out(self, removal_id: UUID) -> dict[str, str]:
        """Take it away from every place that can be reached; safe to repeat and to kill.

        The tombstone lies in every copy that answers before a byte of any goes. What a place was
        cleared of is committed with its proof, one after another; what is not to be cleared now
        stays open, with why. When none is open the case file is a stub and ``destroyed``.

        Returns:
            Place → code of what keeps it open; empty: all is gone.
        """
        run = Run(self._database, removal_id)
        if run.is_done:
            return {}
        copies = self._reach(run)
        surveyed = self._surveyed(run, copies)
        if surveyed:
            for name in [*run.open_copies(), *self._places]:
                if run.is_open(name):
                    self._clear(run, name, copies)
        return run.close()

    def _names(self, session: Session) -> Iterator[str]:
        for copy in session.scalars(select(EnrolledCopy).order_by(EnrolledCopy.name)):
            yield f"{RESERVE if copy.role is CopyRole.RESERVE else COPY}:{copy.name}"
        yield from self._places

    def _reach(self, run: Run) -> dict[str, ObjectStore]:
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

    def _surveyed(self, run: Run, copies: Mapping[str, ObjectStore]) -> bool:
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

    def _clear(self, run: Run, place: str, copies: Mapping[str, ObjectStore]) -> None:
        if place not in run.noted:
            return
        try:
            if place in copies:
                eraser = self._erasers[place.partition(":")[2]]
                eraser.erase_all(run.root)
                left = sum(1 for _ in eraser.iter_left(run.root))
            else:
                self._places[place].remove(run.remains(place))
                self._erase_files(run, place)
                left = self._places[place].left(run.remains(place))
            if left:
                raise RemainsLeftError(place=place, count=left)
        except (BackendError, ObjectLockedError, ObjectHeldError) as trouble:
            run.trouble(place, trouble)
        else:
            run.gone(place)
        run.save()

    def _erase_files(self, run: Run, place: str) -> None:
        kept = self._places[place]
        if isinstance(kept, FilePlace):
            for file in kept.files(run.remains(place)):
                erase_file(file)
