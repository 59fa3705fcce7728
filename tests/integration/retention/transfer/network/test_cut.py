"""A transfer over a network that is cut at every request, loses answers, or says things twice."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from retention.transfer.given import Decision
from retention.transfer.network.client import PartnerSilentError
from retention.transfer.network.exchange import exchange
from retention.transfer.receiving.decide import decide
from retention.transfer.register import acts as register_acts
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.damage.broken_network import BrokenNetwork, Fault
from tests.worlds.site import listening
from tests.worlds.transfer.networked import acquaint, moved_to, send, spool
from tests.worlds.transfer.transfers import TwoArchives, built, two_archives

EVERY = 2  # of the requests of one run are disturbed


@dataclass
class Begun:
    """Two archives that know each other, and a transfer that is built."""

    folder: Path
    row: UUID


@pytest.fixture(scope="module")
def begun(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    folder = tmp_path_factory.mktemp("network")
    with two_archives(held_home, folder) as two:
        row = built(two.giver, folder / "out", OPEN_CODE, RESTRICTED_CODE)
        acquaint(two, "http://127.0.0.1:1")
    return Begun(folder, row)


@contextmanager
def once_more(begun: Begun, place: Path) -> Iterator[tuple[TwoArchives, BrokenNetwork]]:
    """The same, untouched, with a network between that does as it is told."""
    giver = copy_home(begun.folder / "giver", place / "giver")
    receiver = copy_home(begun.folder / "receiver", place / "receiver")
    with open_home(giver) as giving, open_home(receiver) as receiving:
        two = TwoArchives(giving, receiving)
        with listening(receiving) as site, BrokenNetwork(site.url) as network:
            moved_to(giving, network.url)
            yield two, network


def exchanged(two: TwoArchives, row: UUID) -> None:
    """The whole way: sent, decided, replied, and the reply read by asking as often as needed."""
    send(two, row)
    lan = person(two.receiver, "lan")
    decide(two.receiver, row, Decision(), actor=lan)
    do_all(two.receiver)
    reply(two.receiver, row, actor=lan)
    for _ in range(5):
        with suppress(PartnerSilentError):
            exchange(two.giver, row, actor=person(two.giver, "lan"))
            break


def require_agreement(two: TwoArchives, row: UUID) -> None:
    """Both sides tell the same of each case file, and nothing is left on the way."""
    given = register_acts.show(two.giver, row, actor=OPERATOR)
    taken = register_acts.show(two.receiver, row, actor=OPERATOR)
    assert given.state == "replied"
    assert {transfer_item.state for transfer_item in given.items} == {"receipted"}
    assert {transfer_item.state for transfer_item in taken.items} == {"stored"}
    here = {transfer_item.code: transfer_item.receipt for transfer_item in given.items}
    there = {transfer_item.code: transfer_item.receipt for transfer_item in taken.items}
    assert here == there
    assert all((entry or {})["package_sha256"] for entry in here.values())
    assert spool(two.receiver) == []


@pytest.fixture(scope="module")
def requests(begun: Begun, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is asked on the whole way where nothing goes wrong."""
    with once_more(begun, tmp_path_factory.mktemp("whole")) as (two, network):
        exchanged(two, begun.row)
        require_agreement(two, begun.row)
        return network.requests


def test_a_way_has_all_its_requests(requests: list[str]) -> None:
    assert len(requests) >= 8


@pytest.mark.parametrize("at", range(1, EVERY + 1))
@pytest.mark.parametrize("fault", Fault)
def test_both_sides_agree_whatever_becomes_of_each_request_when_it_first_comes(
    begun: Begun, requests: list[str], tmp_path: Path, fault: Fault, at: int
) -> None:
    with once_more(begun, tmp_path) as (two, network):
        network.fault, network.at, network.every = fault, at, EVERY
        exchanged(two, begun.row)
        assert set(network.requests) >= set(requests)
        require_agreement(two, begun.row)


@pytest.mark.long
@pytest.mark.parametrize("fault", Fault)
def test_both_sides_agree_whatever_becomes_of_one_request(
    begun: Begun, requests: list[str], tmp_path: Path, fault: Fault
) -> None:
    for at in range(1, len(requests) + 1):
        with once_more(begun, tmp_path / str(at)) as (two, network):
            network.fault, network.at = fault, at
            exchanged(two, begun.row)
            assert len(network.requests) >= at
            require_agreement(two, begun.row)


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.1, 0.6, 0.999])
def test_several_packages_in_one_request_may_be_cut_at_any_byte(
    begun: Begun, tmp_path: Path, share: float
) -> None:
    """Before or in the line that names them, in the first of them, in the last."""
    with once_more(begun, tmp_path) as (two, network):
        network.fault, network.at, network.share = Fault.HALF, 4, share
        send(two, begun.row)
        assert network.requests[3] == f"POST /api/v1/transfers/incoming/{begun.row}/packages"
        assert len(network.requests) > 5  # asked again, and sent what lacked
        for services, state, item in (
            (two.giver, "sent", "sent"),
            (two.receiver, "received", "arrived"),
        ):
            told = register_acts.show(services, begun.row, actor=OPERATOR)
            assert (told.state, {transfer_item.state for transfer_item in told.items}) == (
                state,
                {item},
            )
        assert spool(two.receiver) == []
