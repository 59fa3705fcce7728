"""Found, missing, unexpected and unreachable are kept apart; memory and reads are bounded."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from archive_service.storage.copies.identity import put_bytes
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.fixity.check import Fixity, FixityTally, iter_fixity
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectStore
from tests.worlds.stored_objects import OCFL_ID, ROOT, LyingStore, flipped, new_copy

METS = f"{ROOT}/v1/content/METS.xml"
PDF = f"{ROOT}/v1/content/representations/rep1/data/T%E1%BB%9D tr%C3%ACnh s%E1%BB%91 01.pdf"


def checked(copies: Sequence[ObjectStore], **options: Any) -> FixityTally:
    tally = FixityTally()
    for result in iter_fixity(copies, **options):
        tally.add(result)
    return tally


def troubles(tally: FixityTally) -> dict[str, list[str]]:
    document = tally.as_document()
    return {
        status: sorted(f"{entry['copy']}:{entry['key']}" for entry in document[status])
        for status in ("damaged", "missing", "unexpected", "unreachable")
        if document[status]
    }


def test_sound_copies_are_intact(pair: list[FilesystemStore], tmp_path: Path) -> None:
    tally = checked(pair, expected_objects=[(OCFL_ID, 3)])
    sizes = [
        path.stat().st_size
        for path in [*tmp_path.glob("[ab]/ocfl/**/*"), *tmp_path.glob("[ab]/acts/**/*")]
        if path.is_file()
    ]
    assert tally.as_document() == {
        "checked": len(sizes),
        "bytes": sum(sizes),
        "intact": len(sizes),
        "damaged": [],
        "missing": [],
        "unreachable": [],
        "unexpected": [],
    }


def flip(path: Path) -> None:
    path.write_bytes(flipped(path.read_bytes(), at=path.stat().st_size // 2))


def flip_first(path: Path) -> None:
    path.write_bytes(flipped(path.read_bytes()))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    os.truncate(path, 0)


EVERY_FILE = [
    METS,
    PDF,
    f"{ROOT}/0=ocfl_object_1.1",
    f"{ROOT}/inventory.json",
    f"{ROOT}/inventory.json.sha256",
    f"{ROOT}/v1/inventory.json",
    f"{ROOT}/v2/inventory.json.sha256",
    f"{ROOT}/v3/inventory.json",
    f"{ROOT}/v3/inventory.json.sha256",
    "ocfl/0=ocfl_1.1",
    "ocfl/ocfl_layout.json",
    "acts/receipt/01.json",
    "acts/receipt/01.json.sha256",
    "acts/receipt/01.pdf",
]


@pytest.mark.parametrize("damage", [flip, flip_first, truncate, lengthen, empty])
@pytest.mark.parametrize("key", EVERY_FILE)
def test_damage_to_any_file_is_found_there_and_only_there(
    pair: list[FilesystemStore], tmp_path: Path, key: str, damage: Callable[[Path], None]
) -> None:
    damage(tmp_path / "b" / key)
    assert troubles(checked(pair)) == {"damaged": [f"b:{key}"]}
    assert troubles(checked(pair, expected_objects=[(OCFL_ID, 3)])) == {"damaged": [f"b:{key}"]}


@pytest.mark.parametrize("key", EVERY_FILE)
def test_a_missing_file_is_missing_and_not_damaged(
    pair: list[FilesystemStore], tmp_path: Path, key: str
) -> None:
    (tmp_path / "b" / key).unlink()
    assert troubles(checked(pair)) == {"missing": [f"b:{key}"]}


@pytest.mark.parametrize("key", [key for key in EVERY_FILE if key.startswith(ROOT)])
def test_one_copy_alone_finds_damage_to_any_file(
    alone: list[FilesystemStore], tmp_path: Path, key: str
) -> None:
    flip(tmp_path / "a" / key)
    assert troubles(checked(alone)) == {"damaged": [f"a:{key}"]}


def test_a_link_in_place_of_a_file_is_damage(pair: list[FilesystemStore], tmp_path: Path) -> None:
    path = tmp_path / "b" / METS
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert troubles(checked(pair)) == {"damaged": [f"b:{METS}"]}


def test_swapped_files_are_both_damaged(pair: list[FilesystemStore], tmp_path: Path) -> None:
    one, other = tmp_path / "b" / METS, tmp_path / "b" / PDF
    one.rename(tmp_path / "x")
    other.rename(one)
    (tmp_path / "x").rename(other)
    assert troubles(checked(pair)) == {"damaged": [f"b:{METS}", f"b:{PDF}"]}


@pytest.mark.parametrize(
    "key",
    [
        f"{ROOT}/stray.txt",
        f"{ROOT}/v1/content/stray.txt",
        f"{ROOT}/v9/content/stray.txt",
        "ocfl/stray.txt",
        "ocfl/000/111/222/stray/stray.txt",
        "stray.txt",
    ],
)
def test_a_file_nobody_recorded_is_unexpected(
    pair: list[FilesystemStore], tmp_path: Path, key: str
) -> None:
    (tmp_path / "a" / key).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "a" / key).write_bytes(b"stray")
    assert troubles(checked(pair)) == {"unexpected": [f"a:{key}"]}


def test_an_inventory_changed_together_with_its_sidecar_is_found(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    folder = tmp_path / "b" / ROOT / "v3"
    document = json.loads((folder / "inventory.json").read_bytes())
    document["versions"]["v3"]["message"] = "forged"
    data = json.dumps(document).encode()
    (folder / "inventory.json").write_bytes(data)
    line = f"{hashlib.sha256(data).hexdigest()} inventory.json\n"
    (folder / "inventory.json.sha256").write_text(line)
    assert troubles(checked(pair)) == {
        "damaged": [f"b:{ROOT}/v3/inventory.json", f"b:{ROOT}/v3/inventory.json.sha256"]
    }


def test_a_root_put_back_to_an_earlier_version_is_damage(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    root = tmp_path / "b" / ROOT
    for name in ("inventory.json", "inventory.json.sha256"):
        (root / name).write_bytes((root / "v1" / name).read_bytes())
    assert set(troubles(checked(pair))) == {"damaged"}


def remove_object(copy: Path) -> int:
    files = [path for path in (copy / ROOT).rglob("*") if path.is_file()]
    for path in files:
        path.unlink()
    return len(files)


@pytest.mark.parametrize("expected_objects", [None, [(OCFL_ID, 3)]])
def test_an_object_a_copy_lacks_is_missing_file_by_file(
    pair: list[FilesystemStore], tmp_path: Path, expected_objects: list[tuple[str, int]] | None
) -> None:
    count = remove_object(tmp_path / "b")
    tally = checked(pair, expected_objects=expected_objects)
    assert len(tally.missing) == count
    assert {fixity_result.copy for fixity_result in tally.missing} == {"b"}
    assert all(fixity_result.sha256_expected for fixity_result in tally.missing)
    assert set(troubles(tally)) == {"missing"}


def test_an_object_all_copies_lack_is_missing_in_each(tmp_path: Path) -> None:
    copies = [new_copy(tmp_path / name) for name in ("a", "b")]
    key = f"{object_root(OCFL_ID)}/inventory.json"
    tally = checked(copies, expected_objects=[(OCFL_ID, 1)])
    assert troubles(tally) == {"missing": [f"a:{key}", f"b:{key}"]}


def test_a_version_taken_out_of_all_copies_is_missing_in_each(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    """The older ones fit among themselves: only the rows know that there was another."""
    for name in ("a", "b"):
        root = tmp_path / name / ROOT
        shutil.rmtree(root / "v3")
        for file in ("inventory.json", "inventory.json.sha256"):
            (root / file).write_bytes((root / "v2" / file).read_bytes())
    key = f"{ROOT}/v3/inventory.json"
    tally = checked(pair, expected_objects=[(OCFL_ID, 3)])
    assert troubles(tally) == {"missing": [f"a:{key}", f"b:{key}"]}


def test_a_copy_that_is_still_being_written_is_no_trouble(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    remove_object(tmp_path / "b")
    assert troubles(checked(pair, expected_objects=[])) == {}


def test_an_expected_segment_is_compared_with_the_digest_given(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    key, data = "audit/0000000001.jsonl", b"{}\n"
    digest = hashlib.sha256(data).hexdigest()
    for copy in pair:
        put_bytes(copy, key, data)
    assert troubles(checked(pair, expected={key: digest})) == {}
    for name in ("a", "b"):  # the same damage in all copies: their agreement proves nothing
        (tmp_path / name / key).write_bytes(b"[]\n")
    assert troubles(checked(pair, expected={key: digest})) == {"damaged": [f"a:{key}", f"b:{key}"]}
    for name in ("a", "b"):
        (tmp_path / name / key).unlink()
    assert troubles(checked(pair, expected={key: digest})) == {"missing": [f"a:{key}", f"b:{key}"]}


def test_without_a_digest_the_most_voices_count(tmp_path: Path) -> None:
    copies = [new_copy(tmp_path / name) for name in ("a", "b", "c")]
    for copy in copies:
        put_bytes(copy, "audit/1.jsonl", b"{}\n")
    flip(tmp_path / "c" / "audit/1.jsonl")
    assert troubles(checked(copies)) == {"damaged": ["c:audit/1.jsonl"]}
    pair = troubles(checked(copies[1:]))
    assert pair == {"damaged": ["b:audit/1.jsonl", "c:audit/1.jsonl"]}  # nobody is believed


def test_a_copy_that_is_not_mounted_is_unreachable_once_and_nothing_is_missing(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    (tmp_path / "b").rename(tmp_path / "unmounted")
    tally = checked(pair, expected_objects=[(OCFL_ID, 3)])
    assert troubles(tally) == {"unreachable": ["b:copy.json"]}
    assert tally.intact
    (tmp_path / "b").mkdir()
    assert troubles(checked(pair)) == {"unreachable": ["b:copy.json"]}


def test_a_copy_that_goes_away_during_the_check_is_unreachable_once(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    results = iter_fixity(pair, threads=1)
    tally = FixityTally()
    tally.add(next(results))
    (tmp_path / "b").rename(tmp_path / "unmounted")
    for result in results:
        tally.add(result)
    assert [fixity_result.copy for fixity_result in tally.unreachable] == ["b"]
    assert not tally.damaged
    assert not tally.missing


def test_a_first_read_that_lies_is_not_damage(pair: list[FilesystemStore]) -> None:
    def lie(key: str, data: bytes, nth: int) -> bytes:
        return flipped(data) if nth == 1 and data and key != "copy.json" else data

    assert troubles(checked([pair[0], LyingStore(pair[1], lie)])) == {}


@pytest.mark.parametrize(
    "lie",
    [flipped, lambda data: data[:-1], lambda data: data[:0], lambda data: data[: len(data) // 2]],
)
def test_a_store_that_always_gives_other_bytes_is_damaged(
    pair: list[FilesystemStore], lie: Callable[[bytes], bytes]
) -> None:
    lying = LyingStore(pair[1], lambda key, data, _: lie(data) if key == PDF else data)
    assert troubles(checked([pair[0], lying])) == {"damaged": [f"b:{PDF}"]}


def test_a_limit_ends_the_check(pair: list[FilesystemStore]) -> None:
    assert len(list(iter_fixity(pair, limit=5))) == 5
    assert len(list(iter_fixity(pair, limit_s=0.0))) <= 1


def test_results_say_what_was_expected_and_found(
    pair: list[FilesystemStore], tmp_path: Path
) -> None:
    flip(tmp_path / "b" / METS)
    (damaged,) = checked(pair).damaged
    assert damaged.status is Fixity.DAMAGED
    assert damaged.sha256_expected
    assert damaged.sha256_found
    assert damaged.sha256_expected != damaged.sha256_found
    assert damaged.size_bytes == len(b"<mets>1</mets>")


def test_no_inventory_of_a_sound_object_is_read_twice(pair: list[FilesystemStore]) -> None:
    reads: dict[tuple[str, str], int] = {}

    def counted(copy: FilesystemStore) -> LyingStore:
        def count(key: str, data: bytes, nth: int) -> bytes:
            reads[copy.name, key] = nth
            return data

        return LyingStore(copy, count)

    tally = checked([counted(copy) for copy in pair], expected_objects=[(OCFL_ID, 3)])
    assert troubles(tally) == {}
    in_object = {asked: times for asked, times in reads.items() if asked[1].startswith(ROOT)}
    assert set(in_object.values()) == {1}


@pytest.mark.parametrize("folder", ["", "acts/hold/", "evidence/", "audit/", f"{ROOT}/"])
@pytest.mark.parametrize("name", ["ghi chú.txt", "\udcff.json"])
def test_a_name_that_is_no_key_stops_nothing(
    pair: list[FilesystemStore], tmp_path: Path, folder: str, name: str
) -> None:
    file = tmp_path / "a" / folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    shown = name.encode("utf-8", "backslashreplace").decode()
    assert troubles(checked(pair, expected_objects=[(OCFL_ID, 3)])) == {
        "unexpected": [f"a:{folder}{shown}"]
    }
