"""The register of a transfer by commands, from what is due to the other archive's answer."""

from pathlib import Path
from uuid import uuid4

from sqlalchemy import update

from archive_service import clock
from archive_service.domain.transfer.transfer import TransferItem, TransferItemState
from tests.worlds.archive import open_home
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.transfers import RECEIVER, composed, make_permanent

TO = ("--to", RECEIVER)


def test_a_register_is_taken_to_its_answer(home: Path) -> None:
    archive, today = Command(home), str(clock.today())
    nothing = archive.run("transfer", "register", "--due", *TO, "--json", account="lan")
    assert (nothing.code, nothing.error["code"]) == (4, "transfer-nothing-due")
    with open_home(home) as services:
        make_permanent(services, OPEN_CODE, RESTRICTED_CODE)
        add_agency_head(services)
    due = archive.ask("transfer", "due", account="lan")["due"]
    assert {entry["code"] for entry in due} == {OPEN_CODE, RESTRICTED_CODE}
    assert OPEN_CODE in archive.run("transfer", "due", account="lan").stdout
    row = archive.ask("transfer", "register", "--due", *TO, account="lan")["id"]
    archive.ask("transfer", "amend", row, "--drop", RESTRICTED_CODE, account="lan")
    refused = archive.run("transfer", "approve", row, "--json", account="lan")
    assert (refused.code, refused.error["code"]) == (4, "act-not-allowed")
    archive.ask("transfer", "approve", row, "--number", "7/TTr", account=HEAD)
    waits = archive.run("transfer", "registered", row, "--on", today, account="lan")
    assert "Hạn trả lời của lưu trữ lịch sử" in waits.stderr
    declined = ("--decline", f"{OPEN_CODE}=Chưa có danh mục")
    told = archive.ask("transfer", "answer", row, "--on", today, *declined, account="lan")
    assert (told["state"], told["items"][0]["reason"]) == ("answered", "Chưa có danh mục")
    assert archive.ask("transfer", "show", row) == told
    assert archive.ask("transfer", "list", "--state", "answered")["transfers"] == [told]
    assert (
        "Đã có trả lời" in Command(home, settings={"COLUMNS": "240"}).run("transfer", "list").stdout
    )
    narrow = Command(home, settings={"COLUMNS": "80"})
    assert row in narrow.run("transfer", "list").stdout.splitlines()[0]
    withdrawn = archive.ask("transfer", "withdraw", row, "--reason", "Hoãn", account="lan")
    assert withdrawn["state"] == "withdrawn"


def test_a_register_that_was_withdrawn_waits_for_no_answer(home: Path) -> None:
    archive = Command(home)
    with open_home(home) as services:
        make_permanent(services, OPEN_CODE)
        add_agency_head(services)
    row = archive.ask("transfer", "register", OPEN_CODE, *TO, account="lan")["id"]
    archive.ask("transfer", "approve", row, account=HEAD)
    archive.ask("transfer", "registered", row, "--on", str(clock.today()), account="lan")
    told = archive.run("transfer", "withdraw", row, "--reason", "Hoãn", account="lan")
    assert (told.code, "Hạn trả lời" in told.stderr) == (0, False)


def test_what_cannot_be_registered_is_told_by_the_exit_code(home: Path) -> None:
    archive = Command(home)
    refused = archive.run("transfer", "register", OPEN_CODE, *TO, "--json", account="lan")
    assert (refused.code, refused.document["id"]) == (1, None)
    assert refused.document["items"][0]["refusal"]["code"] == "not-permanent"
    shown = archive.run("transfer", "register", OPEN_CODE, *TO, account="lan")
    assert OPEN_CODE in shown.stdout
    assert shown.stderr.splitlines()[:2] == [
        "1 hồ sơ – Không đăng ký được: 1",
        "Không hồ sơ nào được đưa vào đăng ký.",
    ]
    for codes in ((), (OPEN_CODE, "--due")):
        odd = archive.run("transfer", "register", *codes, *TO, "--json", account="lan")
        assert (odd.code, odd.error["code"]) == (2, "command-usage")
    gone = archive.run("transfer", "show", uuid4(), "--json", account="lan")
    assert (gone.code, gone.error["code"]) == (3, "transfer-not-found")


def code_of(number: int) -> str:
    return f"H40.18.{number:03}"


def test_a_command_on_many_case_files_counts_them_and_names_those_in_trouble(home: Path) -> None:
    archive = Command(home, settings={"COLUMNS": "240"})
    with open_home(home) as services:
        make_permanent(services, OPEN_CODE)
        row = composed(services, OPEN_CODE).id
        with services.writing() as session:
            for number in range(2, 131):
                told = {"ordinal": number, "code": code_of(number), "title": "Hồ sơ", "version": 1}
                session.add(TransferItem(transfer_id=row, **told))
    composing = archive.run("transfer", "amend", row, "--to", RECEIVER, account="lan")
    assert code_of(100) in composing.stdout
    assert code_of(101) not in composing.stdout
    assert f"Còn 30 hồ sơ nữa; archive transfer show {row} liệt kê đủ" in composing.stderr
    assert "130 hồ sơ – Có trong đăng ký: 130" in composing.stderr
    with open_home(home) as services, services.writing() as session:
        stopped = update(TransferItem).where(TransferItem.ordinal > 105)
        session.execute(stopped.values(state=TransferItemState.STOPPED, reason="Có lệnh"))
    given = ("transfer", "withdraw", row, "--reason", "Hoãn")
    withdrawn = archive.run(*given, account="lan")
    assert withdrawn.stdout == ""
    counted, *named, more, stands = withdrawn.stderr.splitlines()[:23]
    assert counted == "130 hồ sơ – Có trong đăng ký: 105; Bị dừng lại: 25"
    assert named == [f"{code_of(one)} – Bị dừng lại: Có lệnh" for one in range(106, 126)]
    assert more.startswith("Còn 5 hồ sơ khác cần xem")
    assert stands.endswith(": Đã rút")
    shown = archive.run("transfer", "show", row)
    assert all(code_of(one) in shown.stdout for one in range(2, 131))
    assert shown.stderr.splitlines()[:2] == [counted, stands]
    assert len(archive.ask("transfer", "show", row)["items"]) == 130
