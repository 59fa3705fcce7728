"""What may happen to a few case files around a destruction, and what must hold at every moment."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import Update, select, update

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.disposition import (
    DispositionState,
)
from archive_service.domain.document_link import DocumentLink
from archive_service.domain.hold import Hold
from archive_service.domain.job import Job, JobState
from archive_service.domain.removal import CaseFileBeingDestroyedError, PlaceState, Removal
from archive_service.domain.tables import METADATA
from archive_service.recovery.backup_keys import BackupKeys
from archive_service.storage.acts import iter_acts
from archive_service.storage.ocfl import object_root
from archive_service.storage.port import ObjectStore
from archive_service.worker import run_one
from archive_service.workflow.case_file import STEPS
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.destruction import RESUME_JOB
from archive_service.workflow.destruction_rows import DESTROY_JOB
from archive_service.workflow.disposition_execution import CARRY_OUT_JOB
from archive_service.workflow.holds import (
    lift_order,
    place_holds,
    place_on_fonds,
    place_on_search,
)
from archive_service.workflow.recovery import rebuild
from retention.changes import set_term
from retention.holds import HoldNothingError, Wish
from retention.rules import RetentionRule
from tests.factories.archive import OPERATOR, copy_home, person
from tests.factories.holding import take_away
from tests.factories.killing import Moment, under
from tests.factories.removing import decided_list, iter_marked, open_with_erasers
from tests.faults.destruction_backups import Medium
from tests.faults.destruction_home import CODES, COUNT, MARKS, Stopped, Stopper

CARRYING = (CARRY_OUT_JOB, DESTROY_JOB)
_OVER, _RUNS = dt.date(2020, 12, 31), dt.date(2090, 12, 31)


@dataclass
class Listed:
    """A list as it was decided; the day on which the term of each ended."""

    items: dict[int, UUID]
    ends: dict[int, dt.date]
    is_approved: bool


@dataclass
class World:
    """One archive with its case files, and what a reader of the law would expect of them."""

    services: Services
    home: Path
    files: dict[int, dict[str, int]]
    ends: dict[int, dt.date] = field(default_factory=lambda: dict.fromkeys(range(COUNT), _RUNS))
    holds: dict[UUID, frozenset[int]] = field(default_factory=dict)  # orders, and what they reach
    links: set[tuple[int, int]] = field(default_factory=set)  # the first one is named by the other
    lists: list[Listed] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)
    away: Path | None = None
    orders: int = 0
    homes: int = 1
    stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.medium = Medium(self.home.parent / "medium")

    def end_term(self, which: int, *, over: bool) -> None:
        """The term ends, or turns out to run on."""
        if which in self.claimed:
            return
        self.ends[which] = _OVER if over else _RUNS
        years = self.ends[which].year - 2015
        rule = RetentionRule("QT-01", "Công văn", years, "TT 10/2022/TT-BNV", "schedule")
        with self.services.unit_of_work() as uow:
            row = uow.session.scalars(select(CaseFile).where(CaseFile.code == CODES[which])).one()
            ended = dt.date(2015, 6, 1)
            set_term(uow.session, row, rule, ended_on=ended, cause="disposition", by="lan")
            assert row.ends_on == self.ends[which]
            uow.commit()
        write_out_evidence(self.services)

    def hold(self, which: int) -> None:
        """Somebody holds it; who comes after the gate is told so."""
        actor, wish = person(self.services, "hung"), self._wish()
        try:
            (told,) = place_holds(
                self.services,
                [CODES[which]],
                reason=wish.reason,
                authority=wish.authority,
                actor=actor,
            )
        except CaseFileBeingDestroyedError:
            assert which in self.claimed
        else:
            assert which not in self.claimed
            self.holds[UUID(told["order"])] = frozenset([which])

    def hold_many(self, which: int, *, fonds: bool) -> None:
        """Their fonds is held, or what a search finds; an order on a fonds reaches what is left."""
        actor, wish = person(self.services, "hung"), self._wish()
        if fonds:
            told = place_on_fonds(self.services, "H40.18", wish, actor=actor)
            self.holds[UUID(told["id"])] = frozenset(range(COUNT))
            return
        try:
            told = place_on_search(self.services, f'"{CODES[which]}"', wish, actor=actor)
        except (CaseFileBeingDestroyedError, HoldNothingError):
            return
        with self.services.read_only() as session:
            query = select(CaseFile.code).join(Hold, Hold.case_file_id == CaseFile.id)
            codes = session.scalars(query.where(Hold.order_id == UUID(told["id"]))).all()
        self.holds[UUID(told["id"])] = held = frozenset(CODES.index(code) for code in codes)
        assert not held & self.claimed

    def _wish(self) -> Wish:
        self.orders += 1
        return Wish("Thanh tra", f"{self.orders}/QĐ")

    def lift(self) -> None:
        """The oldest order ends."""
        order_id = next(iter(self.holds), None)
        if order_id is not None:
            lift_order(self.services, order_id, reason="Xong", actor=person(self.services, "hung"))
            del self.holds[order_id]

    def link(self, which: int, by: int) -> None:
        """A document of the one belongs to the other as well."""
        if which == by or {which, by} & self.claimed or (which, by) in self.links:
            return
        with self.services.unit_of_work() as uow:
            rows = {row.code: row for row in uow.session.scalars(select(CaseFile))}
            source = rows[CODES[which]]
            uow.session.add(
                DocumentLink(
                    case_file_id=rows[CODES[by]].id,
                    ordinal=10 + which,
                    source_id=source.id,
                    document_id=source.documents[0].id,
                    reason="Dùng chung",
                    linked_by="lan",
                    linked_at=clock.now(),
                )
            )
            uow.commit()
        self.links.add((which, by))

    def decide(self, wanted: frozenset[int], *, approved: bool) -> None:
        """A list of these, approved by the head of the agency or only submitted."""
        known = {one for listed in self.lists for one in listed.items}
        those = sorted(wanted - self.claimed - known)
        if not those:
            return
        with self.services.unit_of_work() as uow:
            rows = {row.code: row for row in uow.session.scalars(select(CaseFile))}
            row = decided_list(
                [rows[CODES[one]] for one in those],
                number=len(self.lists) + 1,
                state=DispositionState.EXECUTING if approved else DispositionState.SUBMITTED,
            )
            uow.session.add(row)
            uow.session.flush()
            row.list_sha256 = row.digest_of_list()
            items = {one: item.id for one, item in zip(those, row.items, strict=True)}
            self.services.jobs.add(uow.session, CARRY_OUT_JOB, subject_id=row.id)
            uow.commit()
        self.lists.append(Listed(items, {one: self.ends[one] for one in those}, approved))

    def expected(self) -> set[int]:
        """What the gate takes if it is asked for all lists now."""
        going: set[int] = set()
        while more := {
            one
            for listed in self.lists
            for one in listed.items
            if one not in going | self.claimed and self._may_go(one, listed, going)
        }:
            going |= more
        return going

    def carry_out(self, moment: Moment | None = None, at: int = 0) -> None:
        """Work goes on until nothing is to do, or until it is stopped; then somebody else comes."""
        expected, before = self.expected(), set(self.claimed)
        services = self.services if moment is None else under(self.services, Stopper(moment, at))
        stopped = True
        with suppress(Stopped):
            while run_one(services, names=CARRYING):
                pass
            stopped = False
        self.claimed |= self._claimed_in_rows()
        new = self.claimed - before
        assert new <= expected, "held, linked, undue, changed or unapproved"
        if stopped:
            past = clock.now() - dt.timedelta(minutes=1)
            lapsed = update(Job).where(Job.state == JobState.RUNNING).values(lease_until=past)
            self._update(lapsed)
            return
        assert new == expected
        for listed in self.lists:
            listed.items.clear()  # what was refused is left out, or was not decided on

    def resume(self) -> None:
        """The look of every ten minutes."""
        with self.services.unit_of_work() as uow:
            self.services.jobs.add(uow.session, RESUME_JOB)
            uow.commit()
        while run_one(self.services, names=(RESUME_JOB,)):
            pass
        self.carry_out()

    def move_copy(self) -> None:
        """The second copy goes away, or is back."""
        folder = self.home / "kho2"
        if not folder.exists() and self.away is None:
            return  # in a bucket
        if self.away is None:
            self.away = take_away(folder)
        else:
            self.away.rename(folder)
            self.away = None

    def rebuild(self) -> None:
        """All from the copies alone; lists and links of this world are in none of them."""
        if self.away is not None:
            return
        rebuild(self.services, actor=OPERATOR)
        self.lists, self.links = [], set()

    def back_up(self) -> None:
        """One more set on the medium."""
        if self.away is None:
            stood = {name: getattr(self, name) for name in ("ends", "holds", "links", "lists")}
            self.medium.back_up(self.services, stood)

    def restore(self, which: int, *, bare: bool) -> None:
        """An older set is the living archive now, beside the copies or with them lost as well.

        What copies and keys tell of since is not undone: no tombstone, no hold, no term of theirs.
        """
        if self.away is not None or not self.medium.sets or not (self.home / "kho1").is_dir():
            return
        gone = self._told_gone(bare=bare)
        self.stack.close()
        new = self.home.with_name(f"home-{self.homes}")
        stood = self.medium.restore(self.home, new, which, bare=bare)
        self.home, self.homes = new, self.homes + 1
        self.services = self.stack.enter_context(open_with_erasers(new))
        self.lists, self.links = stood["lists"], stood["links"]
        if bare:
            self.ends, self.holds = stood["ends"], stood["holds"]
        before, self.claimed = self.claimed, self._claimed_in_rows()
        assert gone <= self.claimed <= before

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
        while run_one(self.services, names=(*CARRYING, *STEPS)):
            pass
        self.claimed |= self._claimed_in_rows()
        self.resume()
        if self.medium.sets:  # older sets are closed when there is a newer one
            self.back_up()
            self.resume()
        with self.services.read_only() as session:
            states = {row.code: row.state for row in session.scalars(select(CaseFile))}
        for one in range(COUNT):
            gone = one in self.claimed
            assert states[CODES[one]] is (CaseState.DESTROYED if gone else CaseState.STORED)
        self.check()

    def check(self) -> None:
        """Nothing is gone that may not be; nothing is found of what a proof says is gone."""
        with self.services.read_only() as session:
            rows = {row.code: row for row in session.scalars(select(CaseFile))}
            removals = {one.code: one for one in session.scalars(select(Removal))}
            for one, code in enumerate(CODES):
                removal = removals.get(code)
                assert (removal is not None) == (one in self.claimed)
                if removal is None:
                    assert self._stored(rows[code]) == self._known(one)
                else:
                    self._require_true(one, rows[code], removal)

    def _require_true(self, one: int, row: CaseFile, removal: Removal) -> None:
        states = {place.place: place.state for place in removal.places}
        stored = self._stored(row)
        for store in self._copies():
            is_open = states[f"copy:{store.name}"] is PlaceState.OPEN
            assert is_open or stored[store.name] == 0
            if stored[store.name] < self.files[one][store.name]:
                told = [act.document["body"]["code"] for act in iter_acts(store, "removal")]
                assert row.code in told, "the tombstone was first"
        assert (row.state is CaseState.DESTROYED) == (removal.done_at is not None)
        assert (PlaceState.OPEN in states.values()) == (removal.done_at is None)
        cleared = {name for name, state in states.items() if state is not PlaceState.OPEN}
        self._require_no_mark(MARKS[one].encode(), cleared, is_done=removal.done_at is not None)
        self.medium.require_closed(self.home, MARKS[one].encode(), states)

    def _require_no_mark(self, mark: bytes, cleared: set[str], *, is_done: bool) -> None:
        for place, begins in (("index", "search.db"), ("database-file", "archive.db")):
            if place in cleared:
                for file in self.home.glob(f"{begins}*"):
                    assert mark not in file.read_bytes(), file
        if "rows" in cleared and "queue" in cleared:
            with self.services.read_only() as session:
                for table in METADATA.sorted_tables:
                    for row in session.execute(select(table)):
                        assert mark.decode() not in repr(row), table.name
        if is_done:
            assert list(iter_marked(self.home, mark, mark.lower())) == []

    def _may_go(self, one: int, listed: Listed, going: set[int]) -> bool:
        kept_by = {by for which, by in self.links if which == one}
        return (
            listed.is_approved
            and self.ends[one] == listed.ends[one] == _OVER
            and not any(one in reached for reached in self.holds.values())
            and kept_by <= going | self.claimed
        )

    def _claimed_in_rows(self) -> set[int]:
        with self.services.read_only() as session:
            return {CODES.index(code) for code in session.scalars(select(Removal.code))}

    def _copies(self) -> list[ObjectStore]:
        return [one for one in self.services.stores if not (one.name == "kho2" and self.away)]

    def _stored(self, row: CaseFile) -> dict[str, int]:
        root = f"{object_root(row.ocfl_id)}/"
        return {one.name: sum(1 for _ in one.iter_keys(root)) for one in self._copies()}

    def _known(self, one: int) -> dict[str, int]:
        return {copy: self.files[one][copy] for copy in (it.name for it in self._copies())}

    def _update(self, statement: Update) -> None:
        with self.services.unit_of_work() as uow:
            uow.session.execute(statement)
            uow.commit()


@contextmanager
def world(stored: Path, home: Path) -> Iterator[World]:
    """A copy of it for one run."""
    stack = ExitStack()
    services = stack.enter_context(open_with_erasers(copy_home(stored, home)))
    made = World(services, home, {}, stack=stack)
    try:
        with services.read_only() as session:
            rows = {row.code: row for row in session.scalars(select(CaseFile))}
        made.files = {one: made._stored(rows[code]) for one, code in enumerate(CODES)}
        for one in range(COUNT):
            made.end_term(one, over=False)
        yield made
    finally:
        made.stack.close()
