"""Reading an object over the network: what breaks off is told, and nothing is silently short."""

import http.client
import io
import re
from typing import IO

import urllib3
from minio.error import S3Error

from archive_service.storage.port import ObjectUnreadableError, TransferDamagedError
from archive_service.storage.s3.client import Bucket
from archive_service.storage.s3.errors import our_errors

_CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)\Z")
_BEYOND = "InvalidRange"
_UNREADABLE = "SlowDownRead"  # of MinIO: too few of its drives give sound bytes
_BUFFER_BYTES = 128 << 10


def open_object(
    bucket: Bucket, key: str, *, offset: int = 0, length: int | None = None, fresh: bool = False
) -> IO[bytes]:
    """The bytes from ``offset``, at most ``length``; ``fresh`` reads on a new connection.

    Raises ``ObjectNotFoundError``, and ``ObjectUnreadableError`` where the server tells of the
    object but does not give it; on reading ``StoreUnreachableError`` where the connection breaks
    or hangs, ``TransferDamagedError`` where fewer bytes come than were announced.
    """
    if length == 0:
        bucket.head(key)
        return io.BytesIO()
    headers = {}
    if offset or length is not None:
        last = "" if length is None else offset + length - 1
        headers["Range"] = f"bytes={offset}-{last}"
    client = bucket.fresh_client() if fresh else bucket.client(reading=True)
    try:
        with our_errors(key, untouched={_BEYOND, _UNREADABLE}):
            answer = client.call("GET", bucket.name, key, headers=headers, preload_content=False)
    except S3Error as refusal:
        if refusal.code == _BEYOND:
            return io.BytesIO()
        bucket.head(key)  # where drives are away it fails as well: then nobody answers
        raise ObjectUnreadableError(key=key, reason=refusal.code) from refusal
    try:
        size = _announced(answer, key, offset=offset, length=length)
    except BaseException:
        answer.close()
        raise
    return io.BufferedReader(_Body(answer, key, size), _BUFFER_BYTES)


class _Body(io.RawIOBase):
    """The body of one answer, of which ``size`` bytes must come."""

    def __init__(self, answer: urllib3.BaseHTTPResponse, key: str, size: int) -> None:
        self._answer = answer
        self._key = key
        self._size = self._left = size
        if not size:
            answer.drain_conn()  # else its connection would not go back to the pool

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # narrower
        """See ``io.RawIOBase.readinto``; errors as ``open_object`` tells."""
        wanted = min(len(buffer), self._left)
        if not wanted:
            return 0
        with our_errors(self._key):
            try:
                chunk = self._answer.read(wanted, decode_content=False)
            except urllib3.exceptions.ProtocolError as trouble:
                if not _is_short(trouble):
                    raise
                chunk = b""
        if not chunk:
            raise TransferDamagedError(
                key=self._key,
                expected=f"{self._size} bytes",
                expected_bytes=self._size,
                found_bytes=self._size - self._left,
            )
        buffer[: len(chunk)] = chunk
        self._left -= len(chunk)
        return len(chunk)

    def close(self) -> None:
        """See ``io.IOBase.close``; a connection with bytes still to come is not used again."""
        if not self.closed:
            self._answer.close()
        super().close()


def _is_short(trouble: urllib3.exceptions.ProtocolError) -> bool:
    """Whether the other side ended before its time; so it does too with an object that rotted."""
    short = (urllib3.exceptions.IncompleteRead, http.client.IncompleteRead)
    return any(isinstance(it, short) for it in (trouble, *trouble.args))


def _announced(
    answer: urllib3.BaseHTTPResponse, key: str, *, offset: int, length: int | None
) -> int:
    """How many bytes must come: those asked for, as far as the object reaches."""
    size = answer.headers.get("Content-Length")
    if answer.status == 206:
        found = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
        if found and int(found[1]) == offset:
            rest = int(found[3]) - offset
            return rest if length is None else min(length, rest)
    elif size is not None and not offset:
        return int(size) if length is None else min(length, int(size))
    raise TransferDamagedError(key=key, expected="Content-Range", found=answer.status)
