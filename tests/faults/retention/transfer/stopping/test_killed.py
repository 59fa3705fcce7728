"""``kill -9`` while something of a transfer is stopped, withdrawn, corrected and sent once more."""

from pathlib import Path
from uuid import UUID

import pytest

from tests.faults.retention.transfer.steps_killed import Steps
from tests.faults.retention.transfer.stopping import acts
from tests.faults.retention.transfer.world import stocked
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess

STEP = 40  # of the commits; each of them with what takes long: both archives go on to the end


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    folder = tmp_path_factory.mktemp("passage") / "stored"
    return folder, stocked(folder)


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("way", acts.WAYS)
def test_both_archives_agree_wherever_one_is_killed(
    stored: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, way: str, step: int
) -> None:
    steps = Steps(acts, len(acts.WAYS[way]), (way,))
    kills = steps.killed_everywhere(stored, tmp_path, warm, Moment.COMMIT, step=step)
    assert kills >= 1 + 5 // step


@pytest.mark.long
@pytest.mark.parametrize("moment", [Moment.WRITE, Moment.WRITTEN])
@pytest.mark.parametrize("way", acts.WAYS)
def test_both_archives_agree_wherever_a_copy_is_written(
    stored: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, way: str, moment: Moment
) -> None:
    steps = Steps(acts, len(acts.WAYS[way]), (way,))
    assert steps.killed_everywhere(stored, tmp_path, warm, moment) >= 6
