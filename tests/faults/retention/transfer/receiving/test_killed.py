"""``kill -9`` while the historical archive receives a transfer and decides on it."""

import itertools
import json
import signal
from pathlib import Path

import pytest

from tests.faults.retention.transfer.receiving import acts as receiving_acts
from tests.worlds.archive import (
    Backends,
    copy_home,
    new_home,
    open_home,
    remove_home,
    small_pdf_case,
)
from tests.worlds.clients import OPEN_CODE
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.transfer.handed_over import brought_in
from tests.worlds.transfer.transfers import built, trust

KILLED = -signal.SIGKILL
MOST_ACTS = 40
CODES = (OPEN_CODE, receiving_acts.RETURNED)


@pytest.fixture(scope="module", params=["files", pytest.param("servers", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``disk``, a transfer of two case files, and ``receiver``, the archive that it goes to."""
    folder = tmp_path_factory.mktemp("transfer")
    giver, backends = new_home(folder / "giver"), Backends()
    if request.param == "servers":
        names = ("postgresql", "minio")
        backends = Backends(**{name: request.getfixturevalue(name) for name in names})
    receiver = new_home(folder / "receiver", backends, historical=True)
    trust(receiver, giver)
    with open_home(giver) as services:
        for code in CODES:
            source = small_pdf_case(folder / code, code=code)
            brought_in(services, source)
        built(services, folder / "disk", *CODES)
    return folder


STEP = 24  # of the commits; each of them with what takes long: a kill takes more than a second
# At least so many kills; fewer would mean that a killer was not asked.
# Both packages are staged at once.
LEAST = {Moment.COMMIT: 8, Moment.STAGE: 1, Moment.WRITE: 8, Moment.WRITTEN: 8}


def test_what_is_received_and_decided_is_so_once_wherever_it_is_killed(
    place: Path, tmp_path: Path, warm: WarmProcess
) -> None:
    kills = killed_again_and_again(place, tmp_path, warm, Moment.COMMIT, step=STEP)
    assert kills >= max(1, LEAST[Moment.COMMIT] // STEP)


@pytest.mark.long
@pytest.mark.parametrize("moment", LEAST)
def test_no_act_of_it_is_lost_or_doubled_wherever_it_is_killed(
    place: Path, tmp_path: Path, warm: WarmProcess, moment: Moment
) -> None:
    assert killed_again_and_again(place, tmp_path, warm, moment) >= LEAST[moment]


def killed_again_and_again(
    place: Path, tmp_path: Path, warm: WarmProcess, moment: Moment, *, step: int = 1
) -> int:
    """Kill the acts of the way at each ``step``-th moment of this kind, and restart; how often."""
    home, disk, log, kills = place / "receiver", place / "disk", tmp_path / "log", 0
    counts, done, passed = tmp_path / "counts", tmp_path / "done", itertools.count()
    for number in range(MOST_ACTS):
        following = copy_home(home, tmp_path / f"{number}")
        code = warm.do(receiving_acts.one_act_counted, following, disk, done, counts, log=log)
        assert code == 0, log.read_text("utf-8")
        told = json.loads(counts.read_text("utf-8"))
        is_ours = told["act"] != receiving_acts.OF_THE_DOOR
        for at in range(1, told.get(moment, 0) + 1) if is_ours else ():
            if next(passed) % step:
                continue
            killed = copy_home(home, tmp_path / f"{number}-{at}")
            code = warm.do(receiving_acts.one_act_under, killed, disk, moment, at, log=log)
            assert code in (0, KILLED), log.read_text("utf-8")
            kills += code == KILLED
            again = warm.do(receiving_acts.restart, killed, disk, log=log)
            assert again == 0, f"{moment} {told['act']} {at}\n" + log.read_text("utf-8")
            remove_home(killed)
        if done.exists():
            return kills
        home = following
    pytest.fail("the way of a transfer has no end")
