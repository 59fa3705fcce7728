"""Killed in every act on the way of a case file, at every step of it into any backend.

Submitted, checked, accepted, built, published, receipt, indexed, digitized, built and published
once more, indexed anew: each act begins from the archive as an unkilled way leaves it.
"""

import itertools
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from tests.factories.archive import COPIES, copy_home, mixed_case, new_home
from tests.factories.killing import Moment
from tests.factories.stored_objects import flipped
from tests.factories.warm_process import WarmProcess
from tests.faults import acts

KILLED = -signal.SIGKILL
ACTS = 11
# How often the whole way can be killed at least; fewer would mean that a killer was not asked.
LEAST = {
    Moment.COMMIT: 30,
    Moment.STAGE: 8,
    Moment.WRITE: 20,
    Moment.PUBLISH: 4,
    Moment.WRITTEN: 24,
    Moment.INDEX: 2,
}


@dataclass(frozen=True)
class Way:
    """A case file, and the archive as it stands before each act of its way."""

    warm: WarmProcess
    folder: Path
    source: Path
    homes: list[Path]

    def do(self, act: Callable[..., None], *arguments: object) -> int:
        """In a process of its own; its words are shown if it fails."""
        log = self.folder / "log"
        code = self.warm.do(act, *arguments, log=log)
        assert code in (0, KILLED), log.read_text("utf-8")
        return code


@pytest.fixture(scope="module")
def way() -> Iterator[Way]:
    """In memory where there is room: a kill, unlike a power cut, loses nothing that is cached."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 64 << 20
    with (
        tempfile.TemporaryDirectory(dir=memory if roomy else None) as name,
        WarmProcess() as warm,
    ):
        folder = Path(name)
        done = folder / "done"
        way = Way(warm, folder, mixed_case(folder / "source"), [new_home(folder / "0")])
        while True:
            home = copy_home(way.homes[-1], folder / str(len(way.homes)))
            assert way.do(acts.one_act, home, way.source, done) == 0
            if done.exists():
                break
            way.homes.append(home)
        way.do(acts.restart, way.homes.pop(), way.source, 2, folder / "unkilled")
        yield way


def test_the_way_has_all_its_acts(way: Way) -> None:
    assert len(way.homes) == ACTS


def test_the_look_after_a_kill_sees_a_false_claim(way: Way) -> None:
    home = copy_home(way.homes[-1], way.folder / "false")
    assert way.do(acts.claims_of, home) == 0
    original = next((home / COPIES[1] / "ocfl").rglob("*.jpg"))
    original.write_bytes(flipped(original.read_bytes()))
    assert way.warm.do(acts.claims_of, home, log=way.folder / "log") == 1


@pytest.mark.parametrize("moment", Moment)
def test_nothing_is_lost_doubled_or_falsely_called_stored(
    tools: ModuleType, way: Way, moment: Moment
) -> None:
    kills, roots = 0, way.folder / f"roots-{moment}"
    for before in way.homes:
        for k in itertools.count(1):
            home = copy_home(before, way.folder / f"{moment}-{before.name}-{k}")
            if way.do(acts.one_act_under, home, way.source, moment, k) == 0:
                shutil.rmtree(home)
                break
            assert way.do(acts.restart, home, way.source, 2, roots) == 0
            kills += 1
    assert kills >= LEAST[moment]
    objects = [Path(line) for line in roots.read_text("utf-8").splitlines()]
    assert len(objects) == 2 * kills
    valid, told = tools.ocfl_validate(*objects)
    assert valid, told
