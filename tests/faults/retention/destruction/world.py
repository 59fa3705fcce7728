"""What may happen to a few case files around a destruction, and what must come of it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.retention.hold import Hold
from archive_service.domain.retention.removal import (
    DESTROY_JOB,
    CaseFileBeingDestroyedError,
    Removal,
)
from archive_service.recovery.backup.keys import BackupKeys
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.worker import run_one
from archive_service.workflow.case_file import STEPS
from retention.destruction.acts import RESUME_JOB, WATCH_JOB
from retention.disposition.execution import CARRY_OUT_JOB
from retention.holds.acts import lift_order, place_holds, place_on_fonds, place_on_search
from retention.holds.given import LiftIn
from retention.holds.rules import HoldNothingError, Wish
from tests.faults.retention.destruction.backups import Medium
from tests.faults.retention.destruction.copies import Copies
from tests.faults.retention.destruction.home import CODES, COUNT, Stopped, Stopper, let_leases_lapse
from tests.faults.retention.destruction.law import SHORT, Law, Stage
from tests.faults.retention.destruction.scan import require_true
from tests.faults.retention.holds.arrival import Arrival
from tests.worlds.archive import OPERATOR, copy_home
from tests.worlds.damage.killing import Killer, Moment, under
from tests.worlds.retention.removing import open_with_erasers

CARRYING = (CARRY_OUT_JOB, DESTROY_JOB, WATCH_JOB)


@dataclass
class World(Copies):
    """One archive with its case files, and what a reader of the law would expect of them."""

    orders: int = 0
    homes: int = 1

    def __post_init__(self) -> None:
        self.medium = Medium(self.home.parent / "medium")

    def hold(self, which: int) -> None:
        """Somebody holds it; who comes after the gate is told so."""
        actor, wish = self._who("hung"), self._wish()
        try:
            (told,) = place_holds(
                self.services,
                [CODES[which]],
                reason=wish.reason,
                authority=wish.authority,
                actor=actor,
            )
        except CaseFileBeingDestroyedError:
            assert which in self.law.claimed
        else:
            assert which not in self.law.claimed
            self.law.holds[told.order] = frozenset([which])

    def hold_many(self, which: int, *, fonds: bool) -> None:
        """Their fonds is held, or what a search finds; an order on a fonds reaches what is left."""
        actor, wish = self._who("hung"), self._wish()
        if fonds:
            told = place_on_fonds(self.services, "H40.18", wish, actor=actor)
            self.law.holds[told.id] = frozenset(range(COUNT))
            return
        try:
            told = place_on_search(self.services, f'"{CODES[which]}"', wish, actor=actor)
        except (CaseFileBeingDestroyedError, HoldNothingError):
            return
        with self.services.read_only() as session:
            query = select(CaseFile.code).join(Hold, Hold.case_file_id == CaseFile.id)
            codes = session.scalars(query.where(Hold.order_id == told.id)).all()
        held = frozenset(CODES.index(code) for code in codes)
        self.law.holds[told.id] = held
        assert not held & self.law.claimed

    def _wish(self) -> Wish:
        self.orders += 1
        return Wish("Thanh tra", f"{self.orders}/QĐ")

    def lift(self) -> None:
        """The oldest order ends."""
        order_id = next(iter(self.law.holds), None)
        if order_id is not None:
            lift_order(self.services, order_id, LiftIn(reason="Xong"), actor=self._who("hung"))
            del self.law.holds[order_id]

    def carry_out(self, killer: Killer | None = None) -> None:
        """Work goes on until nothing is to do, or until it is stopped; then somebody else comes.

        Lists that nobody approved are given to the workers as well.
        """
        law, before = self.law, set(self.law.claimed)
        going = [one for one in law.lists if one.stage is Stage.EXECUTING]
        most = law.expected(going)
        least = {number for listed in going for number in law.expected([listed])}
        self._queue()
        services = self.services if killer is None else under(self.services, killer)
        stopped = True
        with suppress(Stopped):
            _do_all(services)
            stopped = False
        if isinstance(killer, Arrival):
            killer.wait()
            _do_all(self.services)
        law.claimed |= self._claimed_in_rows()
        new = law.claimed - before
        assert new <= most, "held, linked, undue, changed or unapproved"
        self.leave_out(least)
        if stopped:
            let_leases_lapse(self.services)
            return
        assert least <= new
        assert all(set(listed.standing()) <= law.claimed for listed in going)

    def stop(self, moment: Moment, at: int) -> None:
        """Work stops at the k-th commit, or write to a copy."""
        self.carry_out(Stopper(moment, at))

    def overtake(self, moment: Moment, at: int) -> None:
        """Another worker comes at that moment, takes all jobs over and is done before the first."""
        self.carry_out(Arrival(moment, at, self._another_worker))

    def _another_worker(self) -> None:
        with open_with_erasers(self.home) as beside:
            let_leases_lapse(beside)
            _do_all(beside)

    def _queue(self) -> None:
        with self.services.writing() as session:
            for listed in self.law.lists:
                if listed.stage is not Stage.APPROVED:  # nobody asked for it to be carried out
                    self.services.jobs.add(session, CARRY_OUT_JOB, subject_id=listed.id)
            self.services.jobs.add(session, WATCH_JOB)

    def resume(self) -> None:
        """The look of every ten minutes."""
        with self.services.writing() as session:
            self.services.jobs.add(session, RESUME_JOB)
        while run_one(self.services, names=(RESUME_JOB,)):
            pass
        self.carry_out()

    def rebuild(self) -> None:
        """All from the copies alone."""
        if not self.is_short():
            rebuild(self.services, actor=OPERATOR)

    def back_up(self) -> None:
        """One more set on the medium."""
        if not self.is_short():
            self.medium.back_up(self.services, {"law": self.law})

    def restore(self, which: int, *, bare: bool) -> None:
        """An older set is the living archive now, beside the copies or with them lost as well.

        What copies and keys tell of since is not undone: no tombstone, no hold, no link, no term,
        no list. Workers may come before somebody lets the rest come back with a rebuild.
        """
        if self.is_short() or not self.medium.sets or (bare and self.away is not None):
            return
        if bare:
            self.name_both()
        gone = self._told_gone(bare=bare)
        self.stack.close()
        new = self.home.with_name(f"home-{self.homes}")
        stood = self.medium.restore(self.home, new, which, bare=bare)
        self.home, self.homes = new, self.homes + 1
        self.away = None if self.away is None else new / self.away.name
        self.services = self.stack.enter_context(open_with_erasers(new))
        before, now = self.law.claimed, self._claimed_in_rows()
        assert gone <= now <= before
        if bare:
            self.law = deepcopy(stood["law"])
            self.law.claimed = now
            self.lose_retired()
            return
        self.law.claimed = now
        most = self.law.expected(self.law.lists)
        self._queue()
        _do_all(self.services)
        assert self._claimed_in_rows() - now <= most, "since the backup it may not go"
        self.rebuild()
        self.carry_out()

    def _told_gone(self, *, bare: bool) -> set[int]:
        """What a tombstone in a copy or, where all are lost, in place of a key tells of."""
        with self.services.read_only() as session:
            ids = {row.code: row.ocfl_id for row in session.scalars(select(CaseFile))}
        if bare:
            keys = BackupKeys(self.home / "backup-keys")
            told = {code for code, ocfl_id in ids.items() if keys.is_destroyed(ocfl_id)}
        else:
            told = {
                act.document["body"]["code"]
                for store in self.services.stores
                for act in iter_acts(store, "removal")
            }
        return {CODES.index(code) for code in told}

    def finish(self) -> None:
        """Everything comes back, and work goes on to its end: what was claimed is gone."""
        if self.away is not None:
            self.move_copy()
        if self.is_lost():
            self.state_gone()
        while run_one(self.services, names=(*CARRYING, *STEPS)):
            pass
        self.law.claimed |= self._claimed_in_rows()
        self.resume()
        if self.medium.sets:  # older sets are closed when there is a newer one
            self.back_up()
            self.resume()
        with self.services.read_only() as session:
            states = {row.code: row.state for row in session.scalars(select(CaseFile))}
        for number in range(COUNT):
            gone = number in self.law.claimed
            assert states[CODES[number]] is (CaseState.DESTROYED if gone else CaseState.STORED)
        self.check()

    def check(self) -> None:
        """Nothing is gone that may not be; nothing is found of what a proof says is gone."""
        self.require_lists()
        with self.services.read_only() as session:
            rows = {row.code: row for row in session.scalars(select(CaseFile))}
            removals = {one.code: one for one in session.scalars(select(Removal))}
            for number, code in enumerate(CODES):
                removal = removals.get(code)
                assert (removal is not None) == (number in self.law.claimed)
                if removal is None:
                    assert rows[code].ends_on == self.law.ends(number)
                    there = {store.name for store in self.copies()}
                    known = {name: n for name, n in self.law.files[number].items() if name in there}
                    assert self.stored(rows[code]) == known
                else:
                    require_true(self, self.medium, number, rows[code], removal)

    def _claimed_in_rows(self) -> set[int]:
        with self.services.read_only() as session:
            return {CODES.index(code) for code in session.scalars(select(Removal.code))}


def _do_all(services: Services) -> None:
    while run_one(services, names=CARRYING):
        pass


@contextmanager
def world(stored: Path, home: Path) -> Iterator[World]:
    """A copy of it for one run."""
    stack = ExitStack()
    services = stack.enter_context(open_with_erasers(copy_home(stored, home)))
    law = Law({}, {}, {})
    made = World(services, home, law, stack=stack)
    try:
        with services.read_only() as session:
            rows = {row.code: row for row in session.scalars(select(CaseFile))}
        for number, code in enumerate(CODES):
            law.rules[number] = law.rule(SHORT)
            law.editions[number] = rows[code].version_stored
            law.files[number] = made.stored(rows[code])
        yield made
    finally:
        made.stack.close()
