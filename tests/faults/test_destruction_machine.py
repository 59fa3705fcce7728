"""Terms, holds, links, lists, stops, copies away, rebuilds, restores: in whatever order."""

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

from tests.factories.archive import Backends
from tests.factories.killing import Moment
from tests.faults.destruction_home import COUNT, stored_home
from tests.faults.destruction_world import World, world

ONE = st.integers(0, COUNT - 1)
SOME = st.frozensets(ONE, min_size=1)
MOMENTS = st.sampled_from([Moment.COMMIT, Moment.COMMIT, Moment.WRITE, Moment.WRITTEN])


class Machine(RuleBasedStateMachine):
    """Rules are what people, clocks and failures do; invariants are what the law asks."""

    stored: ClassVar[Path]  # each run begins with a copy of this home
    world: World

    @initialize(over=SOME, approved=st.booleans())
    def begin(self, over: frozenset[int], approved: bool) -> None:  # noqa: FBT001 - drawn
        """Some terms are over, and a list was made of them."""
        self.stack = ExitStack()
        self.place = Path(tempfile.mkdtemp(prefix="machine-", dir=self.stored.parent))
        self.world = self.stack.enter_context(world(self.stored, self.place / "home"))
        for which in sorted(over):
            self.world.end_term(which, over=True)
        self.world.decide(over, approved=approved)

    @rule(which=ONE, over=st.booleans())
    def term_changes(self, which: int, over: bool) -> None:  # noqa: FBT001 - drawn
        """It ends, or runs on."""
        self.world.end_term(which, over=over)

    @rule(which=ONE)
    def hold(self, which: int) -> None:
        """One is held, or is too late for it."""
        self.world.hold(which)

    @rule(which=ONE, fonds=st.booleans())
    def hold_many(self, which: int, fonds: bool) -> None:  # noqa: FBT001 - drawn
        """What a search finds is held, or all of their fonds."""
        self.world.hold_many(which, fonds=fonds)

    @precondition(lambda self: self.world.holds)
    @rule()
    def lift(self) -> None:
        """The oldest hold ends."""
        self.world.lift()

    @rule(which=ONE, by=ONE)
    def link(self, which: int, by: int) -> None:
        """One names a document of another."""
        self.world.link(which, by)

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
        self.world.carry_out(moment, at)

    @rule()
    def copy_goes_or_comes(self) -> None:
        """The second copy goes away, or is back."""
        self.world.move_copy()

    @rule()
    def back_up(self) -> None:
        """A set more on the medium."""
        self.world.back_up()

    @precondition(lambda self: self.world.medium.sets)
    @rule(which=st.integers(0, 9), bare=st.booleans())
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


@pytest.fixture(scope="module", params=["sqlite-files", "postgresql"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few case files in two copies."""
    backends = Backends()
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    return stored_home(tmp_path_factory.mktemp("machine"), backends)


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
