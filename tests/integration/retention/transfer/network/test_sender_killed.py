"""``kill -9`` of the giver at each of its commits while a transfer goes over the network."""

import json
import signal
from pathlib import Path
from uuid import UUID

import pytest

from retention.transfer.given import Decision
from retention.transfer.network import send as network_send
from retention.transfer.network.exchange import EXCHANGE_JOB
from retention.transfer.receiving.decide import decide
from retention.transfer.register import acts as register_acts
from retention.transfer.reply.send_reply import reply
from tests.faults.retention.transfer.network import acts as network_acts
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.site import listening
from tests.worlds.transfer.networked import acquaint, moved_to, spool
from tests.worlds.transfer.transfers import built, two_archives

KILLED = -signal.SIGKILL
STEP = 3  # of its commits; each of them with what takes long


@pytest.fixture(scope="module")
def begun(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    """``giver`` and ``receiver`` that know each other; a transfer is to be sent."""
    folder = tmp_path_factory.mktemp("network")
    with two_archives(held_home, folder) as two:
        row = built(two.giver, folder / "out", OPEN_CODE, RESTRICTED_CODE)
        acquaint(two, "http://127.0.0.1:1")
        lan = person(two.giver, "lan")
        network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan)
    return folder, row


@pytest.fixture(scope="module")
def answered(
    begun: tuple[Path, UUID], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, UUID]:
    """The same when all was sent and decided: the reply is to be asked for."""
    folder, row = tmp_path_factory.mktemp("answered"), begun[1]
    for side in ("giver", "receiver"):
        copy_home(begun[0] / side, folder / side)
    with open_home(folder / "giver") as giver, open_home(folder / "receiver") as receiver:
        with listening(receiver) as site:
            moved_to(giver, site.url)
            do_all(giver)
            do_all(receiver)
        lan = person(receiver, "lan")
        decide(receiver, row, Decision(), actor=lan)
        do_all(receiver)
        reply(receiver, row, actor=lan)
        with giver.writing() as session:
            giver.jobs.add(session, EXCHANGE_JOB)
    return folder, row


def states(home: Path, row: UUID) -> tuple[str, set[str]]:
    with open_home(home) as services:
        told = register_acts.show(services, row, actor=OPERATOR)
        return told.state, {transfer_item.state for transfer_item in told.items}


def killed_everywhere(
    begun: tuple[Path, UUID],
    place: Path,
    warm: WarmProcess,
    ends: dict[str, tuple[str, set[str]]],
    *,
    step: int = 1,
) -> int:
    """How often it was killed; both sides end alike each time."""
    folder, row = begun
    log, counts, kills, at, total = place / "log", place / "counts", 0, 0, 1
    while at <= total:
        here = place / str(at)
        giver = copy_home(folder / "giver", here / "giver")
        with open_home(copy_home(folder / "receiver", here / "receiver")) as receiver:
            with listening(receiver) as site:
                with open_home(giver) as services:
                    moved_to(services, site.url)
                if at:
                    how = network_acts.killed, giver, Moment.COMMIT, at
                    kills += warm.do(*how, log=log) == KILLED
                else:
                    assert not warm.do(network_acts.counted, giver, counts, log=log)
                    total = json.loads(counts.read_text("utf-8"))[Moment.COMMIT]
                again = warm.do(network_acts.restart, giver, log=log)
                assert again == 0, log.read_text("utf-8")
            do_all(receiver)
            assert spool(receiver) == []
        for side, end in ends.items():
            assert states(here / side, row) == end, (at, side)
        at += step if at else 1
    return kills


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.long)])
def test_a_sender_that_is_killed_at_any_commit_sends_all_once(
    begun: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, step: int
) -> None:
    ends = {"giver": ("sent", {"sent"}), "receiver": ("received", {"arrived"})}
    assert killed_everywhere(begun, tmp_path, warm, ends, step=step) * step >= 6


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.long)])
def test_a_reply_is_taken_once_wherever_its_reader_is_killed(
    answered: tuple[Path, UUID], tmp_path: Path, warm: WarmProcess, step: int
) -> None:
    ends = {"giver": ("replied", {"receipted"}), "receiver": ("replied", {"stored"})}
    assert killed_everywhere(answered, tmp_path, warm, ends, step=step) * step >= 3
