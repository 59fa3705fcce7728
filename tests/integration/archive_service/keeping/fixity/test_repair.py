"""Damage in a copy is told by its right name, and healed only from what verifies."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.integration.archive_service.keeping.fixity.repaired_files import (
    checked,
    key_of,
    original,
    repaired,
)
from tests.worlds.command import Command
from tests.worlds.main_job import A_CODE, B_CODE, Held
from tests.worlds.shelf import StoredObject, object_of, tree_of

TROUBLES = ("damaged", "missing", "unexpected", "unreachable")


def named(document: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """The troubles that a report names: kind → copy and key."""
    return {
        kind: [(entry["copy"], entry["key"]) for entry in document[kind]]
        for kind in TROUBLES
        if document[kind]
    }


def flip(file: Path) -> None:
    """Change one bit in the middle."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut(file: Path) -> None:
    """Lose the last byte."""
    file.write_bytes(file.read_bytes()[:-1])


def test_what_is_intact_is_told_as_intact(held: Held) -> None:
    code, document = checked(held.archive)
    assert code == 0
    assert named(document) == {}
    assert document["checked"] == document["intact"] > 100
    assert document["bytes"] > 0
    assert set(document) == {"checked", "bytes", "intact", *TROUBLES}


@pytest.mark.parametrize("spoil", [flip, cut])
def test_a_changed_file_is_damaged_and_healed_from_the_other_copy(
    spoilt: Held, spoil: Callable[[Path], None]
) -> None:
    file = original(spoilt)
    before, sound = file.read_bytes(), checked(spoilt.archive)[1]
    spoil(file)
    code, document = checked(spoilt.archive)
    key = key_of(spoilt, file)
    assert code == 5
    assert named(document) == {"damaged": [("kho1", key)]}
    code, report = repaired(spoilt.archive)
    assert (code, report) == (0, {"repaired": [{"copy": "kho1", "key": key}], "failed": []})
    assert file.read_bytes() == before
    code, after = checked(spoilt.archive)
    assert code == 0
    assert after["intact"] >= sound["intact"]


def test_a_removed_file_is_missing_and_comes_back(spoilt: Held, tools: ModuleType) -> None:
    stored = object_of(spoilt.home / "kho2", B_CODE)
    file = stored.file("METS.xml")
    before = file.read_bytes()
    file.unlink()
    code, document = checked(spoilt.archive)
    assert code == 5
    assert named(document) == {"missing": [("kho2", key_of(spoilt, file, "kho2"))]}
    assert repaired(spoilt.archive)[0] == 0
    assert file.read_bytes() == before
    assert tools.ocfl_validate(stored.root)[0]


def test_an_extra_file_is_unexpected_and_left_alone(spoilt: Held) -> None:
    stored = object_of(spoilt.home / "kho1", A_CODE)
    extra = stored.root / "v1" / "content" / "ghi chu.txt"
    extra.write_text("không ai nộp tệp này", encoding="utf-8")
    key = key_of(spoilt, extra)
    code, document = checked(spoilt.archive)
    assert code == 5
    assert named(document) == {"unexpected": [("kho1", key)]}
    code, report = repaired(spoilt.archive)
    assert (code, report) == (5, {"repaired": [], "failed": [{"copy": "kho1", "key": key}]})
    assert extra.exists()


def test_two_files_swapped_are_both_damaged(spoilt: Held) -> None:
    one, other = original(spoilt), original(spoilt, number=1)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    code, document = checked(spoilt.archive)
    assert code == 5
    assert sorted(named(document)["damaged"]) == sorted(
        ("kho1", key_of(spoilt, file)) for file in (one, other)
    )
    assert repaired(spoilt.archive)[0] == 0
    assert (one.read_bytes(), other.read_bytes()) == (first, second)


@pytest.mark.parametrize("name", ["inventory.json", "inventory.json.sha256", "v1/inventory.json"])
def test_a_damaged_inventory_is_told_and_healed(spoilt: Held, tools: ModuleType, name: str) -> None:
    stored = object_of(spoilt.home / "kho1", B_CODE)
    file = stored.root / name
    before = file.read_bytes()
    flip(file)
    code, document = checked(spoilt.archive)
    assert code == 5
    assert ("kho1", key_of(spoilt, file)) in named(document)["damaged"]
    assert repaired(spoilt.archive)[0] == 0
    assert file.read_bytes() == before
    assert tools.ocfl_validate(stored.root)[0]


@pytest.mark.parametrize("folder", ["acts/receipt", "audit", "acts/agency"])
def test_evidence_beside_the_packages_is_checked_and_healed(spoilt: Held, folder: str) -> None:
    file = min((spoilt.home / "kho1" / folder).iterdir())
    before = file.read_bytes()
    flip(file)
    code, document = checked(spoilt.archive)
    assert code == 5
    assert named(document) == {"damaged": [("kho1", key_of(spoilt, file))]}
    assert repaired(spoilt.archive)[0] == 0
    assert file.read_bytes() == before


def test_a_whole_object_that_is_gone_comes_back_whole(spoilt: Held, tools: ModuleType) -> None:
    stored = object_of(spoilt.home / "kho1", B_CODE)
    before = tree_of(stored.root)
    shutil.rmtree(stored.root)
    code, document = checked(spoilt.archive)
    assert code == 5
    assert {entry["copy"] for entry in document["missing"]} == {"kho1"}
    assert len(document["missing"]) == len(before)
    assert repaired(spoilt.archive)[0] == 0
    assert tree_of(stored.root) == before
    assert tools.ocfl_validate(stored.root)[0]


def test_a_copy_that_is_gone_is_unreachable_and_never_missing(spoilt: Held) -> None:
    (spoilt.home / "kho2").rename(spoilt.home / "away")
    code, document = checked(spoilt.archive)
    assert code == 6
    assert set(named(document)) == {"unreachable"}
    assert {entry["copy"] for entry in document["unreachable"]} == {"kho2"}
    assert document["intact"] > 50


def test_an_empty_disk_under_the_name_of_a_copy_is_not_that_copy(spoilt: Held) -> None:
    shutil.rmtree(spoilt.home / "kho2")
    (spoilt.home / "kho2").mkdir()
    code, document = checked(spoilt.archive)
    assert code == 6
    assert set(named(document)) == {"unreachable"}
    answer = spoilt.archive.run("fixity", "repair", "--json")
    assert answer.code == 6
    assert "kho2" in answer.stderr
    assert "Gắn đúng ổ đĩa" in answer.stderr
    assert {entry["copy"] for entry in answer.document["failed"]} == {"kho2"}
    assert list((spoilt.home / "kho2").iterdir()) == []


def test_a_copy_of_the_settings_alone_is_unreachable_asked_for_by_name_or_not(
    spoilt: Held,
) -> None:
    three = json.dumps([f"file:{name}" for name in ("kho1", "kho2", "kho3")])
    archive = Command(spoilt.home, settings={"ARCHIVE_STORAGE__COPIES": three})
    for asked in ((), ("--copy", "kho3")):
        code, document = checked(archive, *asked)
        assert (code, [entry["copy"] for entry in document["unreachable"]]) == (6, ["kho3"])
    assert (document["checked"], archive.run("fixity", "check", "--copy", "kho4").code) == (0, 3)
    assert not (spoilt.home / "kho3").exists()


def test_setting_up_again_writes_nothing_where_a_known_copy_is_away(spoilt: Held) -> None:
    shutil.rmtree(spoilt.home / "kho2")
    answer = spoilt.archive.run("init", "--json")
    assert (answer.code, answer.error["code"]) == (6, "store-unreachable")
    assert "ổ đĩa" in answer.error["remedy"]
    assert not (spoilt.home / "kho2").exists()
    (spoilt.home / "kho2").mkdir()
    answer = spoilt.archive.run("init", "--json")
    assert (answer.code, answer.error["code"]) == (6, "copy-unknown")
    assert "Gắn đúng ổ đĩa" in answer.error["remedy"]
    assert list((spoilt.home / "kho2").iterdir()) == []


def test_another_disk_under_the_name_of_a_copy_is_not_that_copy(spoilt: Held) -> None:
    identity = spoilt.home / "kho2" / "copy.json"
    other = json.loads(identity.read_text()) | {"id": "00000000-0000-0000-0000-000000000000"}
    identity.write_text(json.dumps(other))
    code, document = checked(spoilt.archive)
    assert code == 6
    assert set(named(document)) == {"unreachable"}
    before = tree_of(spoilt.home / "kho2")
    repaired(spoilt.archive)
    assert tree_of(spoilt.home / "kho2") == before


def test_damage_outweighs_a_copy_that_is_silent(spoilt: Held) -> None:
    (spoilt.home / "kho2").rename(spoilt.home / "away")
    file = original(spoilt)
    flip(file)
    code, document = checked(spoilt.archive)
    assert code == 5
    assert set(named(document)) == {"damaged", "unreachable"}
    before = file.read_bytes()
    code, report = repaired(spoilt.archive)
    assert code == 5
    assert {"copy": "kho1", "key": key_of(spoilt, file)} in report["failed"]
    assert file.read_bytes() == before


def test_damaged_in_both_copies_is_told_and_left_as_it_is(spoilt: Held) -> None:
    files = [original(spoilt, "kho1"), original(spoilt, "kho2")]
    for number, file in enumerate(files):
        data = bytearray(file.read_bytes())
        data[100 + number] ^= 1
        file.write_bytes(data)
    before = [file.read_bytes() for file in files]
    code, report = repaired(spoilt.archive)
    assert code == 5
    assert report["repaired"] == []
    assert sorted(entry["copy"] for entry in report["failed"]) == ["kho1", "kho2"]
    assert [file.read_bytes() for file in files] == before


def test_a_package_that_no_copy_holds_whole_is_told_once_with_counts(spoilt: Held) -> None:
    for copy in ("kho1", "kho2"):
        flip(original(spoilt, copy))
        original(spoilt, copy, number=1).unlink()
    answer = spoilt.archive.run("fixity", "repair")
    assert answer.code == 5
    roots = {copy: object_of(spoilt.home / copy, A_CODE).root for copy in ("kho1", "kho2")}
    assert [line for line in answer.stdout.splitlines() if line.startswith("Chưa phục hồi")] == [
        f"Chưa phục hồi được: {copy} {key_of(spoilt, roots[copy], copy)}, số tệp: Hỏng 1, Thiếu 1"
        for copy in roots
    ]


def test_the_bad_copy_never_overwrites_the_good_one(spoilt: Held) -> None:
    """Whichever copy is named first."""
    for copy in ("kho1", "kho2"):
        other = "kho2" if copy == "kho1" else "kho1"
        good = tree_of(spoilt.home / other / "ocfl")
        flip(original(spoilt, copy))
        assert repaired(spoilt.archive)[0] == 0
        assert tree_of(spoilt.home / other / "ocfl") == good
        assert tree_of(spoilt.home / copy / "ocfl") == good


def test_repairing_what_is_sound_changes_nothing(spoilt: Held) -> None:
    before = tree_of(spoilt.home / "kho1" / "ocfl")
    assert repaired(spoilt.archive) == (0, {"repaired": [], "failed": []})
    assert tree_of(spoilt.home / "kho1" / "ocfl") == before


def test_a_damaged_file_is_still_read_from_the_copy_that_is_sound(
    spoilt: Held, tmp_path: Path
) -> None:
    flip(original(spoilt))
    shown = spoilt.archive.run(
        "case", "export", A_CODE, "--form", "aip", "--to", tmp_path / "out", "--json",
        account="luutru",
    )  # fmt: skip
    assert shown.code == 0, shown
    sound = object_of(spoilt.home / "kho2", A_CODE)
    assert unpacked(Path(shown.document["path"]), tmp_path) == package_of(sound)


def unpacked(path: Path, folder: Path) -> dict[str, bytes]:
    """The files of an exported package."""
    shutil.unpack_archive(path, folder / "unpacked")
    (root,) = (folder / "unpacked").iterdir()
    return tree_of(root)


def package_of(stored: StoredObject) -> dict[str, bytes]:
    """The files of a stored package."""
    return {path: stored.read(path) for path in stored.state()}


def test_one_copy_is_checked_alone_when_it_is_named(spoilt: Held) -> None:
    flip(original(spoilt, "kho2"))
    assert checked(spoilt.archive, "--copy", "kho1")[0] == 0
    assert checked(spoilt.archive, "--copy", "kho2")[0] == 5
    answer = spoilt.archive.run("fixity", "check", "--copy", "kho9", "--json")
    assert (answer.code, answer.error["code"]) == (3, "copy-name")


def test_a_limit_ends_the_check_early(held: Held) -> None:
    code, document = checked(held.archive, "--limit", 7)
    assert (code, document["checked"]) == (0, 7)
    assert checked(held.archive, "--max-duration", 0)[0] == 0


def test_case_show_tells_which_copy_is_damaged_until_it_is_healed(spoilt: Held) -> None:
    def states() -> dict[str, str]:
        case = spoilt.archive.ask("case", "show", A_CODE, account="luutru")
        return {copy["copy"]: copy["state"] for copy in case["package"]["copies"]}

    flip(original(spoilt))
    checked(spoilt.archive)
    assert states() == {"kho1": "damaged", "kho2": "verified"}
    repaired(spoilt.archive)
    assert states() == {"kho1": "verified", "kho2": "verified"}


def test_checks_and_repairs_stand_in_the_audit_trail(spoilt: Held) -> None:
    flip(original(spoilt))
    checked(spoilt.archive)
    repaired(spoilt.archive)
    tags = [
        json.loads(line)["tag"]
        for segment in sorted((spoilt.home / "kho2" / "audit").iterdir())
        for line in segment.read_text("utf-8").splitlines()[1:]
    ]
    assert "fixity:checked" in tags
    assert "fixity:repaired" in tags
    assert spoilt.archive.run("audit", "verify").code == 0


@pytest.mark.parametrize("account", ["docgia", "canbo", "tram"])
def test_who_keeps_nothing_neither_checks_nor_repairs(held: Held, account: str) -> None:
    for act in ("check", "repair"):
        answer = held.archive.run("fixity", act, "--json", account=account)
        assert (answer.code, answer.error["code"]) == (4, "act-not-allowed")
