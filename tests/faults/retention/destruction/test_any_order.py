"""Schedules, events, holds, links, lists, stops, copies away, restores: in whatever order."""

import datetime as dt
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.faults.retention.destruction.home import COUNT, lawful_home
from tests.faults.retention.destruction.law import EVENT, LONG, SHORT
from tests.faults.retention.destruction.world import World, world
from tests.worlds.archive import Backends
from tests.worlds.damage.killing import Moment

ONE = st.integers(0, COUNT - 1)
SOME = st.frozensets(ONE, min_size=1)
NTH = st.integers(0, 9)
ENTRY = st.sampled_from([SHORT, SHORT, LONG, EVENT])
DAYS = st.sampled_from([dt.date(2016, 3, 1), dt.date(2019, 5, 7), dt.date(2026, 1, 5)])
MOMENTS = st.sampled_from([Moment.COMMIT, Moment.COMMIT, Moment.WRITE, Moment.WRITTEN])


class Machine(RuleBasedStateMachine):
    """Rules are what people, clocks and failures do; invariants are what the law asks."""

    stored: ClassVar[Path]  # each run begins with a copy of this home
    world: World

    @initialize(over=SOME, approved=st.booleans())
    def begin(self, over: frozenset[int], approved: bool) -> None:  # noqa: FBT001 - drawn
        """All terms are over, and a list was made of some."""
        self.stack = ExitStack()
        self.place = Path(tempfile.mkdtemp(prefix="machine-", dir=self.stored.parent))
        self.world = self.stack.enter_context(world(self.stored, self.place / "home"))
        self.world.decide(over, approved=approved)

    @rule(which=ONE, entry=ENTRY)
    def choose_entry(self, which: int, entry: str) -> None:
        """Another entry of the schedule, or what it says by now."""
        self.world.choose(which, entry)

    @rule(short=st.sampled_from([5, 80]), adopted=st.booleans())
    def new_edition(self, short: int, adopted: bool) -> None:  # noqa: FBT001 - drawn
        """A schedule is tried on what is kept, and adopted or not."""
        self.world.new_edition(short, adopted=adopted)

    @rule(which=ONE, on=DAYS)
    def happen(self, which: int, on: dt.date) -> None:
        """An event, recorded later."""
        self.world.happen(which, on)

    @rule(which=ONE)
    def take_back(self, which: int) -> None:
        """It did not happen."""
        self.world.take_back(which)

    @rule(which=ONE)
    def hold(self, which: int) -> None:
        """One is held, or is too late for it."""
        self.world.hold(which)

    @rule(which=ONE, fonds=st.booleans())
    def hold_many(self, which: int, fonds: bool) -> None:  # noqa: FBT001 - drawn
        """What a search finds is held, or all of their fonds."""
        self.world.hold_many(which, fonds=fonds)

    @precondition(lambda self: self.world.law.holds)
    @rule()
    def lift(self) -> None:
        """The oldest hold ends."""
        self.world.lift()

    @rule(which=ONE, by=ONE)
    def link(self, which: int, by: int) -> None:
        """One names a document of another."""
        self.world.link(which, by)

    @precondition(lambda self: self.world.law.links)
    @rule(nth=NTH)
    def end_link(self, nth: int) -> None:
        """One that was named is so no more."""
        links = list(self.world.law.links)
        self.world.end_link(*links[nth % len(links)])

    @rule(wanted=SOME)
    def propose(self, wanted: frozenset[int]) -> None:
        """A list that nobody reviewed yet."""
        self.world.propose(wanted)

    @precondition(lambda self: any(self.world.law.open_lists()))
    @rule(nth=NTH)
    def go_on(self, nth: int) -> None:
        """A list goes one step on."""
        self.world.go_on(self.world.nth_open(nth))

    @precondition(lambda self: any(self.world.law.open_lists()))
    @rule(nth=NTH, waiting=st.frozensets(ONE))
    def change_list(self, nth: int, waiting: frozenset[int]) -> None:
        """What the head was shown is another list by now."""
        self.world.change(self.world.nth_open(nth), waiting)

    @rule(wanted=SOME, approved=st.booleans())
    def decide(self, wanted: frozenset[int], approved: bool) -> None:  # noqa: FBT001 - drawn
        """One more list."""
        self.world.decide(wanted, approved=approved)

    @rule()
    def carry_out(self) -> None:
        """Work goes on until nothing is to do."""
        self.world.carry_out()

    @rule(moment=MOMENTS, at=st.integers(1, 14))
    def stop(self, moment: Moment, at: int) -> None:
        """Work stops somewhere."""
        self.world.stop(moment, at)

    @rule(moment=MOMENTS, at=st.integers(1, 14))
    def overtake(self, moment: Moment, at: int) -> None:
        """Two workers do the same."""
        self.world.overtake(moment, at)

    @rule()
    def copy_goes_or_comes(self) -> None:
        """The second copy goes away, or is back."""
        self.world.move_copy()

    @rule(stated=st.booleans())
    def retire(self, stated: bool) -> None:  # noqa: FBT001 - drawn
        """The second copy is used no longer; its medium may be said to be destroyed."""
        self.world.retire(stated=stated)

    @rule()
    def back_up(self) -> None:
        """A set more on the medium."""
        self.world.back_up()

    @precondition(lambda self: self.world.medium.sets)
    @rule(which=NTH, bare=st.booleans())
    def restore(self, which: int, bare: bool) -> None:  # noqa: FBT001 - drawn
        """One of them is the living archive, with the copies or without."""
        self.world.restore(which, bare=bare)

    @rule()
    def rebuild(self) -> None:
        """The database is lost."""
        self.world.rebuild()

    @invariant()
    def nothing_is_gone_that_may_not_be_and_what_is_gone_is_gone(self) -> None:
        """After each of them."""
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        """All comes back, and what was claimed is gone."""
        if not hasattr(self, "world"):
            return
        try:
            self.world.finish()
        finally:
            self.stack.close()
            shutil.rmtree(self.place)


@pytest.fixture(
    scope="module", params=["sqlite-files", pytest.param("postgresql", marks=pytest.mark.long)]
)
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few case files in two copies."""
    backends = Backends()
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    return lawful_home(tmp_path_factory.mktemp("machine"), backends)


def run(stored: Path, *, runs: int, steps: int) -> None:
    told = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        derandomize=runs < 10,
        phases=[Phase.generate],  # a run takes seconds: the steps that failed are told, not fewer
        suppress_health_check=list(HealthCheck),
    )
    Machine.stored = stored
    run_machine(Machine, settings=told)


def test_in_any_order_nothing_goes_that_may_not_and_what_went_is_gone(stored: Path) -> None:
    run(stored, runs=4, steps=10)


@pytest.mark.long
def test_in_any_order_over_and_over(stored: Path) -> None:
    run(stored, runs=80, steps=25)
