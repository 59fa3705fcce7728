"""``kill -9`` while a delivery of many case files is taken in, decided and settled."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.ingest.deliveries import acts as deliveries_acts
from tests.worlds.archive import copy_home, new_home
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.ingest.bulk import make_bulk

KILLED = -signal.SIGKILL
MOST_ACTS = 80


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is delivered."""
    return make_bulk(tmp_path_factory.mktemp("bulk") / "Đợt 1", deliveries_acts.COUNT)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that nothing was delivered to."""
    return new_home(tmp_path_factory.mktemp("fresh") / "home")


@pytest.fixture(scope="module")
def decided(
    fresh: Path, folder: Path, warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The same archive when all is decided and stored: the delivery is to be settled."""
    place = tmp_path_factory.mktemp("decided")
    home, log = copy_home(fresh, place / "home"), place / "log"
    code = warm.do(deliveries_acts.bring_to_its_end, home, folder, log=log)
    assert code == 0, log.read_text("utf-8")
    return home


def kill_in(
    warm: WarmProcess,
    home: Path,
    folder: Path,
    place: Path,
    moment: Moment,
    *,
    every: bool = False,
    restart: Callable[..., None] = deliveries_acts.restart,
) -> tuple[int, Path]:
    """Kill the next act at moments of this kind, restart each; how often, and the home after it."""
    log, counts = place / "log", place / "counts"
    place.mkdir()
    following = copy_home(home, place / "unkilled")
    code = warm.do(
        deliveries_acts.one_act_counted, following, folder, place / "done", counts, log=log
    )
    assert code == 0, log.read_text("utf-8")
    there = json.loads(counts.read_text("utf-8")).get(moment, 0)
    moments = range(1, there + 1) if every else sorted({1, (there + 1) // 2, there} - {0})
    kills = 0
    for at in moments if there else ():
        killed = copy_home(home, place / f"killed-{at}")
        told = warm.do(deliveries_acts.one_act_under, killed, folder, moment, at, log=log)
        assert told in (0, KILLED), log.read_text("utf-8")
        kills += told == KILLED
        again = warm.do(restart, killed, folder, log=log)
        assert again == 0, log.read_text("utf-8")
    return kills, following


def test_what_is_killed_while_it_is_taken_in_is_taken_in_once(
    fresh: Path, folder: Path, warm: WarmProcess, tmp_path: Path
) -> None:
    again = deliveries_acts.take_again
    kills, _ = kill_in(warm, fresh, folder, tmp_path / "take", Moment.COMMIT, restart=again)
    assert kills == 3


def test_a_delivery_that_is_killed_while_it_is_settled_has_one_receipt(
    decided: Path, folder: Path, warm: WarmProcess, tmp_path: Path
) -> None:
    kills, _ = kill_in(warm, decided, folder, tmp_path / "settle", Moment.COMMIT)
    assert kills >= 2


@pytest.mark.long
@pytest.mark.parametrize(
    "moment", [Moment.COMMIT, Moment.STAGE, Moment.WRITE, Moment.PUBLISH, Moment.WRITTEN]
)
def test_nothing_is_lost_or_doubled_wherever_a_delivery_is_killed(
    fresh: Path, folder: Path, warm: WarmProcess, tmp_path: Path, moment: Moment
) -> None:
    kills, home = 0, fresh
    for number in range(MOST_ACTS):
        place = tmp_path / f"act-{number}"
        killed, home = kill_in(warm, home, folder, place, moment, every=True)
        kills += killed
        if (place / "done").exists():
            break
    else:
        pytest.fail("the way of a delivery has no end")
    assert kills >= deliveries_acts.COUNT
