"""Disks, replies and notices late, twice or never; holds, crashes: in whatever order."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from archive_service.domain.transfer.transfer import TransferItemState
from tests.faults.retention.destruction.home import Stopper
from tests.faults.retention.transfer.world import COUNT, Passage, items_of, passage, stocked
from tests.services.servers import MinioServer, PostgreSql
from tests.worlds.archive import Backends
from tests.worlds.damage.killing import Moment

ONE = st.integers(0, COUNT - 1)
SOME = st.frozensets(ONE, max_size=COUNT - 1)
NTH = st.integers(0, 9)
MOMENTS = st.sampled_from(
    [Moment.COMMIT, Moment.COMMIT, Moment.STAGE, Moment.WRITE, Moment.WRITTEN, Moment.ERASED]
)


class Machine(RuleBasedStateMachine):
    """Rules are what people, carriers and failures do; invariants are what custody asks."""

    stored: ClassVar[tuple[Path, UUID]]  # each run begins with a copy of it
    world: Passage

    @initialize(came=st.booleans(), returned=SOME)
    def begin(self, came: bool, returned: frozenset[int]) -> None:  # noqa: FBT001 - drawn
        """The first disk is on its way, or was decided on."""
        folder, row = self.stored
        self.stack = ExitStack()
        self.place = Path(tempfile.mkdtemp(prefix="machine-", dir=folder.parent))
        self.world = self.stack.enter_context(passage(folder, row, self.place))
        if came:
            self.arrive()
            self.settle(returned)

    @rule(moment=MOMENTS, at=st.integers(1, 9))
    def next_one_stops(self, moment: Moment, at: int) -> None:
        """Whatever is done next is stopped somewhere."""
        self.world.killer = Stopper(moment, at)

    @rule(which=ONE)
    def hold(self, which: int) -> None:
        """One is held, or is too late for it."""
        self.world.hold(which)

    @precondition(lambda self: self.world.holds)
    @rule()
    def lift(self) -> None:
        """The oldest hold ends."""
        self.world.lift()

    @rule()
    def send(self) -> None:
        """One more disk."""
        self.world.send()

    @rule()
    def correct(self) -> None:
        """What came back goes once more."""
        self.world.correct()
        self.world.send()

    @rule()
    def tell(self) -> None:
        """A notice."""
        self.world.tell()

    @rule(sure=NTH)
    def withdraw(self, sure: int) -> None:
        """Seldom: it ends most of what may come."""
        if sure == 0:
            self.world.withdraw()

    @rule(nth=NTH)
    def receive(self, nth: int) -> None:
        """A disk or a notice, old or new."""
        self.world.receive(nth)

    @rule()
    def arrive(self) -> None:
        """The newest disk."""
        self.world.receive(len(self.world.disks) - 1)

    @rule(returned=SOME)
    def settle(self, returned: frozenset[int]) -> None:
        """All that is here is decided on, and an answer is given."""
        self.world.toil(self.world.receiver)
        self.world.decide(returned)
        self.world.toil(self.world.receiver)
        self.world.answer()

    @rule()
    def answer(self) -> None:
        """As it stands."""
        self.world.answer()

    @rule(nth=NTH)
    def read(self, nth: int) -> None:
        """A reply, old or new."""
        self.world.read(nth)

    @rule(over=st.booleans())
    def end(self, over: bool) -> None:  # noqa: FBT001 - drawn
        """It is closed, and bytes are let go."""
        self.world.close()
        self.world.let_go(over=over)

    @rule(of_giver=st.booleans())
    def toil(self, of_giver: bool) -> None:  # noqa: FBT001 - drawn
        """Jobs of one side."""
        self.world.toil(self.world.giver if of_giver else self.world.receiver)

    @invariant()
    def nothing_is_lost_doubled_or_gone_early(self) -> None:
        """After each of them."""
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        """After the next exchange both say the same."""
        if not hasattr(self, "world"):
            return
        try:
            self.world.finish()
        finally:
            self.stack.close()
            shutil.rmtree(self.place)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    folder = tmp_path_factory.mktemp("passage") / "stored"
    return folder, stocked(folder)


def run(stored: tuple[Path, UUID], *, runs: int, steps: int) -> None:
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


def test_a_whole_way_ends_with_the_bytes_at_the_other_archive_alone(
    stored: tuple[Path, UUID], tmp_path: Path
) -> None:
    with passage(*stored, tmp_path) as world:
        world.finish()
        world.close()
        world.let_go(over=False)
        world.toil(world.giver)
        world.check()
        states = {
            transfer_item.state for transfer_item in items_of(world.giver, world.row).values()
        }
        assert states == {TransferItemState.TRANSFERRED}, "the cooling-off is not over"
        world.let_go(over=True)
        world.toil(world.giver)
        world.finish()
        states = {
            transfer_item.state for transfer_item in items_of(world.giver, world.row).values()
        }
        assert states == {TransferItemState.REMOVED}


def test_in_any_order_both_archives_agree_in_the_end(stored: tuple[Path, UUID]) -> None:
    run(stored, runs=4, steps=10)


@pytest.mark.long
def test_in_any_order_over_and_over(stored: tuple[Path, UUID]) -> None:
    run(stored, runs=60, steps=20)


@pytest.mark.long
def test_in_any_order_where_the_receiver_is_on_servers(
    postgresql: PostgreSql, minio: MinioServer, tmp_path: Path
) -> None:
    folder = tmp_path / "stored"
    row = stocked(folder, Backends(postgresql=postgresql, minio=minio))
    run((folder, row), runs=15, steps=15)
