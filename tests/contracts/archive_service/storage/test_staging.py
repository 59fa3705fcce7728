"""The promises of staging's port, kept by every backend."""

import datetime as dt
import hashlib
import io
from functools import partial
from pathlib import Path
from typing import IO

import pytest

from archive_service import clock
from archive_service.storage.s3.staging import open_s3_staging
from archive_service.storage.staging import (
    FolderStaging,
    StagedObjectMissingError,
    StagedTooLargeError,
    Staging,
)
from tests.services.s3 import MinioServer
from tests.worlds.servers.buckets import new_staging_url

ABSENT = "0" * 64


@pytest.fixture(params=["folder", "minio"])
def staging(request: pytest.FixtureRequest, tmp_path: Path) -> Staging:
    """A new, empty staging."""
    if request.param == "folder":
        return FolderStaging(tmp_path / "staging")
    server: MinioServer = request.getfixturevalue("minio")
    return open_s3_staging(new_staging_url(server), scratch=tmp_path / "work")


def read(staging: Staging, sha256: str) -> bytes:
    with staging.open(sha256) as source:
        return source.read()


def test_bytes_lie_under_their_digest(staging: Staging) -> None:
    staged = staging.receive(io.BytesIO(b"content"))
    assert staged.sha256 == hashlib.sha256(b"content").hexdigest()
    assert staged.size_bytes == staging.size_bytes(staged.sha256) == 7
    assert read(staging, staged.sha256) == b"content"
    assert staging.has(staged.sha256)


def test_equal_bytes_may_come_again(staging: Staging) -> None:
    first = staging.receive(io.BytesIO(b"content"))
    assert staging.receive(io.BytesIO(b"content")) == first
    assert list(staging.iter_digests()) == [first.sha256]


def test_an_empty_file_is_received(staging: Staging) -> None:
    staged = staging.receive(io.BytesIO(b""))
    assert staged.size_bytes == 0
    assert read(staging, staged.sha256) == b""


def test_a_limit_may_be_reached_but_not_passed(staging: Staging) -> None:
    assert staging.receive(io.BytesIO(b"12345"), limit_bytes=5).size_bytes == 5
    with pytest.raises(StagedTooLargeError):
        staging.receive(io.BytesIO(b"123456"), limit_bytes=5)
    assert len(list(staging.iter_digests())) == 1


def test_a_source_that_fails_leaves_nothing(staging: Staging) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise ConnectionResetError("gone")

    with pytest.raises(Exception, match="gone"):
        staging.receive(Broken())
    assert list(staging.iter_digests()) == []


def test_a_tool_gets_a_local_file(staging: Staging) -> None:
    staged = staging.receive(io.BytesIO(b"content"))
    with staging.path(staged.sha256) as path:
        assert path.read_bytes() == b"content"


@pytest.mark.parametrize(("offset", "expected"), [(0, b"content"), (3, b"tent"), (7, b"")])
def test_reading_may_begin_later(staging: Staging, offset: int, expected: bytes) -> None:
    staged = staging.receive(io.BytesIO(b"content"))
    with staging.open(staged.sha256, offset=offset) as source:
        assert source.read() == expected


def test_what_is_not_there_is_said_to_be_missing(staging: Staging) -> None:
    assert not staging.has(ABSENT)
    with pytest.raises(StagedObjectMissingError):
        staging.open(ABSENT)
    with pytest.raises(StagedObjectMissingError):
        staging.size_bytes(ABSENT)
    with pytest.raises(StagedObjectMissingError), staging.path(ABSENT):
        pass


def test_discarding_may_be_repeated(staging: Staging) -> None:
    staged = staging.receive(io.BytesIO(b"content"))
    kept = staging.receive(io.BytesIO(b"kept"))
    staging.discard(staged.sha256)
    staging.discard(staged.sha256)
    assert list(staging.iter_digests()) == [kept.sha256]


def test_what_came_again_meanwhile_is_not_discarded(staging: Staging) -> None:
    staged = staging.receive(io.BytesIO(b"content"))
    staging.discard(staged.sha256, older_than=clock.now() - dt.timedelta(minutes=1))
    assert read(staging, staged.sha256) == b"content"
    for _ in range(2):
        staging.discard(staged.sha256, older_than=clock.now() + dt.timedelta(minutes=1))
        assert not staging.has(staged.sha256)


def test_digests_come_ascending(staging: Staging) -> None:
    found = [staging.receive(io.BytesIO(bytes([number]))).sha256 for number in range(9)]
    assert list(staging.iter_digests()) == sorted(found)


def test_what_another_process_discards_meanwhile_is_passed_over(staging: Staging) -> None:
    beside = (b"1", b"12")  # both digests begin with 6b, so that they lie in one folder
    first, second = sorted(staging.receive(io.BytesIO(one)).sha256 for one in beside)
    digests = staging.iter_digests()
    assert next(digests) == first
    staging.discard(second)
    assert set(digests) <= {second}  # a server may have told it before


@pytest.mark.parametrize("name", ["", "../x", "A" * 64, "0" * 63])
def test_only_digests_are_names(staging: Staging, name: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        staging.has(name)


def test_sweeping_an_idle_staging_takes_nothing(staging: Staging) -> None:
    staged = staging.receive(io.BytesIO(b"content"))
    assert staging.sweep() == 0
    assert staging.has(staged.sha256)


def test_many_small_files_are_received_at_once(staging: Staging) -> None:
    pieces = [b"one", b"two", b"", b"one"]
    staged = staging.receive_all(pieces)
    assert [staged_object.sha256 for staged_object in staged] == [
        hashlib.sha256(it).hexdigest() for it in pieces
    ]
    assert [read(staging, staged_object.sha256) for staged_object in staged] == pieces
    assert len(list(staging.iter_digests())) == 3
    assert staging.sweep() == 0


def test_bytes_larger_than_a_part_come_back_equal(staging: Staging) -> None:
    content = bytes(range(256)) * (40 << 10)
    staged = staging.receive(io.BytesIO(content))
    assert staging.size_bytes(staged.sha256) == len(content)
    assert hashlib.sha256(read(staging, staged.sha256)).hexdigest() == staged.sha256
    with staging.path(staged.sha256) as path:
        assert path.stat().st_size == len(content)


def test_nothing_is_left_on_the_local_disk(staging: Staging, tmp_path: Path) -> None:
    staged = staging.receive(io.BytesIO(b"content"))
    with staging.path(staged.sha256):
        pass
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in kept] in ([], [staged.sha256])


def test_files_of_any_size_are_received_one_after_another(staging: Staging) -> None:
    pieces = [b"one", bytes(range(256)) * (10 << 10), b"", b"one"]
    staged = staging.receive_each([partial(io.BytesIO, piece) for piece in pieces])
    assert [staged_object.sha256 for staged_object in staged] == [
        hashlib.sha256(it).hexdigest() for it in pieces
    ]
    assert [read(staging, staged_object.sha256) for staged_object in staged] == pieces
    assert staging.receive_each([partial(io.BytesIO, piece) for piece in pieces]) == staged
    assert len(list(staging.iter_digests())) == 3


def test_of_many_files_none_stays_where_one_fails(staging: Staging) -> None:
    def broken() -> IO[bytes]:
        raise ConnectionResetError("gone")

    with pytest.raises(Exception, match="gone"):
        staging.receive_each([partial(io.BytesIO, b"one"), broken])
    assert list(staging.iter_digests()) == []


def test_small_bytes_that_spoiled_are_good_again_when_they_come_again(tmp_path: Path) -> None:
    root = tmp_path / "staging"
    staging = FolderStaging(root)
    staged = staging.receive(io.BytesIO(b"content"))
    (root / staged.sha256[:2] / staged.sha256).write_bytes(b"c0ntent")
    assert staging.receive_all([b"content"]) == [staged]
    assert read(staging, staged.sha256) == b"content"
