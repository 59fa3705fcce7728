"""What proves custody goes out with everything: acts, signed messages of transfers, the trail."""

import csv
import hashlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.transfer.transfer import TransferMessage
from archive_service.worker import work
from tests.integration.archive_service.recovery.export.exported_holdings import (
    assert_sound,
    catalogue,
    exported,
)
from tests.worlds.archive import open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.shelf import object_of
from tests.worlds.transfer.transfers import built


@pytest.fixture
def handing(home: Path, tmp_path: Path) -> Path:
    """A home with a transfer that was built: its manifest is signed."""
    with open_home(home) as services:
        built(services, tmp_path / "transfer", RESTRICTED_CODE)
    return home


def custody(home: Path, folder: Path, *more: object, who: str = "hung") -> dict[str, Any]:
    """What the command says of it; all that lies in the folder is as its digests say."""
    answer = exported(home, folder, "aip", *more, who=who)
    assert answer.code == 0, answer
    assert_sound(folder)
    told: dict[str, Any] = answer.document["custody"]
    return told


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_the_head_of_the_archive_takes_all_as_it_lies_in_a_copy(
    handing: Path, tmp_path: Path, tools: ModuleType
) -> None:
    told = custody(handing, tmp_path / "out")
    valid, said = tools.bag_validate(tmp_path / "out" / "custody")
    assert valid, said
    data = tmp_path / "out" / "custody" / "data"
    for part in ("acts", "audit"):
        assert files(data / part) == files(handing / "kho1" / part)
    assert told["acts"] == len(list((data / "acts").rglob("*.json"))) > 0
    assert told["segments"] == len(list((data / "audit").iterdir())) > 0
    assert (told["files"], told["size_bytes"]) == (
        len(files(data)),
        sum(map(len, files(data).values())),
    )
    assert (told["left_out"], told["damaged"]) == ([], [])
    assert b'"case-file:exported"' in b"".join(files(data / "audit").values())


def test_each_message_of_a_transfer_is_a_file_and_listed(handing: Path, tmp_path: Path) -> None:
    told = custody(handing, tmp_path / "out", who="lan")
    data = tmp_path / "out" / "custody" / "data"
    with (data / "messages.csv").open(encoding="utf-8-sig", newline="") as rows:
        (row,) = csv.DictReader(rows)
    assert told["messages"] == 1
    document = (data / row["file"]).read_bytes()
    assert hashlib.sha256(document).hexdigest() == row["sha256"]
    assert document == (tmp_path / "transfer" / "manifest.xml").read_bytes()
    assert (row["kind"], row["direction"], row["sequence"]) == ("manifest", "out", "1")
    assert (row["agency"], row["transfer_direction"]) == ("H40.18", "out")
    assert row["transfer"] in row["file"]


def test_the_trail_goes_to_who_may_read_it_and_nothing_to_the_operator(
    handing: Path, tmp_path: Path, tools: ModuleType
) -> None:
    folder = tmp_path / "out"
    custody(handing, folder)
    assert custody(handing, folder, who="lan")["left_out"] == ["audit"]
    assert not (folder / "custody" / "data" / "audit").exists()
    valid, said = tools.bag_validate(folder / "custody")
    assert valid, said
    given = ("case", "export", "--all", "--form", "aip", "--to", folder, "--json")
    told = Command(handing).run(*given).document["custody"]
    assert told["left_out"] == ["messages", "acts", "audit"]
    assert not (folder / "custody").exists()
    assert_sound(folder)


def test_of_one_agency_its_messages_go_and_of_a_year_nothing(handing: Path, tmp_path: Path) -> None:
    ours = custody(handing, tmp_path / "ours", "--agency", "H40.18")
    assert (ours["messages"], ours["left_out"]) == (1, ["acts", "audit"])
    other = custody(handing, tmp_path / "other", "--agency", "H40.20")
    assert (other["messages"], other["files"]) == (0, 1)
    year = custody(handing, tmp_path / "year", "--year", 2025)
    assert year["left_out"] == ["messages", "acts", "audit"]
    assert not (tmp_path / "year" / "custody").exists()


def test_the_words_tell_what_went_along_and_what_did_not(handing: Path, tmp_path: Path) -> None:
    given = ("case", "export", "--all", "--form", "aip", "--to", tmp_path / "out", "--lang", "en")
    said = Command(handing).run(*given, account="lan")
    assert said.code == 0
    assert "1 messages of transfers" in said.stdout + said.stderr
    assert "Left out of it: the audit trail." in said.stdout + said.stderr


def test_a_damaged_act_comes_from_another_copy_and_what_is_sound_in_none_is_told(
    handing: Path, tmp_path: Path
) -> None:
    act = min((handing / "kho1" / "acts" / "receipt").glob("*.pdf"))
    place, whole = act.relative_to(handing / "kho1"), act.read_bytes()
    spoil(handing / "kho1" / place)
    custody(handing, tmp_path / "out")
    data = tmp_path / "out" / "custody" / "data"
    assert (data / place).read_bytes() == whole
    spoil(handing / "kho2" / place)
    answer = exported(handing, tmp_path / "again", who="hung")
    assert answer.code == 1
    assert answer.document["custody"]["damaged"] == [str(place)]
    said = Command(handing).run(
        "case", "export", "--all", "--form", "aip", "--to", tmp_path / "again", account="hung"
    )
    assert (said.code, str(place) in said.stdout.splitlines()) == (1, True)


def spoil(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def test_beside_each_package_lies_what_each_version_held(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with open_home(home) as services:
        edits = {0: {"description": "Sửa"}}
        lan = person(services, "lan")
        describe_case_file(services, OPEN_CODE, edits, reason="Bổ sung", actor=lan)
        work(services, until_empty=True)
    custody(home, folder)
    for code, versions in ((OPEN_CODE, 2), (RESTRICTED_CODE, 1)):
        package, stored = folder / catalogue(folder)[code]["file"], object_of(home / "kho1", code)
        beside = sorted(package.parent.glob(f"{package.stem}.v*.inventory.json"))
        assert [path.read_bytes() for path in beside] == [
            (stored.root / f"v{number}" / "inventory.json").read_bytes()
            for number in range(1, versions + 1)
        ]
    for copy in ("kho1", "kho2"):
        spoil(object_of(home / copy, OPEN_CODE).root / "v1" / "inventory.json")
    for path in folder.rglob("*.v1.inventory.json"):
        path.unlink()
    answer = exported(home, folder, who="hung")
    assert answer.code == 1
    (damaged,) = answer.document["custody"]["damaged"]
    assert damaged.endswith(" v1")
    assert answer.document["packages"] == 2


def test_a_message_that_was_changed_in_the_database_does_not_go_out(
    handing: Path, tmp_path: Path
) -> None:
    with open_home(handing) as services, services.writing() as session:
        message = session.query(TransferMessage).one()
        message.document += " "
    answer = exported(handing, tmp_path / "out", who="hung")
    assert answer.code == 1
    (key,) = answer.document["custody"]["damaged"]
    assert key.startswith("messages/")


def test_what_is_there_as_it_should_be_is_not_written_again(handing: Path, tmp_path: Path) -> None:
    custody(handing, tmp_path / "out")
    data = tmp_path / "out" / "custody" / "data"
    before = {path: path.stat().st_ino for path in (data / "acts").rglob("*.*")}
    (act, *others) = sorted(path for path in before if path.suffix == ".json")
    content = act.read_bytes()
    act.write_bytes(content + b" ")
    act.with_name(f".{others[0].name}.part").write_bytes(b"")  # of who was killed
    others[0].unlink()
    custody(handing, tmp_path / "out")
    assert act.read_bytes() == content
    after = {path: path.stat().st_ino for path in (data / "acts").rglob("*.*")}
    assert after.keys() == before.keys()
    changed = {path for path in before if after[path] != before[path]}
    assert changed <= {act, others[0]}


def test_what_one_copy_alone_has_is_taken(handing: Path, tmp_path: Path) -> None:
    for part in ("acts/receipt", "audit"):
        for path in sorted((handing / "kho1" / part).iterdir()):
            path.unlink()
    told = custody(handing, tmp_path / "out")
    data = tmp_path / "out" / "custody" / "data"
    assert files(data / "acts") == files(handing / "kho2" / "acts")
    assert told["damaged"] == []
