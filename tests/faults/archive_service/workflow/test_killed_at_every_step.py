"""Killed in every act on the way of a case file, at every step of it into any backend.

The suite takes a sample of the steps, ``make faults`` all of them.

Submitted, checked, accepted, built, published, receipt, indexed, digitized, built and published
once more, indexed anew: each act begins from the archive as an unkilled way leaves it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults.archive_service.workflow import acts
from tests.faults.archive_service.workflow.ways import ACTS, Way, walked
from tests.faults.chance import spread
from tests.worlds.archive import COPIES, copy_home
from tests.worlds.damage.killing import Moment
from tests.worlds.stored_objects import flipped

# How often the whole way can be killed at least; fewer would mean that a killer was not asked.
LEAST = {
    Moment.COMMIT: 30,
    Moment.STAGE: 7,
    Moment.WRITE: 20,
    Moment.PUBLISH: 4,
    Moment.WRITTEN: 24,
    Moment.INDEX: 2,
}
SAMPLE = 2  # of the moments of each kind


@pytest.fixture(scope="module")
def way() -> Iterator[Way]:
    with walked() as made:
        yield made


def test_the_way_has_all_its_acts(way: Way) -> None:
    assert len(way.homes) == ACTS


def test_the_look_after_a_kill_sees_a_false_claim(way: Way) -> None:
    home = copy_home(way.homes[-1], way.folder / "false")
    assert way.do(acts.claims_of, home) == 0
    original = next((home / COPIES[1] / "ocfl").rglob("*.jpg"))
    original.write_bytes(flipped(original.read_bytes()))
    assert way.warm.do(acts.claims_of, home, log=way.folder / "log") == 1


@pytest.mark.parametrize("moment", LEAST)
def test_nothing_is_lost_doubled_or_falsely_called_stored(
    tools: ModuleType, way: Way, moment: Moment
) -> None:
    found = way.moments(moment)
    assert len(found) >= LEAST[moment]
    judged(tools, way, moment, spread(found, SAMPLE))


@pytest.mark.long
@pytest.mark.parametrize("moment", LEAST)
def test_nothing_is_so_at_any_step(tools: ModuleType, way: Way, moment: Moment) -> None:
    judged(tools, way, moment, way.moments(moment))


def judged(tools: ModuleType, way: Way, moment: Moment, chosen: Sequence[tuple[Path, int]]) -> None:
    """Kill at these, restart, and let a public validator look at what the copies hold."""
    roots = way.folder / f"roots-{moment}-{len(chosen)}"
    kills = sum(way.kill(before, moment, k, roots) for before, k in chosen)
    assert kills == len(chosen)
    objects = [Path(line) for line in roots.read_text("utf-8").splitlines()]
    assert len(objects) == 2 * kills
    valid, told = tools.ocfl_validate(*objects)
    assert valid, told
