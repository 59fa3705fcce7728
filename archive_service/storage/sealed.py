"""Streams that are sealed on their way: encrypted as the public ``age`` tool does, and hashed."""

import hashlib
import io
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from archive_service.storage.reader import digest_and_size

_CHUNK = 1 << 20
# Of the library: it has one error for all of them.
_NO_KEY, _OTHER_PHRASE, _TOO_SLOW = "No matching keys", "Decryption failed", "Excessive work"
_TRIES, _PAUSE_S = 5, 0.2  # of what it takes for too slow


def iter_chunks(source: IO[bytes]) -> Iterator[bytes]:
    """All that is left in ``source``, in bounded memory."""
    while chunk := source.read(_CHUNK):
        yield chunk


class ChunkReader(io.RawIOBase):
    """A file made of chunks as they come; knows afterwards what passed, and what broke it off."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")
        self._digest = hashlib.sha256()
        self.trouble: BaseException | None = None

    @property
    def sha256(self) -> str:
        """Digest of all that was read."""
        return self._digest.hexdigest()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower
        """See ``io.RawIOBase.readinto``."""
        while not self._left:
            try:
                chunk = next(self._chunks)
            except StopIteration:
                return 0
            except BaseException as trouble:
                self.trouble = trouble  # the encrypting library would wrap it
                raise
            self._digest.update(chunk)
            self._left = memoryview(chunk)
        count = min(len(buffer), len(self._left))
        memoryview(buffer)[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


class HashingWriter(io.RawIOBase):
    """Passes all on to ``out`` and knows its digest."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.trouble: OSError | None = None

    @property
    def sha256(self) -> str:
        """Digest of all that was written."""
        return self._digest.hexdigest()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any, /) -> int:  # Any: whatever holds bytes
        """See ``io.RawIOBase.write``; an error of the system is kept in ``trouble``, too."""
        view = memoryview(data).cast("B")
        try:
            self._out.write(view)
        except OSError as trouble:
            self.trouble = trouble
            raise
        self._digest.update(view)
        self.size_bytes += len(view)
        return len(view)


def encrypt(source: ChunkReader, out: HashingWriter, recipients: Sequence[Any]) -> None:
    """All of ``source`` into ``out``, for each of the recipients; what broke it off flies."""
    import pyrage

    try:
        pyrage.encrypt_io(source, out, recipients)
    except (pyrage.EncryptError, OSError):
        for trouble in (source.trouble, out.trouble):
            if trouble is not None:
                raise trouble from None
        raise


class SealedForOthersError(ValueError):
    """None of the private keys opens it."""


class SealedBrokenError(ValueError):
    """It is cut off, altered, or was never sealed."""


class SealedTooSlowError(ValueError):
    """Its passphrase needs more work than this machine does in some seconds, as busy as it is."""


def opened_by(data: bytes, phrase: str) -> bytes:
    """What was sealed with a passphrase.

    How fast the machine is the library measures each time, within some milliseconds: where that
    is too slow it is asked again, as another program may have had them.

    Raises:
        SealedForOthersError: with another passphrase.
        SealedTooSlowError, SealedBrokenError
    """
    import pyrage

    text = ""
    for _ in range(_TRIES):
        try:
            return bytes(pyrage.passphrase.decrypt(data, phrase))
        except pyrage.DecryptError as wrong:
            text = str(wrong)
        if _OTHER_PHRASE in text:
            raise SealedForOthersError(text)
        if _TOO_SLOW not in text:
            raise SealedBrokenError(text)
        time.sleep(_PAUSE_S)
    raise SealedTooSlowError(text)


def decrypt(source: ChunkReader, out: HashingWriter, identities: Sequence[Any]) -> None:
    """All that was sealed into ``out``; what broke off reading or writing flies as it came.

    Raises:
        SealedForOthersError, SealedBrokenError: what stands in ``out`` is no use.
    """
    import pyrage

    try:
        pyrage.decrypt_io(source, out, identities)
    except (pyrage.DecryptError, OSError) as wrong:
        for trouble in (source.trouble, out.trouble):
            if trouble is not None:
                raise trouble from None
        if _NO_KEY in str(wrong):
            raise SealedForOthersError(str(wrong)) from None
        raise SealedBrokenError(str(wrong)) from None


def digest_past_cache(file: Path) -> tuple[str, int]:
    """Digest and bytes of a file as its medium gives them back."""
    with file.open("rb", buffering=0) as source:
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return digest_and_size(source)
