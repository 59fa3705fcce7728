"""A name is on the medium when we say so, even where a killed process had given it already."""

import hashlib
import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import pytest

from archive_service.storage.durable import sync_folder
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.port import TreeFile
from archive_service.storage.staging import FolderStaging
from tests.worlds.stored_objects import ROOT, new_copy, publish_version, stage_versions

DATA = b"content"
SHA256 = hashlib.sha256(DATA).hexdigest()
KEY = "acts/receipt/2026/01.json"


@contextmanager
def synced_folders() -> Iterator[set[Path]]:
    """Which folders were forced to the medium within."""
    seen: set[Path] = set()

    def watch(frame: FrameType, happened: str, _value: object) -> None:
        if happened == "call" and frame.f_code is sync_folder.__code__:
            seen.add(frame.f_locals["folder"])

    sys.setprofile(watch)
    threading.setprofile(watch)  # of threads that start within
    try:
        yield seen
    finally:
        threading.setprofile(None)
        sys.setprofile(None)


def put(store: FilesystemStore) -> None:
    store.put(KEY, io.BytesIO(DATA), size=len(DATA), sha256=SHA256)


def put_tree(store: FilesystemStore) -> None:
    opener = partial(io.BytesIO, DATA)
    store.put_tree("acts/receipt", [TreeFile("2026/01.json", len(DATA), SHA256, opener)])


def above(root: Path, key: str) -> set[Path]:
    return {root, *(root / folder for folder in Path(key).parents)}


def leave_the_file(root: Path) -> None:
    leave_the_folders(root)
    (root / KEY).write_bytes(DATA)


def leave_the_folders(root: Path) -> None:
    (root / KEY).parent.mkdir(parents=True)


@pytest.mark.parametrize("left", [leave_the_file, leave_the_folders], ids=["file", "folders"])
@pytest.mark.parametrize("again", [put, put_tree])
def test_what_a_killed_process_left_is_durable_after_the_next_try(
    tmp_path: Path,
    left: Callable[[Path], None],
    again: Callable[[FilesystemStore], None],
) -> None:
    left(tmp_path)
    with synced_folders() as synced:
        again(FilesystemStore(tmp_path))
    assert (tmp_path / KEY).read_bytes() == DATA
    assert above(tmp_path, KEY) <= synced


def test_staging_makes_a_folder_durable_that_a_killed_process_made(tmp_path: Path) -> None:
    root = tmp_path / "staging"
    (root / SHA256[:2]).mkdir(parents=True)
    with synced_folders() as synced:
        FolderStaging(root).receive(io.BytesIO(DATA))
    assert {tmp_path, root, root / SHA256[:2]} <= synced


def test_a_root_inventory_that_is_right_already_is_made_durable(tmp_path: Path) -> None:
    """As after a kill between its replacement and the sync of its name."""
    staging, copy = FolderStaging(tmp_path / "staging"), new_copy(tmp_path / "a")
    inventory = stage_versions(staging)[0]
    publish_version(inventory.sha256, staging=staging, copies=[copy])
    with synced_folders() as synced:
        publish_version(inventory.sha256, staging=staging, copies=[copy])
    assert tmp_path / "a" / ROOT in synced
