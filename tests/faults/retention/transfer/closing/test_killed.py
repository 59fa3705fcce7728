"""``kill -9`` while a transfer is answered, its receipts read, closed, and what stayed let go."""

import itertools
import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.retention.transfer.closing import acts as closing_acts
from tests.worlds.archive import (
    Backends,
    copy_home,
    new_home,
    open_home,
    remove_home,
    small_pdf_case,
)
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.transfer.handed_over import brought_in
from tests.worlds.transfer.replies import decided, sent
from tests.worlds.transfer.transfers import TwoArchives, trust

KILLED = -signal.SIGKILL
MOST_ACTS = 40
STEP = 12  # of the commits; each of them with what takes long: a kill takes more than a second
CODES = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture(scope="module", params=["files", pytest.param("servers", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``receiver``, which decided on all of ``disk``, and ``giver``, who waits for the reply.

    On servers, the giver has its copies in files: how buckets are emptied is tried elsewhere.
    """
    folder = tmp_path_factory.mktemp("transfer")
    here = there = Backends()
    if request.param == "servers":
        here = Backends(request.getfixturevalue("postgresql"))
        there = replace(here, minio=request.getfixturevalue("minio"))
    giver = new_home(folder / "giver", here)
    receiver = new_home(folder / "receiver", there, historical=True)
    trust(receiver, giver)
    trust(giver, receiver)
    settings = read_settings(giver)
    storage = settings["storage"] | {"staging_grace_s": 0}
    write_settings(giver, settings | {"storage": storage})
    with open_home(giver) as giving, open_home(receiver) as receiving:
        for code in CODES:
            source = small_pdf_case(folder / code, code=code)
            brought_in(giving, source)
        two = TwoArchives(giving, receiving)
        row = sent(two, folder, *CODES)
        decided(two, row, folder / "disk")
    return folder


@pytest.fixture(scope="module")
def answered(place: Path, warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk with the reply on it."""
    folder = tmp_path_factory.mktemp("answered")
    shutil.copytree(place / "disk", folder / "disk")
    receiver = copy_home(place / "receiver", folder / "receiver")
    given = folder / "disk", folder / "done", folder / "counts"
    assert warm.do(closing_acts.one_act_counted, receiver, *given, log=folder / "log") == 0
    assert (folder / "disk" / "reply-001.xml").is_file()
    return folder / "disk"


@pytest.mark.parametrize(
    "moment", [Moment.COMMIT, pytest.param(Moment.WRITTEN, marks=pytest.mark.long)]
)
def test_a_reply_is_given_once_wherever_it_is_killed(
    place: Path, tmp_path: Path, warm: WarmProcess, moment: Moment
) -> None:
    shutil.copytree(place / "disk", tmp_path / "disk")
    kills = killed_again_and_again(place / "receiver", tmp_path, warm, moment)
    assert kills >= 2


def test_what_is_closed_and_let_go_is_so_once_wherever_it_is_killed(
    place: Path, answered: Path, tmp_path: Path, warm: WarmProcess
) -> None:
    """How the gate's hands are killed is tried with destruction: they are the same."""
    shutil.copytree(answered, tmp_path / "disk")
    kills = killed_again_and_again(place / "giver", tmp_path, warm, Moment.COMMIT, step=STEP)
    assert kills >= 48 // STEP


@pytest.mark.long
@pytest.mark.parametrize("moment", [Moment.COMMIT, Moment.WRITE, Moment.WRITTEN])
def test_no_act_of_it_is_lost_or_doubled_wherever_it_is_killed(
    place: Path, answered: Path, tmp_path: Path, warm: WarmProcess, moment: Moment
) -> None:
    shutil.copytree(answered, tmp_path / "disk")
    assert killed_again_and_again(place / "giver", tmp_path, warm, moment) >= 8


def killed_again_and_again(
    home: Path, tmp_path: Path, warm: WarmProcess, moment: Moment, *, step: int = 1
) -> int:
    """Kill the acts of the way at each ``step``-th moment of this kind, and restart; how often."""
    disk, log, kills = tmp_path / "disk", tmp_path / "log", 0
    counts, done, passed = tmp_path / "counts", tmp_path / "done", itertools.count()
    for number in range(MOST_ACTS):
        following = copy_home(home, tmp_path / f"{number}")
        code = warm.do(closing_acts.one_act_counted, following, disk, done, counts, log=log)
        assert code == 0, log.read_text("utf-8")
        told = json.loads(counts.read_text("utf-8"))
        for at in range(1, told.get(moment, 0) + 1):
            if next(passed) % step:
                continue
            killed = copy_home(home, tmp_path / f"{number}-{at}")
            code = warm.do(closing_acts.one_act_under, killed, disk, moment, at, log=log)
            assert code in (0, KILLED), log.read_text("utf-8")
            kills += code == KILLED
            again = warm.do(closing_acts.restart, killed, disk, log=log)
            assert again == 0, f"{moment} {told['act']} {at}\n" + log.read_text("utf-8")
            remove_home(killed)
        if done.exists():
            return kills
        home = following
    pytest.fail("the way of a transfer has no end")
