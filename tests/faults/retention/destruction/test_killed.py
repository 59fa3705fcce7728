"""Killed at the commits, writes and removals of a destruction: resumed, and never half-said."""

import itertools
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from tests.faults.retention.destruction import acts as destruction_acts
from tests.worlds.archive import copy_home, new_home, open_home, person, small_pdf_case
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.retention.removing import approved
from tests.worlds.servers.backends import read_settings, write_settings

KILLED = -signal.SIGKILL
CODES = ("H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT")
# How often it can be killed at least; fewer would mean that a killer was not asked.
LEAST = {Moment.COMMIT: 8, Moment.WRITE: 8, Moment.WRITTEN: 8, Moment.ERASE: 4, Moment.ERASED: 4}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two case files in two copies, whose destruction was approved."""
    folder = tmp_path_factory.mktemp("destruction")
    home = new_home(folder / "home")
    settings = read_settings(home)
    settings["storage"]["staging_grace_s"] = 0
    write_settings(home, settings)
    with open_home(home) as services:
        for code in CODES:
            source = small_pdf_case(folder / code, code=code)
            (identifier,) = submit(source, actor=person(services, "bach"), services=services)
            work(services, until_empty=True)
            accept(services, identifier, actor=person(services, "lan"))
            work(services, until_empty=True)
        approved(services, *CODES)
    destruction_acts.note_whole(home, home.parent / "whole.json")
    return home


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess() as started:
        yield started


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("moment", LEAST)
def test_it_is_resumed_wherever_it_was_killed(
    before: Path, tmp_path: Path, warm: WarmProcess, moment: Moment, step: int
) -> None:
    log = tmp_path / "log"
    for at in itertools.count(1, step):
        home = copy_home(before, tmp_path / f"{moment}-{at}")
        told = warm.do(destruction_acts.destroy_under, home, moment, at, log=log)
        assert told in (0, KILLED), log.read_text("utf-8")
        again = warm.do(destruction_acts.restart, home, before.parent / "whole.json", log=log)
        assert again == 0, f"{moment} {at}\n" + log.read_text("utf-8")
        if told == 0:
            break
    assert at > LEAST[moment]
