"""The first bytes of a file as a file of their own, so that no revision has to be copied."""

import io
from typing import IO, Any, BinaryIO, cast


def head_of(source: IO[bytes], end: int) -> BinaryIO:
    """The first ``end`` bytes of an open file, whose place is moved by reading."""
    return cast(BinaryIO, _Head(source, end))


class _Head(io.RawIOBase):
    def __init__(self, source: IO[bytes], end: int) -> None:
        self._source, self._end, self._at = source, end, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """See ``io.IOBase.seek``."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """See ``io.RawIOBase.readinto``."""
        wanted = max(0, min(len(buffer), self._end - self._at))
        self._source.seek(self._at)
        data = self._source.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
