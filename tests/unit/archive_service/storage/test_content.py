"""A file comes from whichever copy gives it whole; silence is never taken for damage."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from archive_service.storage.content import HeldContent, NoSoundCopyError
from archive_service.storage.port import ObjectStore, StoreUnreachableError
from archive_service.storage.work_folder import WorkFolderFullError
from tests.worlds.stored_objects import (
    OCFL_ID,
    THREE_VERSIONS,
    LyingStore,
    flipped,
    store_three_versions,
)

PDF = THREE_VERSIONS[0]["representations/rep1/data/copy-of-it.pdf"]
SHA256 = hashlib.sha256(PDF).hexdigest()

Taking = Callable[[HeldContent, Path], bytes]


class _BreaksOff(io.BytesIO):
    """Gives the first bytes, then no more."""

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]  # narrower
        if self.tell():
            raise StoreUnreachableError(key="", reason="connection lost")
        return super().readinto(memoryview(buffer)[:7])

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() or size is None or size < 0:
            raise StoreUnreachableError(key="", reason="connection lost")
        return super().read(min(size, 7))


class BreakingStore(LyingStore):
    """Answers, and falls silent within each file of content."""

    def __init__(self, store: ObjectStore) -> None:
        super().__init__(store, lambda _key, data, _nth: data)

    def open(
        self, key: str, *, offset: int = 0, length: int | None = None, past_cache: bool = False
    ) -> IO[bytes]:
        """See ``ObjectStore.open``."""
        found = super().open(key, offset=offset, length=length, past_cache=past_cache)
        return _BreaksOff(found.read()) if "/content/" in key else found


def damaged(store: ObjectStore) -> ObjectStore:
    return LyingStore(store, lambda key, data, _: flipped(data) if "/content/" in key else data)


def fetched(content: HeldContent, folder: Path) -> bytes:
    target = folder / "fetched.pdf"
    content.fetch(SHA256, len(PDF), target)
    return target.read_bytes()


WAYS: list[Taking] = [
    fetched,
    lambda content, _folder: content.read(SHA256, len(PDF)),
    lambda content, _folder: content.read_small(SHA256),
]


@pytest.fixture
def pair(tmp_path: Path) -> list[ObjectStore]:
    return list(store_three_versions(tmp_path, "a", "b"))


@pytest.mark.parametrize("take", WAYS, ids=["fetch", "read", "read_small"])
def test_a_copy_that_breaks_off_is_waited_for_and_not_called_damaged(
    pair: list[ObjectStore], tmp_path: Path, take: Taking
) -> None:
    for copies in ([BreakingStore(pair[0])], [BreakingStore(pair[0]), damaged(pair[1])]):
        with pytest.raises(StoreUnreachableError):
            take(HeldContent(copies, OCFL_ID), tmp_path)


@pytest.mark.parametrize("take", WAYS, ids=["fetch", "read", "read_small"])
def test_copies_that_answer_with_other_bytes_are_an_alarm(
    pair: list[ObjectStore], tmp_path: Path, take: Taking
) -> None:
    with pytest.raises(NoSoundCopyError):
        take(HeldContent([damaged(copy) for copy in pair], OCFL_ID), tmp_path)


@pytest.mark.parametrize("take", WAYS, ids=["fetch", "read", "read_small"])
@pytest.mark.parametrize("spoilt", [BreakingStore, damaged], ids=["breaks off", "damaged"])
def test_what_one_copy_does_not_give_whole_comes_from_the_next(
    pair: list[ObjectStore],
    tmp_path: Path,
    spoilt: Callable[[ObjectStore], ObjectStore],
    take: Taking,
) -> None:
    assert take(HeldContent([spoilt(pair[0]), pair[1]], OCFL_ID), tmp_path) == PDF


def test_a_disk_without_room_for_what_is_fetched_is_waited_for(pair: list[ObjectStore]) -> None:
    with pytest.raises(WorkFolderFullError):
        HeldContent(pair, OCFL_ID).fetch(SHA256, len(PDF), Path("/dev/full"))
