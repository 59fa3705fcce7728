"""The demo does the whole main job in a home of its own, and in no other."""

import json
import os
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from archive_service.bootstrap import EraseCredentialsMissingError
from archive_service.demo import destroying
from archive_service.demo.commands import TerminalTeller
from archive_service.demo.home import DemoHomeBusyError, DemoHomeForeignError, make_home
from archive_service.demo.people import ACCOUNTS_FILE, read_accounts
from archive_service.demo.stage import DemoUnprovedError, Stage
from archive_service.domain.people.account import Role
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.settings import DEMO_MARK, load_settings
from tests.worlds.archive import person
from tests.worlds.retention.removing import (
    MARKED,
    approved,
    case_of,
    marked_home,
    open_with_erasers,
)

STEPS = [
    *("set-up", "submit", "return", "accept", "digitize"),
    *("search", "station", "retention", "heal", "destroy", "second-archive", "wait", "audit"),
]


# Nobody listens there, and nobody is named who may erase.
BUCKETS = [f"s3://keep:secret@127.0.0.1:9/{name}?secure=false" for name in ("kho-1", "kho-2")]


def _archive(
    home: Path, *words: str, settings: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "archive_service.main", "--home", str(home), *words]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    env = clean | dict(settings or {})
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


def test_the_demo_runs_twice_and_its_home_opens_afterwards(tmp_path: Path) -> None:
    home = tmp_path / "kho lưu trữ"
    make_home(home)
    (home / "left by an earlier run").write_text("x")
    told = _archive(home, "demo", "--servers-end", "--json", "--lang", "en")
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    assert [step["step"] for step in document["steps"]] == STEPS
    assert not (home / "left by an earlier run").exists()
    by_name = {step["step"]: step for step in document["steps"]}
    assert [entry["copies"] for entry in by_name["accept"]["stored"]] == [["kho-1", "kho-2"]] * 2
    assert by_name["digitize"]["version"] == 2
    station = by_name["station"]
    assert (station["sheets"], station["pages"]) == (2, 2)
    assert len(by_name["heal"]["found"]["damaged"]) == 1
    destroyed = by_name["destroy"]
    assert destroyed["comparison"]["found_again"] == 0
    assert {"kho-1", "kho-2"} <= {place.rpartition(":")[2] for place in destroyed["places"]}
    _is_left_to_do(home, by_name["wait"])
    assert by_name["audit"]["ok"] is True
    assert document["serve"] is None  # its servers end with it: how to keep some is told instead
    kept = " ".join(document["keep_servers"])
    assert (
        kept.index("make services")
        < kept.index(f"ARCHIVE_HOME='{home}'")
        < kept.index("make serve ")
    )

    accounts = read_accounts(home)
    assert len(accounts) == len({role for _, _, role in accounts}) == 10
    assert stat.S_IMODE((home / ACCOUNTS_FILE).stat().st_mode) == 0o600
    assert not any(password in told.stdout for _, password, _ in accounts)

    target = tmp_path / "sao-y.pdf"
    words = (station["code"], "2", "--form", "sao-y", "--to", str(target))
    signed = _archive(home, "--as", "vanthu", "sign", "copy", *words)
    assert signed.returncode == 0, signed.stderr  # the seal was handed over
    assert target.stat().st_size

    _can_be_transferred_to(home, document["second_archive"])
    checked = _archive(home, "fixity", "check", "--json")
    assert checked.returncode == 0, checked.stderr
    lists = _told(home, "disposition", "list")["dispositions"]
    (row,) = [one["id"] for one in lists if one["state"] == "executed"]
    paper = tmp_path / "quyet-dinh.pdf"
    _archive(home, "disposition", "print", row, "decision", "--to", str(paper))
    with pypdfium2.PdfDocument(paper) as document:
        told = document[0].get_textpage().get_text_range()
    assert "ỦY BAN NHÂN DÂN" in unicodedata.normalize("NFC", told)
    settings = load_settings(home)
    assert settings.storage.copies == ["file:kho-1", "file:kho-2"]
    assert settings.archive.code == "H40.99"


def _is_left_to_do(home: Path, waits: dict[str, Any]) -> None:
    """Every role signs in to work: what the chapter told lies there, as other commands see it."""
    assert set(waits["at_desk"]) == {"clean", "warning", "error"}
    listed = json.loads(_archive(home, "submission", "list", "--json").stdout)["submissions"]
    checked = {entry["code"] for entry in listed if entry["state"] == "checked"}
    assert checked == set(waits["at_desk"].values())
    assert waits["file_plan"]["state"] == "draft"
    assert 0 < waits["called_in"]["overdue"] < waits["called_in"]["count"]
    quarantined = {entry["code"] for entry in listed if entry["state"] == "quarantined"}
    assert quarantined == {waits["marked"]}
    assert [entry["state"] for entry in _told(home, "keep-back", "list")["requests"]] == ["asked"]
    (incident,) = _told(home, "incident", "list")["incidents"]
    assert (incident["kind"], incident["facts"]["code"]) == ("secrecy-mark-found", waits["marked"])
    batches = {one["batch"]: one for one in _told(home, "scan", "list")["batches"]}
    assert batches[waits["batch"]]["state"] == "review"
    lists = {
        one["number"]: one["state"] for one in _told(home, "disposition", "list")["dispositions"]
    }
    assert lists[waits["destruction"]] == "submitted"
    (register,) = _told(home, "transfer", "list")["transfers"]
    assert (register["number"], register["state"]) == (waits["register"], "draft")
    (paper,) = _told(home, "--as", "phutrach", "sign", "list")["signing_requests"]
    assert paper["state"] == "waiting"


def _can_be_transferred_to(home: Path, second: dict[str, Any]) -> None:
    """An archive apart, whose people sign in; each of the two knows how the other signs."""
    other = Path(second["home"])
    assert {role for _, _, role in read_accounts(other)} == {"admin", "archivist", "head"}
    assert load_settings(other).archive.role == "historical"
    assert _told(other, "case", "list")["cases"] == []
    (taker,) = _told(home, "partner", "list")["partners"]
    (giver,) = _told(other, "partner", "list")["partners"]
    assert taker["receives"]
    assert taker["url"] == second["serve"]["url"].rstrip("/")
    assert giver["gives"]
    assert giver["code"] == load_settings(home).archive.code
    assert taker["code"] == load_settings(other).archive.code
    assert taker["certificates"] != giver["certificates"]


def _told(home: Path, *words: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_archive(home, *words, "--json").stdout)
    return told


def test_a_folder_that_the_demo_did_not_make_is_left_as_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "thesis.txt"
    kept.write_text("mine")
    told = _archive(tmp_path, "demo", "--json")
    assert told.returncode == 4
    assert json.loads(told.stdout)["error"]["code"] == "demo-home-foreign"
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_a_link_to_another_folder_is_no_home_of_the_demo(tmp_path: Path) -> None:
    make_home(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(DemoHomeForeignError):
        make_home(tmp_path / "link")


def test_a_home_in_use_is_not_removed(tmp_path: Path) -> None:
    make_home(tmp_path)
    with (tmp_path / "archive.db").open("w"), pytest.raises(DemoHomeBusyError):
        make_home(tmp_path)
    assert (tmp_path / "archive.db").exists()
    make_home(tmp_path)
    assert not (tmp_path / "archive.db").exists()
    assert (tmp_path / DEMO_MARK).exists()


def test_buckets_from_which_nobody_may_erase_end_the_demo_before_it_begins(tmp_path: Path) -> None:
    settings = {"ARCHIVE_STORAGE__COPIES": json.dumps(BUCKETS)}
    told = _archive(tmp_path, "demo", "--json", settings=settings)
    assert told.returncode == 2, told.stderr
    assert json.loads(told.stdout)["error"]["code"] == EraseCredentialsMissingError.code
    assert "Traceback" not in told.stderr


def test_a_destruction_that_was_refused_is_told_with_its_reason(tmp_path: Path) -> None:
    with open_with_erasers(marked_home(tmp_path, backed_up=False)) as services:
        (item,) = approved(services, MARKED)
        with services.read_only() as session:
            row = session.get_one(DispositionItem, item).disposition_id
        storage = services.settings.storage.model_copy(update={"copies": BUCKETS})
        settings = services.settings.model_copy(update={"storage": storage})
        stage = Stage(replace(services, settings=settings), TerminalTeller(StringIO()), "en")
        stage.people[Role.ARCHIVIST] = person(services, "lan")
        with pytest.raises(DemoUnprovedError, match=EraseCredentialsMissingError.code):
            destroying._carry_out(stage, row, case_of(services, MARKED).id)
