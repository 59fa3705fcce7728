"""What two archives tell each other by network once a transfer is on its way."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.errors import ArchiveError
from archive_service.services import Services
from archive_service.worker import run_one
from retention.holds.acts import place_holds
from retention.transfer.given import Decision, Withdrawal
from retention.transfer.network import send as network_send
from retention.transfer.network.exchange import EXCHANGE_JOB, exchange
from retention.transfer.receiving.decide import decide
from retention.transfer.register import acts as register_acts
from retention.transfer.register.answer import withdraw
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.damage.broken_network import BrokenNetwork, Fault
from tests.worlds.site import listening
from tests.worlds.transfer.networked import moved_to, networked, send, spool
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def states(services: Services, row: UUID) -> tuple[str, dict[str, str]]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return told.state, {transfer_item.code: transfer_item.state for transfer_item in told.items}


def asked(two: TwoArchives) -> None:
    """The job that comes each quarter of an hour."""
    with two.giver.writing() as session:
        two.giver.jobs.add(session, EXCHANGE_JOB)
    do_all(two.giver)
    do_all(two.receiver)


def test_the_reply_is_asked_for_and_read_by_itself(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two):
        send(two, row)
        asked(two)
        assert states(two.giver, row)[0] == "sent"  # no reply yet
        lan = person(two.receiver, "lan")
        wrong = {RESTRICTED_CODE: "Bản quét mờ"}
        decide(two.receiver, row, Decision(returned=wrong), actor=lan)
        do_all(two.receiver)
        reply(two.receiver, row, actor=lan)
        asked(two)
        here = {OPEN_CODE: "receipted", RESTRICTED_CODE: "returned"}
        assert states(two.giver, row) == ("replied", here)
        asked(two)
        assert states(two.giver, row) == ("replied", here)
        told = network_send.sending_of(two.giver, row, actor=OPERATOR)
        assert told is not None
        assert (told.trouble, told.asked_last_at is not None) == (None, True)


def test_a_hold_that_is_placed_meanwhile_reaches_the_other_archive(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two):
        send(two, row)
        hung = person(two.giver, "hung")
        place_holds(two.giver, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
        asked(two)
        assert states(two.giver, row)[1][OPEN_CODE] == "stopped"
        there = {OPEN_CODE: "recalled", RESTRICTED_CODE: "arrived"}
        assert states(two.receiver, row) == ("received", there)
        asked(two)
        assert states(two.receiver, row) == ("received", there)


def test_a_withdrawn_transfer_leaves_both_clean(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two):
        send(two, row)
        withdraw(two.giver, row, Withdrawal(reason="Hoãn nộp"), actor=person(two.giver, "lan"))
        asked(two)
        assert states(two.receiver, row) == ("withdrawn", dict.fromkeys(BOTH, "recalled"))
        asked(two)
        assert spool(two.receiver) == []


@pytest.mark.parametrize("at", [2, 3, 4])
def test_one_that_is_withdrawn_while_it_is_sent_leaves_both_clean(
    two: TwoArchives, tmp_path: Path, at: int
) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two) as url, BrokenNetwork(url, Fault.CUT, at) as network:
        moved_to(two.giver, network.url)
        lan = person(two.giver, "lan")
        network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan)
        while run_one(two.giver) not in (None, "retry"):
            pass
        withdraw(two.giver, row, Withdrawal(reason="Hoãn nộp"), actor=lan)
        do_all(two.giver)
        asked(two)
        assert states(two.receiver, row) == ("withdrawn", dict.fromkeys(BOTH, "recalled"))
        assert spool(two.receiver) == []
        assert states(two.giver, row)[0] == "withdrawn"


def test_what_a_restored_archive_lost_is_sent_again(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two):
        before = copy_home(two.receiver.settings.home, tmp_path / "before")
        send(two, row)
    with open_home(before) as restored, listening(restored) as site:
        moved_to(two.giver, site.url)
        again = TwoArchives(two.giver, restored)
        asked(again)
        asked(again)
        assert states(restored, row) == ("received", dict.fromkeys(BOTH, "arrived"))
        assert states(two.giver, row) == ("sent", dict.fromkeys(BOTH, "sent"))


def test_a_disk_that_lost_what_came_is_sent_it_again(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two):
        lan = person(two.giver, "lan")
        network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan)
        do_all(two.giver)
        shutil.rmtree(two.receiver.settings.home / "transfer-inbox")
        do_all(two.receiver)
        assert states(two.receiver, row) == ("received", dict.fromkeys(BOTH, "awaited"))
        asked(two)
        assert states(two.receiver, row) == ("received", dict.fromkeys(BOTH, "arrived"))


def test_a_transfer_that_went_by_disk_is_not_asked_for(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    with pytest.raises(ArchiveError) as refused:
        exchange(two.giver, row, actor=person(two.giver, "lan"))
    assert refused.value.code == "transfer-not-by-network"


def test_commands_send_and_ask(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    archive = Command(two.giver.settings.home)
    for odd in ((), ("--to", tmp_path / "d", "--partner", "X")):
        wrong = archive.run("transfer", "send", row, *odd, "--json", account="lan")
        assert (wrong.code, wrong.error["code"]) == (2, "command-usage")
    with networked(two) as url:
        asks = archive.ask("transfer", "send", row, "--to", url, "--now", account="lan")
        assert (asks["sending"]["at_once"], asks["partner_code"]) == (True, HISTORICAL_CODE)
        again = archive.run("transfer", "send", row, "--partner", HISTORICAL_CODE, account="lan")
        job = archive.ask("job", "list", "--limit", 1)["jobs"][0]
        assert job["name"] == "send-transfer"
        for told_there in ("qua mạng", job["id"], "archive job list"):
            assert told_there in again.stderr
        do_all(two.giver)
        do_all(two.receiver)
        told = archive.ask("transfer", "exchange", row, account="lan")
        assert (told["state"], told["sending"]["packages_sent"]) == ("sent", 2)
        other = Command(two.receiver.settings.home)
        other.ask("transfer", "decide", row, account="lan")
        do_all(two.receiver)
        waits = other.run("transfer", "reply", row, "--to", "https://sxd.example", account="lan")
        assert "tự lấy về qua mạng" in waits.stderr
        assert archive.ask("transfer", "exchange", row, account="lan")["state"] == "replied"
