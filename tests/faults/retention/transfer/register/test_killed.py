"""``kill -9`` while a register is sent, read, answered, amended and withdrawn; and its answers."""

import itertools
import shutil
from pathlib import Path
from uuid import UUID

import pytest

from tests.faults.retention.transfer.register import acts
from tests.faults.retention.transfer.register import network_acts as network
from tests.faults.retention.transfer.steps_killed import KILLED, Steps
from tests.faults.retention.transfer.world import copy_passage
from tests.worlds.damage.broken_network import Fault
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess

STEP = 50  # of the commits; each of them with what takes long: the whole way follows
STEPS = Steps(acts, len(acts.STEPS))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    folder = tmp_path_factory.mktemp("registers") / "stored"
    return folder, acts.stocked(folder)


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.long)])
def test_both_archives_agree_on_the_register_wherever_one_is_killed(
    stored: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, step: int
) -> None:
    kills = STEPS.killed_everywhere(stored, tmp_path, warm, Moment.COMMIT, step=step)
    assert kills >= 1 + 30 // step


@pytest.mark.long
@pytest.mark.parametrize("moment", [Moment.WRITE, Moment.WRITTEN])
def test_both_archives_agree_on_the_register_wherever_a_copy_is_written(
    stored: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, moment: Moment
) -> None:
    assert STEPS.killed_everywhere(stored, tmp_path, warm, moment) >= 20


@pytest.fixture(scope="module")
def known(
    stored: tuple[Path, UUID], warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, UUID]:
    """Both know each other: the register goes by network."""
    folder = tmp_path_factory.mktemp("known")
    place = copy_passage(stored[0], folder / "known")
    log = folder / "log"
    assert warm.do(network.acquainted, place, stored[1], log=log) == 0, log.read_text("utf-8")
    return place, stored[1]


def test_both_archives_agree_where_both_are_killed_before_an_answer_came(
    known: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess
) -> None:
    """The second request brings the register."""
    assert kill_in(known, tmp_path, warm, Fault.LOST, 2)


@pytest.mark.long
@pytest.mark.parametrize("fault", [Fault.HALF, Fault.LOST])
def test_both_archives_agree_in_whatever_request_both_are_killed(
    known: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, fault: Fault
) -> None:
    kills = itertools.takewhile(
        bool, (kill_in(known, tmp_path, warm, fault, at) for at in itertools.count(1))
    )
    assert sum(kills) >= 5


def kill_in(
    known: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, fault: Fault, at: int
) -> bool:
    """Both in one request; then they go on. False: there are not so many requests."""
    (source, row), log = known, tmp_path / "log"
    place = copy_passage(source, tmp_path / f"{fault}-{at}")
    code = warm.do(network.killed, place, row, fault, at, log=log)
    assert code in (0, KILLED), log.read_text("utf-8")
    again = warm.do(network.gone, place, row, log=log)
    assert again == 0, f"{fault} {at}\n" + log.read_text("utf-8")
    shutil.rmtree(place)
    return code == KILLED
