"""Bytes are hashed as they pass by, in bounded memory, never in a second read."""

import hashlib
import io
from typing import IO

from archive_service.storage.port import TransferDamagedError

CHUNK_BYTES = 256 << 10  # fits the processor's cache: from the read to the hash and the write


class VerifiedReader(io.RawIOBase):
    """Passes ``source`` on; where the last bytes would complete something else, it raises instead.

    ``TransferDamagedError`` comes in place of the last read if ``source`` is shorter, longer or
    other than announced, so that no receiver ever sees a whole wrong file.
    """

    def __init__(self, source: IO[bytes], *, size: int, sha256: str) -> None:
        self._source = source
        self._size = size
        self._sha256 = sha256
        self._left = size
        self._hash = hashlib.sha256()
        self._judged = False

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes, or all that are left."""
        wanted = self._left if size < 0 else min(size, self._left)
        chunk = self._source.read(wanted) if wanted else b""
        if wanted and not chunk:
            raise self._damaged(found_bytes=self._size - self._left)
        self._hash.update(chunk)
        self._left -= len(chunk)
        if size < 0 and self._left:
            return chunk + self.read()
        if not self._left and not self._judged:
            self._judge()
        return chunk

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower
        """See ``io.RawIOBase.readinto``."""
        wanted = memoryview(buffer)[: self._left]
        count: int = self._source.readinto(wanted) if wanted else 0  # type: ignore[attr-defined]  # all streams have it
        if wanted and not count:
            raise self._damaged(found_bytes=self._size - self._left)
        self._hash.update(wanted[:count])
        self._left -= count
        if not self._left and not self._judged:
            self._judge()
        return count

    def _judge(self) -> None:
        if self._source.read(1):
            raise self._damaged(found_bytes=self._size + 1)
        if self._hash.hexdigest() != self._sha256:
            raise self._damaged(found_bytes=self._size)
        self._judged = True

    def _damaged(self, *, found_bytes: int) -> TransferDamagedError:
        return TransferDamagedError(
            expected=self._sha256,
            found=self._hash.hexdigest(),
            expected_bytes=self._size,
            found_bytes=found_bytes,
        )


def copy_verified(source: IO[bytes], out: IO[bytes], *, size: int, sha256: str) -> None:
    """All of ``source`` into ``out``; ``TransferDamagedError`` as ``VerifiedReader`` raises it.

    The buffer stays in the processor's cache from the read to the hash and the write.
    """
    body = VerifiedReader(source, size=size, sha256=sha256)
    buffer = memoryview(bytearray(CHUNK_BYTES))
    while count := body.readinto(buffer):
        out.write(buffer[:count])


def sha256_of(source: IO[bytes]) -> str:
    """Digest of all that is left in ``source``, in lower-case hex."""
    return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]  # IO[bytes]


def digests_and_size(source: IO[bytes], second: str = "") -> tuple[str, int, str]:
    """As ``digest_and_size``, with the digest by a second algorithm if one is named."""
    if not second:
        return (*digest_and_size(source), "")
    digest, other, size = hashlib.sha256(), hashlib.new(second), 0
    buffer = memoryview(bytearray(CHUNK_BYTES))
    while count := source.readinto(buffer):  # type: ignore[attr-defined]  # all streams have it
        digest.update(buffer[:count])
        other.update(buffer[:count])
        size += count
    return digest.hexdigest(), size, other.hexdigest()


def digest_and_size(source: IO[bytes]) -> tuple[str, int]:
    """Digest and length in bytes of all that is left in ``source``."""
    digest, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(CHUNK_BYTES))
    while count := source.readinto(buffer):  # type: ignore[attr-defined]  # all streams have it
        digest.update(buffer[:count])
        size += count
    return digest.hexdigest(), size
