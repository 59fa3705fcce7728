"""A wrong last read never reaches the receiver."""

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.storage.port import TransferDamagedError
from archive_service.storage.reader import VerifiedReader, digest_and_size


@given(content=st.binary(max_size=300), step=st.integers(1, 64))
def test_sound_bytes_pass_unchanged(content: bytes, step: int) -> None:
    digest = hashlib.sha256(content).hexdigest()
    reader = VerifiedReader(io.BytesIO(content), size=len(content), sha256=digest)
    chunks = []
    while chunk := reader.read(step):
        chunks.append(chunk)
    assert b"".join(chunks) == content


@given(content=st.binary(max_size=100), other=st.binary(max_size=100), step=st.integers(1, 40))
def test_other_bytes_never_pass_whole(content: bytes, other: bytes, step: int) -> None:
    digest = hashlib.sha256(content).hexdigest()
    reader = VerifiedReader(io.BytesIO(other), size=len(content), sha256=digest)
    passed = b""
    try:
        while chunk := reader.read(step):
            passed += chunk
    except TransferDamagedError:
        assert other != content
        assert len(passed) < max(len(content), 1)
    else:
        assert other == content


def test_one_read_may_ask_for_all() -> None:
    digest = hashlib.sha256(b"content").hexdigest()
    assert VerifiedReader(io.BytesIO(b"content"), size=7, sha256=digest).read() == b"content"


def test_a_source_that_gives_little_at_a_time_is_read_to_its_end() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(2, 2 if size is None or size < 0 else size))

    digest = hashlib.sha256(b"content").hexdigest()
    assert VerifiedReader(Slow(b"content"), size=7, sha256=digest).read() == b"content"


def test_size_is_counted_while_hashing() -> None:
    content = b"x" * 1_000_001
    assert digest_and_size(io.BytesIO(content)) == (hashlib.sha256(content).hexdigest(), 1_000_001)


def test_damage_names_what_was_expected_and_found() -> None:
    with pytest.raises(TransferDamagedError) as caught:
        VerifiedReader(io.BytesIO(b"abc"), size=4, sha256="0" * 64).read()
    assert caught.value.facts["expected"] == "0" * 64
    assert caught.value.facts["found_bytes"] == 3
