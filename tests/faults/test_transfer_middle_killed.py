"""``kill -9`` while something of a transfer is stopped, withdrawn, corrected and sent once more."""

import itertools
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.factories.killing import Moment
from tests.factories.warm_process import WarmProcess
from tests.faults import transfer_middle_acts as acts
from tests.faults.transfer_world import copy_passage, stocked

KILLED = -signal.SIGKILL
STEP = 20  # of the commits; each of them with what takes long: both archives go on to the end


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess() as process:
        yield process


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    folder = tmp_path_factory.mktemp("passage") / "stored"
    return folder, stocked(folder)


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("way", acts.WAYS)
def test_both_archives_agree_wherever_one_is_killed(
    stored: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, way: str, step: int
) -> None:
    assert killed_everywhere(stored, tmp_path, warm, way, Moment.COMMIT, step=step) >= 1 + 5 // step


@pytest.mark.long
@pytest.mark.parametrize("moment", [Moment.WRITE, Moment.WRITTEN])
@pytest.mark.parametrize("way", acts.WAYS)
def test_both_archives_agree_wherever_a_copy_is_written(
    stored: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, way: str, moment: Moment
) -> None:
    assert killed_everywhere(stored, tmp_path, warm, way, moment) >= 6


def killed_everywhere(
    stored: tuple[Path, UUID],
    tmp_path: Path,
    warm: WarmProcess,
    way: str,
    moment: Moment,
    *,
    step: int = 1,
) -> int:
    """Kill each act at each ``step``-th moment of this kind; how often."""
    (before, row), log, counts = stored, tmp_path / "log", tmp_path / "counts"
    kills, passed = 0, itertools.count()

    def do(act: Callable[..., None], *arguments: object, place: Path, number: int) -> int:
        code = warm.do(act, place, row, way, number, *arguments, log=log)
        assert code in (0, KILLED), f"{way} {number} {arguments}\n" + log.read_text("utf-8")
        return code

    for number in range(len(acts.WAYS[way])):
        ready = tmp_path / f"ready-{number}"
        copy_passage(before, ready)
        do(acts.ready, place=ready, number=number)
        before = tmp_path / f"done-{number}"
        copy_passage(ready, before)
        do(acts.counted, counts, place=before, number=number)
        for at in range(1, json.loads(counts.read_text("utf-8")).get(moment, 0) + 1):
            if next(passed) % step:
                continue
            place = tmp_path / f"{number}-{at}"
            copy_passage(ready, place)
            kills += do(acts.killed, moment, at, place=place, number=number) == KILLED
            do(acts.restart, place=place, number=number)
            shutil.rmtree(place)
    return kills
