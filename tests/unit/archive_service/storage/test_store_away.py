"""What people are told of a store that is away names it, whatever was asked of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archive_service import messages
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.port import ObjectStore, StoreUnreachableError
from archive_service.storage.s3.store import open_s3_store


@pytest.mark.parametrize(
    "ask",
    [lambda store: next(store.iter_keys(), None), lambda store: store.free_bytes()],
    ids=["keys", "room"],
)
def test_a_folder_that_is_away_is_told_by_the_name_of_its_copy(
    ask: Callable[[FilesystemStore], object], tmp_path: Path
) -> None:
    with pytest.raises(StoreUnreachableError) as away:
        ask(FilesystemStore(tmp_path / "away", name="kho1"))
    require_named(away.value, "kho1")


def test_a_bucket_that_is_away_is_told_by_the_name_of_its_copy() -> None:
    store: ObjectStore = open_s3_store("s3://key:secret@127.0.0.1:1/bucket?secure=false&name=kho2")
    with pytest.raises(StoreUnreachableError) as away:
        next(store.iter_keys(), None)
    require_named(away.value, "kho2")


def require_named(away: StoreUnreachableError, name: str) -> None:
    """The sentence names the copy, and no quotes stand empty."""
    assert f"“{name}”" in messages.error(away.code, facts=away.facts).message
