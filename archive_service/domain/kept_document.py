"""A document as rows and acts keep it: as it is, or packed where it is long.

Packed is gzip (RFC 1952) in base64 (RFC 4648): ``base64 -d | gunzip`` gives it back. Plain is what
is short, and all that earlier releases kept.
"""

import base64
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, BinaryIO

from archive_service.errors import IntegrityViolationError

PLAIN_BYTES = 256 << 10  # what is longer is packed
MOST_BYTES = 256 << 20  # no message of ours is longer: a damaged one unpacks to no more
_BEGINS = "H4sI"  # base64 of what gzip begins with; no XML or JSON begins so
_GZIP = 31  # of zlib: with head and tail of RFC 1952, which names no file and no moment
_PIECE = 1 << 18  # a multiple of 4, as base64 is cut


class KeptDamagedError(IntegrityViolationError):
    """A packed document does not unpack, or to too much; ``sha256``: of what it should be."""

    code = "kept-document-damaged"


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it is kept, which is read in pieces as often as one likes.

    ``text`` is what stands in the row and in the act; ``sha256`` is that of the document.
    """

    text: str
    sha256: str

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> "Kept":
        """A document that comes in pieces; the whole of a long one is nowhere in memory."""
        digest, packing, beginning, size = hashlib.sha256(), _Packing(), list[bytes](), 0
        for piece in pieces:
            digest.update(piece)
            packing.add(piece)
            size += len(piece)
            if size <= PLAIN_BYTES:
                beginning.append(piece)
        plain = _plain(b"".join(beginning)) if size <= PLAIN_BYTES else None
        return cls(packing.text() if plain is None else plain, digest.hexdigest())

    @classmethod
    def read_from(cls, source: IO[bytes]) -> "Kept":
        """All that the caller's ``source`` gives until its end."""
        return cls.of(iter(partial(source.read, _PIECE), b""))

    def __iter__(self) -> Iterator[bytes]:
        """The document.

        Raises:
            KeptDamagedError: at the place that does not unpack.
        """
        if self.text.startswith(_BEGINS):
            return self._unpacked()
        cuts = range(0, len(self.text), _PIECE)
        return (self.text[at : at + _PIECE].encode() for at in cuts)

    def open(self) -> IO[bytes]:
        """The same as a stream; the caller closes it."""
        return _Stream(iter(self))

    def read(self) -> bytes:
        """The whole of it, where it is wanted so."""
        return b"".join(self)

    def is_sound(self) -> bool:
        """Whether it reads, and is by its digest what was kept."""
        digest = hashlib.sha256()
        try:
            for piece in self:
                digest.update(piece)
        except KeptDamagedError:
            return False
        return digest.hexdigest() == self.sha256

    def _unpacked(self) -> Iterator[bytes]:
        unpacking, size = zlib.decompressobj(_GZIP), 0
        try:
            for at in range(0, len(self.text), _PIECE):
                data = base64.b64decode(self.text[at : at + _PIECE], validate=True)
                while piece := unpacking.decompress(data, _PIECE):
                    size += len(piece)
                    if size > MOST_BYTES:
                        raise KeptDamagedError(sha256=self.sha256)
                    yield piece
                    data = unpacking.unconsumed_tail
        except (ValueError, zlib.error):
            raise KeptDamagedError(sha256=self.sha256) from None
        if not unpacking.eof or unpacking.unused_data:
            raise KeptDamagedError(sha256=self.sha256)


class _Packing:
    """Text of base64 that grows by what comes."""

    def __init__(self) -> None:
        self._packed = zlib.compressobj(wbits=_GZIP)
        self._written: list[str] = []
        self._rest = b""  # less than three bytes wait for others

    def add(self, piece: bytes) -> None:
        if data := self._packed.compress(piece):
            whole = self._rest + data
            cut = len(whole) - len(whole) % 3
            self._written.append(base64.b64encode(whole[:cut]).decode("ascii"))
            self._rest = whole[cut:]

    def text(self) -> str:
        last = base64.b64encode(self._rest + self._packed.flush()).decode("ascii")
        return "".join([*self._written, last])


class _Stream(io.RawIOBase, BinaryIO):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


def _plain(document: bytes) -> str | None:
    """As text; ``None`` where that would not be read as the same document."""
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if text.startswith(_BEGINS) else text
