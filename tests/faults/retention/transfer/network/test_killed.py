"""``kill -9`` of either archive in the middle of each request of a transfer over the network."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Role
from archive_service.domain.transfer.transfer import Transfer
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from retention.transfer.network import send as network_send
from retention.transfer.register import acts as register_acts
from tests.faults.archive_service.workflow.serving import Serving, Target
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, copy_home, new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, add_person, do_all, restricted_case
from tests.worlds.damage.broken_network import BrokenNetwork, Fault
from tests.worlds.papers.bad_input import small_case
from tests.worlds.transfer.networked import acquaint, moved_to, spool
from tests.worlds.transfer.transfers import TwoArchives, built, two_archives

PATIENCE_S = 120


@dataclass
class Begun:
    """Two archives that know each other, and a transfer that is built."""

    folder: Path
    row: UUID


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    folder = tmp_path_factory.mktemp("network")
    held = new_home(folder / "held")
    with open_home(held) as services:
        add_person(services, "quan", Role.ADMIN)
        small_case(folder / "open", code=OPEN_CODE)
        restricted_case(folder / "restricted", code=RESTRICTED_CODE)
        for name in ("open", "restricted"):
            bach, lan = person(services, "bach"), person(services, "lan")
            (submission,) = submit(folder / name, actor=bach, services=services)
            do_all(services)
            accept(services, submission, actor=lan)
        do_all(services)
    with two_archives(held, folder) as two:
        row = built(two.giver, folder / "out", OPEN_CODE, RESTRICTED_CODE)
        acquaint(two, "http://127.0.0.1:1")
    return Begun(folder, row)


@dataclass
class Pair:
    """Both archives at work, and what lies between them."""

    giver: Serving
    receiver: Serving
    network: BrokenNetwork

    def kill(self, side: str) -> None:
        """With its workers and the parent that would start them again; it is started anew."""
        serving: Serving = getattr(self, side)
        serving.kill(Target.BOTH)


@contextmanager
def at_work(begun: Begun, place: Path) -> Iterator[Pair]:
    """The same two archives, untouched, each served."""
    giver = Serving(copy_home(begun.folder / "giver", place / "giver"))
    receiver = Serving(copy_home(begun.folder / "receiver", place / "receiver"))
    with BrokenNetwork(receiver.url) as network:
        with open_home(giver.home) as services:
            moved_to(services, network.url)
            lan = person(services, "lan")
            network_send.send(services, begun.row, HISTORICAL_CODE, actor=lan)
        try:
            receiver.start()
            giver.start()
            yield Pair(giver, receiver, network)
        finally:
            giver.stop()
            receiver.stop()


def agree(pair: Pair, row: UUID) -> bool:
    """Whether all was sent, and all is at the door, once."""
    with open_home(pair.giver.home) as giver, open_home(pair.receiver.home) as receiver:
        two = TwoArchives(giver, receiver)
        return (
            states(two.giver, row) == {"sent"}
            and states(two.receiver, row) == {"arrived"}
            and spool(receiver) == []
        )


def states(services: Services, row: UUID) -> set[str]:
    with services.read_only() as session:
        if session.get(Transfer, row) is None:
            return set()
    told = register_acts.show(services, row, actor=OPERATOR)
    return {transfer_item.state for transfer_item in told.items}


def wait_for_agreement(pair: Pair, row: UUID) -> None:
    until = time.monotonic() + PATIENCE_S
    while not agree(pair, row):
        assert time.monotonic() < until, (pair.giver.words(), pair.receiver.words())
        time.sleep(0.3)


def kill_in(begun: Begun, place: Path, side: str, fault: Fault, at: int) -> None:
    """Kill a side in the middle of one request, or before its answer; both agree afterwards."""
    with at_work(begun, place) as pair:
        pair.network.fault, pair.network.at = fault, at
        pair.network.meanwhile = partial(pair.kill, side)
        wait_for_agreement(pair, begun.row)
        with open_home(pair.receiver.home) as receiver, receiver.read_only() as session:
            assert session.scalar(select(func.count()).select_from(Submission)) == 2


@pytest.mark.parametrize(
    ("side", "fault", "at"), [("giver", Fault.HALF, 4), ("receiver", Fault.LOST, 4)]
)
def test_both_sides_agree_whichever_is_killed_while_packages_go(
    begun: Begun, tmp_path: Path, side: str, fault: Fault, at: int
) -> None:
    kill_in(begun, tmp_path / "killed", side, fault, at)


@pytest.mark.long
@pytest.mark.parametrize("fault", [Fault.HALF, Fault.LOST])
@pytest.mark.parametrize("side", ["giver", "receiver"])
def test_both_sides_agree_whichever_is_killed_in_whatever_request(
    begun: Begun, tmp_path: Path, side: str, fault: Fault
) -> None:
    with at_work(begun, tmp_path / "whole") as pair:
        wait_for_agreement(pair, begun.row)
        total = len(pair.network.requests)
    assert total >= 5
    for at in range(1, total + 1):
        kill_in(begun, tmp_path / str(at), side, fault, at)
