"""Registers at the terminal: sent, answered, and listed when they are late."""

import datetime as dt
from pathlib import Path

from archive_service import clock
from archive_service.domain.transfer.transfer import Transfer, TransferState
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.transfer.registers import announced, to_send
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
WHY = "Không thuộc thành phần nộp lưu"


def test_late_ones_are_listed_on_both_desks(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path, OPEN_CODE)
    for services in (two.giver, two.receiver):
        archive = Command(services.settings.home)
        assert archive.ask("transfer", "list", "--late")["transfers"] == []
        with services.writing() as session:
            transfer = session.get_one(Transfer, row)
            assert transfer.state is TransferState.REGISTERED
            transfer.answer_due = clock.today() - dt.timedelta(days=1)
        (told,) = archive.ask("transfer", "list", "--late")["transfers"]
        assert told["id"] == str(row)


def test_the_commands_send_and_answer(two: TwoArchives, tmp_path: Path) -> None:
    row = to_send(two, *BOTH)
    here, there = Command(two.giver.settings.home), Command(two.receiver.settings.home)
    wrong = here.run("transfer", "send-register", row, "--json", account="lan")
    assert (wrong.code, wrong.error["code"]) == (2, "command-usage")
    said = here.run("transfer", "send-register", row, "--to", tmp_path, account="lan")
    assert str(tmp_path / "register-001.xml") in said.stderr
    assert there.ask("transfer", "receive", tmp_path, account="lan")["state"] == "registered"
    again = there.run("transfer", "receive", tmp_path, account="lan").stderr
    assert "gói tin trong lần này" not in again  # a register alone
    wanted = (clock.today() + dt.timedelta(days=9)).isoformat()
    said = there.run(
        *("transfer", "answer-register", row, "--decline", f"{OPEN_CODE}={WHY}"),
        *("--wanted-on", wanted, "--number", "9/LTLS", "--to", tmp_path),
        account="lan",
    )
    assert str(tmp_path / "answer-001.xml") in said.stderr
    told = here.ask("transfer", "read-answer", tmp_path, account="lan")
    assert (told["state"], told["answer_number"], told["wanted_on"]) == (
        "answered",
        "9/LTLS",
        wanted,
    )
    do_all(two.receiver)
