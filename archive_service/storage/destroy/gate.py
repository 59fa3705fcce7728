"""The destroy gate: the one function through which stored bytes leave, and what it asks before."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.behind import is_behind
from archive_service.db.clock_doubt import clock_doubt
from archive_service.db.package_writers import PackageBeingWrittenError, being_written
from archive_service.db.rolled_back import open_loss
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.domain.retention.removal import Removal, RemovalGround, RemovalPlace
from archive_service.errors import ArchiveError, BackendError
from archive_service.settings import RetentionSettings
from archive_service.storage.acts import write_acts
from archive_service.storage.copies.enrolment import identities
from archive_service.storage.copies.identity import identify
from archive_service.storage.destroy.ask import Asked, ask
from archive_service.storage.destroy.claim import (
    Doubt,
    RemovalRefusedError,
    lock_all,
    newest_version,
    require_due,
)
from archive_service.storage.destroy.copies import copy_places
from archive_service.storage.destroy.keepers import prove_keepers
from archive_service.storage.destroy.places import (
    CopyNotConnectedError,
    FilePlace,
    Place,
    RemainsLeftError,
)
from archive_service.storage.destroy.run import Round, Run, is_copy
from archive_service.storage.destroy.tombstone import CLAIMED, tell, tombstone
from archive_service.storage.destroy.transferred import lock_transferred, require_handed_over
from archive_service.storage.erase.loose_file import erase_file
from archive_service.storage.erase.port import Eraser
from archive_service.storage.locks import ObjectHeldError, ObjectLockedError
from archive_service.storage.machine_clock import read_machine_clock
from archive_service.storage.port import ObjectStore
from archive_service.storage.server_clock import told_times

_THREADS = 4  # packages at once in a copy


class DestroyGate:
    """Claims what may go and takes it away everywhere; trusts no caller, remembers in rows."""

    def __init__(
        self,
        database: Database,
        *,
        stores: Sequence[ObjectStore],
        erasers: Mapping[str, Eraser],
        places: Sequence[Place],
        rules: RetentionSettings,
        doubt: Doubt,
    ) -> None:
        self._database, self._rules = database, rules
        self._stores = {store.name: store for store in stores}
        self._erasers = erasers
        self._doubt = doubt
        self._places = {place.name: place for place in places}

    def claim(self, session: Session, item_id: UUID, *, actor: Actor) -> Removal:
        """One item alone: see ``claim_all``.

        Raises:
            RemovalRefusedError: something forbids it; nothing was changed.
        """
        outcome = self.claim_all(session, [item_id], actor=actor)[item_id]
        if isinstance(outcome, RemovalRefusedError):
            raise outcome
        return outcome

    def claim_all(
        self, session: Session, item_ids: Sequence[UUID], *, actor: Actor
    ) -> dict[UUID, Removal | RemovalRefusedError]:
        """From the commit on they go, and nothing stops it; a second claim is the first.

        Holds, links, approval, list, term and state are read here, with the rows locked: of a hold
        and a claim one sees the other. By a clock that is doubted nothing is claimed. What is
        refused is not changed. Rows are compared with the package as well. What keeps a duplicate
        is read before any row is locked. The caller commits all of it or nothing, and claims few
        at once: others wait for the rows.
        """
        by_id: dict[UUID, Removal | RemovalRefusedError] = {}
        lists: dict[UUID, bool] = {}
        proofs = prove_keepers(self._database, list(self._stores.values()), item_ids)
        lock_all(session, item_ids)
        shut = self._shut(session)
        due: dict[UUID, tuple[DispositionItem, CaseFile]] = {}
        for item_id in item_ids:
            try:
                due[item_id] = require_due(
                    session,
                    item_id,
                    lists,
                    actor=actor,
                    doubt=self._doubt,
                    shut=shut,
                    proof=proofs.get(item_id),
                    going={row.id for _, row in due.values()},
                )
            except RemovalRefusedError as refused:
                by_id[item_id] = refused
        where = copy_places(session, [row for _, row in due.values()])
        for item_id, (item, row) in due.items():
            ground = RemovalGround.DISPOSITION, item.id
            removal = self._claimed(session, ground, row, where[row.id], actor)
            # By a list of before a restore, it may be: that has its end too.
            item.state = ItemState.CLAIMED if removal.done_at is None else ItemState.DONE
            item.done_at = removal.done_at
            by_id[item_id] = removal
        return by_id

    def claim_handed_over(
        self, session: Session, item_ids: Sequence[UUID], *, actor: Actor
    ) -> dict[UUID, Removal | RemovalRefusedError]:
        """The same of items of transfers: what another archive keeps now, with its receipt here.

        State, approval, cooling-off, receipt, holds and links are read here, with the rows locked.
        """
        by_id: dict[UUID, Removal | RemovalRefusedError] = {}
        lock_transferred(session, item_ids)
        shut = self._shut(session)
        due: dict[UUID, CaseFile] = {}
        for item_id in item_ids:
            try:
                _, due[item_id] = require_handed_over(
                    session, item_id, actor=actor, doubt=self._doubt, shut=shut
                )
            except RemovalRefusedError as refused:
                by_id[item_id] = refused
        where = copy_places(session, list(due.values()))
        for item_id, row in due.items():
            ground = RemovalGround.TRANSFER, item_id
            by_id[item_id] = self._claimed(session, ground, row, where[row.id], actor)
        return by_id

    def _shut(self, session: Session) -> str:
        """Why nothing new is claimed now, whatever it is."""
        clocks = told_times(self._stores.values())
        source = read_machine_clock().source_time()
        if clock_doubt(session, self._rules, clocks, source) is not None:
            return "clock"
        if is_behind(session):
            return "behind"
        if open_loss(session) is not None:
            return "rolled-back"
        # What lies in a copy of the settings that no row tells of would be no place of a removal.
        return "" if self._stores.keys() <= identities(session).keys() else "copy-unknown"

    def _claimed(
        self,
        session: Session,
        ground: tuple[RemovalGround, UUID],  # and the item of that
        row: CaseFile,
        copies: Sequence[RemovalPlace],
        actor: Actor,
    ) -> Removal:
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
            ground=ground[0],
            ground_id=ground[1],
            versions=row.version_stored,
            files=version.file_count,
            size_bytes=sum(package_version.size_bytes for package_version in row.versions),
            inventory_sha256=version.inventory_sha256,
            claimed_by=actor.account,
            claimed_at=now,
            places=[*copies, *(RemovalPlace(place=name, proof={}) for name in self._places)],
        )
        session.add(removal)
        row.removing_since = now
        session.flush()
        session.add(tombstone(session, removal, row, at=now))
        tell(session, row, removal, CLAIMED, actor=actor)
        return removal

    def carry_out(self, removal_id: UUID) -> dict[str, str]:
        """One removal alone: see ``carry_out_all``.

        Returns:
            Place → code of what keeps it open; empty: all is gone.
        """
        return self.carry_out_all([removal_id])[removal_id]

    def carry_out_all(self, removal_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
        """Take them away from every place that can be reached; safe to repeat and to kill.

        Each has its tombstone in every copy that answers before a byte of any goes. What a place
        was cleared of is committed with its proofs, one place after another; what is not to be
        cleared now stays open, with why. When none is open a case file is a stub and
        ``destroyed``.

        Returns:
            Removal → place → code of what keeps it open.
        """
        turn = Round(self._database, removal_ids)
        self._wait_for_writers(turn)
        self._ask_again(turn)
        copies = self._reach(turn)
        self._survey(turn, copies)
        for place in [*turn.open_copies(), *self._places]:
            runs = [run for run in turn.open_at(place) if place in run.noted and not run.is_kept]
            if not runs:
                continue
            if place in copies:
                self._clear_copy(place, runs)
            else:
                self._clear_place(place, runs)
            turn.save()
        return turn.close()

    def ask(self, removal_id: UUID) -> dict[str, int | str]:
        """How much of it is in each place now, or the code of what keeps it from telling.

        Places that came after the removal are asked too: a copy that joined since.
        """
        copies = {
            name: Asked(store, self._erasers[name].iter_left)
            for name, store in self._stores.items()
            if name in self._erasers
        }
        return ask(Round(self._database, [removal_id]), copies, self._places)

    def _wait_for_writers(self, turn: Round) -> None:
        """Who began to write before the claim may bring anything back: nothing goes until then."""
        busy = being_written(self._database, [run.ocfl_id for run in turn.runs])
        for run in turn.runs:
            if run.ocfl_id in busy:
                run.is_written = True
                for place in filter(is_copy, run.open_places()):
                    run.trouble(place, PackageBeingWrittenError(code=run.code))

    def _ask_again(self, turn: Round) -> None:
        """Copies that an earlier round cleared: what is there again is there to be cleared."""
        for place in turn.closed_copies():
            name = place.partition(":")[2]
            if name not in self._erasers or name not in self._stores:
                continue
            try:
                identify(self._stores[name], turn.identities.get(name))
            except BackendError:  # away: what it proved then stands
                continue
            for run in turn.closed_at(place):
                with suppress(BackendError):
                    if next(self._erasers[name].iter_left(run.root), None):
                        run.reopen(place)

    def _reach(self, turn: Round) -> set[str]:
        """Open copies that answer, each with the tombstones in it, read back.

        One that was retired and does not answer is closed by what was stated of its medium.
        """
        reached = set()
        for place in turn.open_copies():
            runs = turn.open_at(place)
            if not runs:
                continue
            name = place.partition(":")[2]
            try:
                store = self._connected(name, turn)
            except ArchiveError as trouble:
                statement = turn.statements.get(name)
                for run in runs:
                    run.stated(place, statement) if statement else run.trouble(place, trouble)
                continue
            try:
                write_acts([run.act for run in runs], copy=store)
                store.sweep()
                reached.add(place)
            except ArchiveError as trouble:
                for run in runs:
                    run.trouble(place, trouble)
        return reached

    def _connected(self, name: str, turn: Round) -> ObjectStore:
        store = self._stores.get(name)
        if store is None or name not in self._erasers:
            raise CopyNotConnectedError(copy=name)
        identify(store, turn.identities.get(name))
        return store

    def _survey(self, turn: Round, copies: AbstractSet[str]) -> None:
        """What lies where, noted before anything goes; what a store holds is kept in all."""
        for place in sorted(copies):
            with ThreadPoolExecutor(_THREADS) as threads:
                list(threads.map(partial(self._survey_copy, place), turn.open_at(place)))
        for place, kept in self._places.items():
            runs = turn.open_at(place)
            if not runs:
                continue
            try:
                places_left = kept.survey([run.remains(place) for run in runs])
            except BackendError as trouble:
                for run in runs:
                    run.trouble(place, trouble)
            else:
                for run in runs:
                    run.note(place, places_left[run.removal_id])
        turn.save()

    def _survey_copy(self, place: str, run: Run) -> None:
        eraser = self._erasers[place.partition(":")[2]]
        try:
            with suppress(ObjectLockedError):  # a term: waited for where it lies
                eraser.require_free(run.root)
            run.note(place, {"found": sum(1 for _ in eraser.iter_left(run.root))})
        except ObjectHeldError as held:
            run.trouble(place, held)
            run.is_kept = True
        except BackendError as trouble:
            run.trouble(place, trouble)

    def _clear_copy(self, place: str, runs: Sequence[Run]) -> None:
        eraser = self._erasers[place.partition(":")[2]]

        def clear(run: Run) -> None:
            try:
                eraser.erase_all(run.root)
                left = sum(1 for _ in eraser.iter_left(run.root))
                if left:
                    raise RemainsLeftError(place=place, count=left)
            except (BackendError, ObjectLockedError, ObjectHeldError) as trouble:
                run.trouble(place, trouble)
            else:
                run.gone(place)

        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(clear, runs))

    def _clear_place(self, place: str, runs: Sequence[Run]) -> None:
        kept = self._places[place]
        many = [run.remains(place) for run in runs]
        try:
            kept.remove(many)
            if isinstance(kept, FilePlace):
                for file in [file for remains in many for file in kept.files(remains)]:
                    erase_file(file)
            left = kept.left(many)
        except BackendError as trouble:
            left = {run.removal_id: trouble for run in runs}
        for run in runs:
            if run.removal_id in left:
                run.trouble(place, left[run.removal_id])
            else:
                run.gone(place)
