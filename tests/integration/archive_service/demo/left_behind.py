"""What a demo did and left: looked at in its home, by the command."""

import stat
import unicodedata
from pathlib import Path
from typing import Any

import pypdfium2

from archive_service.demo.commands import _how_to_keep
from archive_service.demo.people import ACCOUNTS_FILE, read_accounts
from archive_service.settings import load_settings
from tests.worlds.command import Command

STEPS = [
    *("set-up", "submit", "return", "accept", "digitize"),
    *("search", "station", "retention", "heal", "destroy", "second-archive", "wait", "audit"),
]


def require_demo(home: Path, document: dict[str, Any], papers: Path) -> None:
    """Each step proved itself, as ``document`` tells, and the home opens; ``papers``: a folder."""
    assert [step["step"] for step in document["steps"]] == STEPS
    by_name = {step["step"]: step for step in document["steps"]}
    assert [entry["copies"] for entry in by_name["accept"]["stored"]] == [["kho-1", "kho-2"]] * 2
    assert by_name["digitize"]["version"] == 2
    station = by_name["station"]
    assert (station["sheets"], station["pages"]) == (2, 2)
    assert len(by_name["heal"]["found"]["damaged"]) == 1
    destroyed = by_name["destroy"]
    assert destroyed["comparison"]["found_again"] == 0
    assert {"kho-1", "kho-2"} <= {place.rpartition(":")[2] for place in destroyed["places"]}
    archive = Command(home)
    _is_left_to_do(archive, by_name["wait"])
    assert by_name["audit"]["ok"] is True
    kept = " ".join(_how_to_keep(document, "en"))  # where its servers end with it
    assert (
        kept.index("make services")
        < kept.index(f"ARCHIVE_HOME='{home}'")
        < kept.index("make serve ")
    )

    accounts = read_accounts(home)
    assert [len(accounts), len({role for _, _, role in accounts})] == [11, 10]
    assert stat.S_IMODE((home / ACCOUNTS_FILE).stat().st_mode) == 0o600
    assert not any(password in str(document) for _, password, _ in accounts)

    target = papers / "sao-y.pdf"
    words = (station["code"], 2, "--form", "sao-y", "--to", target)
    signed = archive.run("sign", "copy", *words, account="vanthu")
    assert signed.code == 0, signed.stderr  # the seal was handed over
    assert target.stat().st_size

    _can_be_transferred_to(archive, document["second_archive"])
    archive.ask("fixity", "check")
    lists = archive.ask("disposition", "list")["dispositions"]
    (row,) = [one["id"] for one in lists if one["state"] == "executed"]
    paper = papers / "quyet-dinh.pdf"
    archive.run("disposition", "print", row, "decision", "--to", paper)
    with pypdfium2.PdfDocument(paper) as decision:
        told = decision[0].get_textpage().get_text_range()
    assert "ỦY BAN NHÂN DÂN" in unicodedata.normalize("NFC", told)
    settings = load_settings(home)
    assert settings.storage.copies == ["file:kho-1", "file:kho-2"]
    assert settings.archive.code == "H40.99"


def _is_left_to_do(archive: Command, waits: dict[str, Any]) -> None:
    """Every role signs in to work: what the chapter told lies there, as other commands see it."""
    assert set(waits["at_desk"]) == {"clean", "warning", "error"}
    listed = archive.ask("submission", "list")["submissions"]
    checked = {entry["code"] for entry in listed if entry["state"] == "checked"}
    assert checked == set(waits["at_desk"].values())
    assert waits["file_plan"]["state"] == "draft"
    assert 0 < waits["called_in"]["overdue"] < waits["called_in"]["count"]
    quarantined = {entry["code"] for entry in listed if entry["state"] == "quarantined"}
    assert quarantined == {waits["marked"]}
    assert [entry["state"] for entry in archive.ask("keep-back", "list")["requests"]] == ["asked"]
    (incident,) = archive.ask("incident", "list")["incidents"]
    assert (incident["kind"], incident["facts"]["code"]) == ("secrecy-mark-found", waits["marked"])
    batches = {one["batch"]: one for one in archive.ask("scan", "list")["batches"]}
    assert batches[waits["batch"]]["state"] == "review"
    lists = {
        one["number"]: one["state"] for one in archive.ask("disposition", "list")["dispositions"]
    }
    assert lists[waits["destruction"]] == "submitted"
    (register,) = archive.ask("transfer", "list")["transfers"]
    assert (register["number"], register["state"]) == (waits["register"], "draft")
    (paper,) = archive.ask("sign", "list", account="phutrach")["signing_requests"]
    assert paper["state"] == "waiting"


def _can_be_transferred_to(archive: Command, second: dict[str, Any]) -> None:
    """An archive apart, whose people sign in; each of the two knows how the other signs."""
    other = Path(second["home"])
    assert {role for _, _, role in read_accounts(other)} == {"admin", "archivist", "head"}
    assert load_settings(other).archive.role == "historical"
    assert Command(other).ask("case", "list")["cases"] == []
    (taker,) = archive.ask("partner", "list")["partners"]
    (giver,) = Command(other).ask("partner", "list")["partners"]
    assert taker["receives"]
    assert taker["url"] == second["serve"]["url"].rstrip("/")
    assert giver["gives"]
    assert giver["code"] == load_settings(archive.home).archive.code
    assert taker["code"] == load_settings(other).archive.code
    assert taker["certificates"] != giver["certificates"]
