"""Repair: damage, check, repair, check clean, the bytes as they were."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from archive_service.storage.copies.identity import put_bytes
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.fixity.check import FixityTally, iter_fixity
from archive_service.storage.fixity.repair import RepairReport, repair
from archive_service.storage.port import ObjectStore
from tests.worlds.stored_objects import OCFL_ID, ROOT, LyingStore, flipped, tree_of

METS = f"{ROOT}/v1/content/METS.xml"
EVERY_FILE = [
    METS,
    f"{ROOT}/0=ocfl_object_1.1",
    f"{ROOT}/inventory.json",
    f"{ROOT}/inventory.json.sha256",
    f"{ROOT}/v1/inventory.json",
    f"{ROOT}/v2/inventory.json.sha256",
    f"{ROOT}/v3/inventory.json",
    "ocfl/ocfl_layout.json",
    "acts/receipt/01.json",
    "acts/receipt/01.json.sha256",
    "acts/receipt/01.pdf",
]


def checked(copies: Sequence[ObjectStore]) -> FixityTally:
    tally = FixityTally()
    for result in iter_fixity(copies, expected_objects=[(OCFL_ID, 3)]):
        tally.add(result)
    return tally


def repaired(copies: Sequence[ObjectStore]) -> RepairReport:
    return repair(copies, checked(copies).troubles())


def damage(path: Path) -> None:
    path.write_bytes(flipped(path.read_bytes()))


@pytest.mark.parametrize("key", EVERY_FILE)
def test_a_damaged_file_gets_its_bytes_back(
    pair: list[FilesystemStore], tmp_path: Path, key: str
) -> None:
    before = tree_of(tmp_path / "b")
    damage(tmp_path / "b" / key)
    report = repaired(pair)
    assert report.as_document() == {"repaired": [{"copy": "b", "key": key}], "failed": []}
    assert tree_of(tmp_path / "b") == before
    assert not checked(pair).troubles()


@pytest.mark.parametrize("key", EVERY_FILE)
def test_a_missing_file_comes_back(pair: list[FilesystemStore], tmp_path: Path, key: str) -> None:
    before = tree_of(tmp_path / "b")
    (tmp_path / "b" / key).unlink()
    assert len(repaired(pair).repaired) == 1
    assert tree_of(tmp_path / "b") == before


@pytest.mark.parametrize("folder", [ROOT, f"{ROOT}/v1", f"{ROOT}/v3", "acts", "ocfl"])
def test_a_missing_folder_comes_back(
    pair: list[FilesystemStore], tmp_path: Path, folder: str
) -> None:
    before = tree_of(tmp_path / "b")
    shutil.rmtree(tmp_path / "b" / folder)
    assert not repaired(pair).failed
    assert tree_of(tmp_path / "b") == before


def test_each_copy_heals_the_other(pair: list[FilesystemStore], tmp_path: Path) -> None:
    before = tree_of(tmp_path / "b")
    damage(tmp_path / "a" / METS)
    damage(tmp_path / "b" / f"{ROOT}/v2/content/METS.xml")
    damage(tmp_path / "b" / f"{ROOT}/inventory.json")
    damage(tmp_path / "a" / f"{ROOT}/v3/inventory.json")
    assert not repaired(pair).failed
    assert {**tree_of(tmp_path / "a"), "copy.json": b""} == {**before, "copy.json": b""}
    assert tree_of(tmp_path / "b") == before


def test_what_is_damaged_everywhere_is_left_and_said(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    damage(tmp_path / "a" / METS)
    damage(tmp_path / "b" / METS)
    before = tree_of(tmp_path)
    report = repaired(pair)
    assert not report.repaired
    assert {(fixity_result.copy, fixity_result.key) for fixity_result in report.failed} == {
        ("a", METS),
        ("b", METS),
    }
    assert tree_of(tmp_path) == before


@pytest.mark.parametrize(
    "key",
    [
        f"{ROOT}/inventory.json",
        f"{ROOT}/inventory.json.sha256",
        f"{ROOT}/v1/inventory.json",
        f"{ROOT}/v2/inventory.json.sha256",
        f"{ROOT}/v3/inventory.json",
        f"{ROOT}/0=ocfl_object_1.1",
        "ocfl/ocfl_layout.json",
    ],
)
def test_one_copy_heals_what_follows_from_its_other_files(
    alone: list[FilesystemStore], tmp_path: Path, key: str
) -> None:
    before = tree_of(tmp_path / "a")
    damage(tmp_path / "a" / key)
    assert len(repaired(alone).repaired) == 1
    assert tree_of(tmp_path / "a") == before


def test_one_copy_cannot_heal_its_content(alone: list[FilesystemStore], tmp_path: Path) -> None:
    damage(tmp_path / "a" / METS)
    assert [fixity_result.key for fixity_result in repaired(alone).failed] == [METS]


def test_a_source_that_lies_is_not_copied(pair: list[FilesystemStore], tmp_path: Path) -> None:
    damage(tmp_path / "b" / METS)
    troubles = checked(pair).troubles()
    before = tree_of(tmp_path / "b")
    lying = LyingStore(
        pair[0], lambda key, data, _: flipped(data) if key.endswith("METS.xml") else data
    )
    assert [fixity_result.key for fixity_result in repair([lying, pair[1]], troubles).failed] == [
        METS
    ]
    assert tree_of(tmp_path / "b") == before


def test_an_unexpected_file_is_left_alone_and_listed(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    put_bytes(pair[0], f"{ROOT}/stray.txt", b"stray")
    report = repaired(pair)
    assert [fixity_result.key for fixity_result in report.failed] == [f"{ROOT}/stray.txt"]
    assert (tmp_path / "a" / ROOT / "stray.txt").read_bytes() == b"stray"


def test_a_copy_that_is_away_is_not_touched(pair: list[FilesystemStore], tmp_path: Path) -> None:
    damage(tmp_path / "b" / METS)
    troubles = checked(pair).troubles()
    (tmp_path / "b" / "copy.json").unlink()
    before = tree_of(tmp_path / "b")
    assert [fixity_result.key for fixity_result in repair(pair, troubles).failed] == [METS]
    assert tree_of(tmp_path / "b") == before


def test_repairing_twice_changes_nothing(pair: list[FilesystemStore], tmp_path: Path) -> None:
    damage(tmp_path / "b" / METS)
    troubles = checked(pair).troubles()
    repair(pair, troubles)
    before = tree_of(tmp_path)
    assert len(repair(pair, troubles).repaired) == 1
    assert tree_of(tmp_path) == before


def test_a_copy_that_lags_behind_catches_up(pair: list[FilesystemStore], tmp_path: Path) -> None:
    before = tree_of(tmp_path / "b")
    root = tmp_path / "b" / ROOT
    shutil.rmtree(root / "v3")
    for name in ("inventory.json", "inventory.json.sha256"):
        shutil.copy(root / "v2" / name, root / name)
    missing = checked(pair).missing
    assert {
        fixity_result.key.rpartition(f"{ROOT}/")[2].partition("/")[0] for fixity_result in missing
    } == {"v3"}
    assert not repaired(pair).failed
    assert tree_of(tmp_path / "b") == before
