"""The promises of the object store's port, kept by every backend."""

import hashlib
import io
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.port import (
    ObjectExistsError,
    ObjectNotFoundError,
    ObjectStore,
    TransferDamagedError,
    TreeFile,
)
from archive_service.storage.reader import digest_and_size
from archive_service.storage.s3.store import S3Store, open_s3_store
from tests.services.s3 import S3Server
from tests.worlds.servers.buckets import BucketUsers

KEY = "ocfl/ab1/cde/f00/urn%3auuid%3aA/v1/content/METS.xml"
ROOT_INVENTORY = "ocfl/ab1/cde/f00/urn%3auuid%3aA/inventory.json"


@pytest.fixture(params=["filesystem", "minio", "versitygw"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """A new, empty store; on MinIO with the rights of the keeping user and no more."""
    if request.param == "filesystem":
        return FilesystemStore(tmp_path)
    if request.param == "minio":
        users: BucketUsers = request.getfixturevalue("bucket_users")
        return prepared(open_s3_store(users.new_url()))
    server: S3Server = request.getfixturevalue("versitygw")
    return prepared(open_s3_store(server.new_bucket_url()))


def prepared(store: S3Store) -> ObjectStore:
    store.prepare()
    return store


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put(store: ObjectStore, content: bytes, key: str = KEY) -> None:
    store.put(key, io.BytesIO(content), size=len(content), sha256=sha256(content))


def replace(store: ObjectStore, content: bytes, key: str = ROOT_INVENTORY) -> None:
    store.replace(key, io.BytesIO(content), size=len(content), sha256=sha256(content))


def heal(store: ObjectStore, content: bytes, key: str = KEY) -> None:
    store.heal(key, io.BytesIO(content), size=len(content), sha256=sha256(content))


def read(store: ObjectStore, key: str = KEY) -> bytes:
    with store.open(key) as source:
        return source.read()


def tree(**files: bytes) -> list[TreeFile]:
    return [
        TreeFile(path, len(data), sha256(data), partial(io.BytesIO, data))
        for path, data in files.items()
    ]


def test_what_is_put_can_be_read(store: ObjectStore) -> None:
    put(store, b"first")
    assert read(store) == b"first"
    assert store.stat(KEY).size_bytes == 5


def test_nothing_is_a_content_too(store: ObjectStore) -> None:
    put(store, b"")
    assert read(store) == b""
    assert store.stat(KEY).size_bytes == 0


def test_equal_bytes_may_come_again(store: ObjectStore) -> None:
    put(store, b"first")
    put(store, b"first")
    assert read(store) == b"first"


def test_other_bytes_are_refused_and_the_first_stay(store: ObjectStore) -> None:
    put(store, b"first")
    with pytest.raises(ObjectExistsError):
        put(store, b"other")
    assert read(store) == b"first"


def test_many_small_files_come_at_once_and_equal_ones_may_be_there(store: ObjectStore) -> None:
    files = {"acts/a/1.json": b"one", "acts/a/2.json": b"", "acts/b/3.json": b"three"}
    put(store, b"one", "acts/a/1.json")
    store.put_all(files)
    store.put_all(files)
    assert {key: read(store, key) for key in store.iter_keys()} == files


def test_of_many_none_takes_the_place_of_other_bytes(store: ObjectStore) -> None:
    put(store, b"first")
    with pytest.raises(ObjectExistsError):
        store.put_all({KEY: b"other"})
    assert read(store) == b"first"


@pytest.mark.parametrize("key", ["", "../a", "/a", "tmp/x"])
def test_of_many_none_has_a_key_that_is_none(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.put_all({KEY: b"a", key: b"b"})


@pytest.mark.parametrize("found", [b"", b"firs", b"firsT", b"first and more"])
def test_bytes_that_are_not_as_announced_leave_nothing(store: ObjectStore, found: bytes) -> None:
    with pytest.raises(TransferDamagedError):
        store.put(KEY, io.BytesIO(found), size=5, sha256=sha256(b"first"))
    with pytest.raises(ObjectNotFoundError):
        store.stat(KEY)
    assert list(store.iter_keys()) == []


def test_what_is_not_there_is_said_to_be_missing(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFoundError):
        store.open(KEY)
    with pytest.raises(ObjectNotFoundError):
        store.stat(KEY)
    put(store, b"first")
    with pytest.raises(ObjectNotFoundError):
        store.open(KEY.rpartition("/")[0])


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 4, b"3456"),
        (8, 9, b"89"),
        (10, 1, b""),
        (99, None, b""),
    ],
)
def test_a_part_can_be_read(
    store: ObjectStore, offset: int, length: int | None, expected: bytes
) -> None:
    put(store, b"0123456789")
    with store.open(KEY, offset=offset, length=length) as source:
        assert source.read() == expected


def test_keys_come_ascending_and_only_below_the_prefix(store: ObjectStore) -> None:
    keys = ["ocfl/a.b", "ocfl/a/b", "ocfl/a/c/d", "ocfl/a0", "acts/x.json", "ocfl/b"]
    for key in keys:
        put(store, key.encode(), key)
    assert list(store.iter_keys()) == sorted(keys)
    assert list(store.iter_keys("ocfl/a")) == ["ocfl/a.b", "ocfl/a/b", "ocfl/a/c/d", "ocfl/a0"]
    assert list(store.iter_keys("ocfl/a/")) == ["ocfl/a/b", "ocfl/a/c/d"]
    assert list(store.iter_keys("nothing/")) == []


def test_a_listing_is_taken_up_after_any_key(store: ObjectStore) -> None:
    keys = ["acts/x.json", "ocfl/a.b", "ocfl/a/b", "ocfl/a/c/d", "ocfl/a0", "ocfl/b"]
    for key in keys:
        put(store, key.encode(), key)
    for number, key in enumerate(keys, start=1):
        assert list(store.iter_keys(after=key)) == keys[number:]
        below = [one for one in keys[number:] if one.startswith("ocfl/a")]
        assert list(store.iter_keys("ocfl/a", after=key)) == below
    assert list(store.iter_keys(after="ocfl/a/bb")) == keys[3:]
    assert list(store.iter_keys(after="ocfl/a/")) == keys[2:]


def test_a_tree_is_stored_whole(store: ObjectStore) -> None:
    store.put_tree("ocfl/a", tree(**{"v1/content/a": b"1", "v1/content/b/c": b"", "z": b"3"}))
    assert list(store.iter_keys()) == ["ocfl/a/v1/content/a", "ocfl/a/v1/content/b/c", "ocfl/a/z"]
    assert read(store, "ocfl/a/z") == b"3"


def test_a_tree_may_come_again(store: ObjectStore) -> None:
    for _ in range(2):
        store.put_tree("ocfl/a", tree(x=b"1", y=b"2"))
    assert list(store.iter_keys()) == ["ocfl/a/x", "ocfl/a/y"]


def test_a_tree_completes_what_was_left_unfinished(store: ObjectStore) -> None:
    put(store, b"1", "ocfl/a/x")
    store.put_tree("ocfl/a", tree(x=b"1", y=b"2"))
    assert read(store, "ocfl/a/y") == b"2"


def test_a_tree_does_not_touch_other_bytes(store: ObjectStore) -> None:
    put(store, b"other", "ocfl/a/x")
    with pytest.raises(ObjectExistsError):
        store.put_tree("ocfl/a", tree(x=b"1", y=b"2"))
    assert read(store, "ocfl/a/x") == b"other"


def test_a_damaged_tree_is_not_believed(store: ObjectStore) -> None:
    wrong = TreeFile("y", 1, sha256(b"2"), lambda: io.BytesIO(b"3"))
    with pytest.raises(TransferDamagedError):
        store.put_tree("ocfl/a", [*tree(x=b"1"), wrong])
    with pytest.raises(ObjectNotFoundError):
        store.stat("ocfl/a/y")


def test_a_root_inventory_is_replaced(store: ObjectStore) -> None:
    replace(store, b"one")
    replace(store, b"two")
    replace(store, b"three", f"{ROOT_INVENTORY}.sha256")
    assert read(store, ROOT_INVENTORY) == b"two"


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        "ocfl/ab1/cde/f00/urn%3auuid%3aA/v1/inventory.json",
        "ocfl/ab1/cde/f00/urn%3auuid%3aA/v12/inventory.json.sha256",
        "ocfl/ab1/cde/f00/urn%3auuid%3aA/0=ocfl_object_1.1",
        "acts/x/inventory.json",
        "copy.json",
    ],
)
def test_nothing_else_is_ever_replaced(store: ObjectStore, key: str) -> None:
    put(store, b"first", key)
    with pytest.raises(ValueError, match="root inventory"):
        replace(store, b"other", key)
    assert read(store, key) == b"first"


def test_a_damaged_replacement_leaves_the_old(store: ObjectStore) -> None:
    replace(store, b"one")
    with pytest.raises(TransferDamagedError):
        store.replace(ROOT_INVENTORY, io.BytesIO(b"twO"), size=3, sha256=sha256(b"two"))
    assert read(store, ROOT_INVENTORY) == b"one"


def test_healing_puts_the_recorded_bytes_over_others(store: ObjectStore) -> None:
    put(store, b"damaged")
    heal(store, b"recorded")
    assert read(store) == b"recorded"


def test_healing_brings_back_what_is_missing(store: ObjectStore) -> None:
    heal(store, b"recorded")
    assert read(store) == b"recorded"


def test_healing_does_not_read_what_it_does_not_need(store: ObjectStore) -> None:
    put(store, b"recorded")
    store.heal(KEY, io.BytesIO(b"nonsense"), size=8, sha256=sha256(b"recorded"))
    assert read(store) == b"recorded"


def test_healing_from_damaged_bytes_changes_nothing(store: ObjectStore) -> None:
    put(store, b"damaged")
    with pytest.raises(TransferDamagedError):
        store.heal(KEY, io.BytesIO(b"nonsense"), size=8, sha256=sha256(b"recorded"))
    assert read(store) == b"damaged"


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.", "tmp/x", "a\\b", "tờ/a", "a\nb", "x" * 256],
)
def test_a_key_that_is_none_is_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        put(store, b"first", key)


def test_sweeping_an_idle_store_takes_nothing(store: ObjectStore) -> None:
    put(store, b"first")
    assert store.sweep() == 0
    assert read(store) == b"first"


def test_bytes_larger_than_a_part_come_back_equal(store: ObjectStore) -> None:
    content = bytes(range(256)) * (80 << 10)
    put(store, content)
    put(store, content)
    with store.open(KEY) as source:
        assert hashlib.file_digest(source, "sha256").hexdigest() == sha256(content)  # type: ignore[arg-type]  # IO[bytes]
    with store.open(KEY, offset=(9 << 20) + 3, length=5) as source:
        assert source.read() == content[3:8]


@pytest.mark.parametrize("wrong", [-1, 0, 1])
def test_a_large_file_with_a_wrong_end_leaves_nothing(store: ObjectStore, wrong: int) -> None:
    announced = bytes(20 << 20)
    found = announced[:-1] + {-1: b"", 0: b"x", 1: b"\0\0"}[wrong]
    with pytest.raises(TransferDamagedError):
        store.put(KEY, io.BytesIO(found), size=len(announced), sha256=sha256(announced))
    assert list(store.iter_keys()) == []
    assert store.sweep() == 0


def test_a_large_file_passes_in_bounded_memory(store: ObjectStore) -> None:
    size = 64 << 20
    digest = sha256(bytes(size))
    tracemalloc.start()
    try:
        store.put(KEY, io.BufferedReader(Zeros(size)), size=size, sha256=digest)
        with store.open(KEY) as source:
            assert digest_and_size(source) == (digest, size)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


# versitygw keeps everything but this: it looks first and writes then, so that of two writers at
# the very same moment both may be taken; the bytes read back, which publishing goes by, tell them
# apart.
@pytest.mark.parametrize("store", ["filesystem", "minio"], indirect=True)
def test_of_two_writers_one_wins_and_both_are_told_the_truth(store: ObjectStore) -> None:
    contents = [bytes([number]) * 100_000 for number in range(8)]

    def written(content: bytes) -> bool:
        try:
            put(store, content)
        except ObjectExistsError:
            return False
        return True

    with ThreadPoolExecutor(len(contents)) as threads:
        outcomes = list(threads.map(written, contents))
    assert outcomes.count(True) == 1
    assert read(store) == contents[outcomes.index(True)]


def test_equal_bytes_may_come_from_several_at_once(store: ObjectStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(partial(put, store), [b"first"] * 8))
    assert read(store) == b"first"


def test_a_reader_that_stops_early_harms_nobody(store: ObjectStore) -> None:
    content = bytes(1 << 20)
    put(store, content)
    for _ in range(3):
        with store.open(KEY, past_cache=True) as source:
            assert source.read(10) == content[:10]
    assert read(store) == content


def test_it_serves_in_the_child_of_a_process_that_used_it(store: ObjectStore) -> None:
    put(store, b"first")
    child = os.fork()
    if not child:  # no assertion: what pytest would make of it belongs to the parent
        os._exit(0 if read(store) == b"first" else 1)
    assert read(store) == b"first"
    assert os.waitpid(child, 0)[1] == 0


class Zeros(io.RawIOBase):
    """So many zeros, none of them in memory."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # narrower
        """See ``io.RawIOBase.readinto``."""
        count = min(len(buffer), self._left)
        buffer[:count] = bytes(count)
        self._left -= count
        return count


SEGMENT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="/\\"),
    min_size=1,
    max_size=40,
).filter(lambda name: name not in (".", ".."))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.lists(SEGMENT, min_size=1, max_size=4), content=st.binary(max_size=64))
def test_any_printable_key_gives_back_its_bytes(
    store: ObjectStore, path: list[str], content: bytes
) -> None:
    key = "/".join(["acts", sha256("/".join(path).encode() + content), *path])
    put(store, content, key)
    assert read(store, key) == content
    assert list(store.iter_keys(key)) == [key]
