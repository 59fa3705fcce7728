"""The register of a transfer by commands, from what is due to the other archive's answer."""

from pathlib import Path
from uuid import uuid4

from archive_service import clock
from tests.factories.archive import open_home
from tests.factories.clients import OPEN_CODE, RESTRICTED_CODE
from tests.factories.command import Command
from tests.factories.dispositions import HEAD, add_agency_head
from tests.factories.transfers import RECEIVER, make_permanent

TO = ("--to", RECEIVER)


def test_a_register_is_taken_to_its_answer(home: Path) -> None:
    archive, today = Command(home), str(clock.today())
    nothing = archive.run("transfer", "register", "--due", *TO, "--json", account="lan")
    assert (nothing.code, nothing.error["code"]) == (4, "transfer-nothing-due")
    with open_home(home) as services:
        make_permanent(services, OPEN_CODE, RESTRICTED_CODE)
        add_agency_head(services)
    due = archive.ask("transfer", "due", account="lan")["due"]
    assert {one["code"] for one in due} == {OPEN_CODE, RESTRICTED_CODE}
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


def test_what_cannot_be_registered_is_told_by_the_exit_code(home: Path) -> None:
    archive = Command(home)
    refused = archive.run("transfer", "register", OPEN_CODE, *TO, "--json", account="lan")
    assert (refused.code, refused.document["id"]) == (1, None)
    assert refused.document["items"][0]["refusal"]["code"] == "not-permanent"
    shown = archive.run("transfer", "register", OPEN_CODE, *TO, account="lan")
    assert "Không hồ sơ nào được đưa vào đăng ký." in shown.stderr
    for codes in ((), (OPEN_CODE, "--due")):
        odd = archive.run("transfer", "register", *codes, *TO, "--json", account="lan")
        assert (odd.code, odd.error["code"]) == (2, "command-usage")
    gone = archive.run("transfer", "show", uuid4(), "--json", account="lan")
    assert (gone.code, gone.error["code"]) == (3, "transfer-not-found")
