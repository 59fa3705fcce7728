"""Reads that break off: once they are asked for again, twice they are told of the right store."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archive_service.storage.acts import ActDocument
from archive_service.storage.copies.catch_up import copy_file, copy_object
from archive_service.storage.copies.identity import put_bytes
from archive_service.storage.fixity.prove import prove_act, prove_file, prove_object
from archive_service.storage.ocfl.inventory import INVENTORY
from archive_service.storage.ocfl.root import newest, read
from archive_service.storage.port import ObjectUnreadableError, TransferDamagedError
from archive_service.storage.staging import FolderStaging
from tests.worlds.stored_objects import (
    OCFL_ID,
    ROOT,
    LyingStore,
    new_copy,
    publish_version,
    stage_versions,
    store_three_versions,
)

SEGMENT = "audit/00000001.jsonl"


def broken(victim: str, *, times: int | None = None) -> Callable[[str, bytes, int], bytes]:
    """What is read of ``victim`` breaks off, always or so many times."""

    def lie(key: str, data: bytes, nth: int) -> bytes:
        if key == victim and (times is None or nth <= times):
            raise TransferDamagedError(key=key, expected=f"{len(data)} bytes")
        return data

    return lie


def test_what_breaks_off_once_is_read_on_another_connection(tmp_path: Path) -> None:
    copy = new_copy(tmp_path / "kho1")
    put_bytes(copy, SEGMENT, b"one")
    assert read(LyingStore(copy, broken(SEGMENT, times=1)), SEGMENT) == b"one"


def test_what_breaks_off_twice_is_not_given_up_by_the_medium(tmp_path: Path) -> None:
    copy = new_copy(tmp_path / "kho1")
    put_bytes(copy, SEGMENT, b"one")
    with pytest.raises(ObjectUnreadableError):
        read(LyingStore(copy, broken(SEGMENT)), SEGMENT)


def test_an_object_whose_root_inventory_rotted_is_told_by_its_versions(tmp_path: Path) -> None:
    (copy,) = store_three_versions(tmp_path, "kho1")
    assert newest(LyingStore(copy, broken(f"{ROOT}/{INVENTORY}")), ROOT).version == 3


def test_a_version_is_published_over_a_root_inventory_that_rotted(tmp_path: Path) -> None:
    staging = FolderStaging(tmp_path / "staging")
    copy = new_copy(tmp_path / "kho1")
    first, second, _ = stage_versions(staging)
    publish_version(first.sha256, staging=staging, copies=[copy])
    rotten = LyingStore(copy, broken(f"{ROOT}/{INVENTORY}", times=6))
    publish_version(second.sha256, staging=staging, copies=[rotten])
    assert newest(copy, ROOT).sha256 == second.sha256


@pytest.mark.parametrize("name", [INVENTORY, f"v1/{INVENTORY}"])
def test_a_target_that_breaks_off_is_not_laid_at_its_sources_door(
    tmp_path: Path, name: str
) -> None:
    staging = FolderStaging(tmp_path / "staging")
    sources = [new_copy(tmp_path / "kho1"), new_copy(tmp_path / "kho2")]
    target = new_copy(tmp_path / "kho3")
    inventories = stage_versions(staging)
    for inventory in inventories:
        publish_version(inventory.sha256, staging=staging, copies=sources)
    publish_version(inventories[0].sha256, staging=staging, copies=[target])
    digests = [one.sha256 for one in inventories]
    once = LyingStore(target, broken(f"{ROOT}/{name}", times=1))
    assert copy_object(OCFL_ID, digests, sources=sources, target=once).version == 3
    if name == INVENTORY:
        with pytest.raises(TransferDamagedError):
            copy_object(
                OCFL_ID,
                digests,
                sources=sources,
                target=LyingStore(target, broken(f"{ROOT}/{name}")),
            )
    assert prove_object(target, OCFL_ID, digests) is None


def test_a_target_that_gives_back_other_bytes_is_told_as_what_it_is(tmp_path: Path) -> None:
    source, target = new_copy(tmp_path / "kho1"), new_copy(tmp_path / "kho2")
    put_bytes(source, SEGMENT, b"one")
    digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    lying = LyingStore(target, lambda key, data, _nth: b"two" if key == SEGMENT else data)
    with pytest.raises(TransferDamagedError):
        copy_file(SEGMENT, digest, sources=[source], target=lying)


def test_a_file_that_cannot_be_read_is_not_proved(tmp_path: Path) -> None:
    copy = new_copy(tmp_path / "kho1")
    put_bytes(copy, SEGMENT, b"one")
    assert prove_file(LyingStore(copy, broken(SEGMENT)), SEGMENT, "0" * 64) == SEGMENT
    document = ActDocument(id="", kind="", subject_id="", at="", body={})
    assert prove_act(LyingStore(copy, broken(SEGMENT)), SEGMENT, document) == SEGMENT
