"""Bytes on their way, durable under their own digest; the only place that may discard."""

import datetime as dt
import hashlib
import io
import math
import os
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Protocol

from archive_service.errors import BackendError, InputError, NotFoundError
from archive_service.storage.durable import our_errors, sync_file, sync_files, sync_folders
from archive_service.storage.filesystem import scratch, sweep_scratch
from archive_service.storage.reader import CHUNK_BYTES

_SMALL_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class StagedObjectMissingError(NotFoundError):
    """No bytes with this digest are staged."""


class StagedTooLargeError(InputError):
    """More bytes came than may be received; none of them stays."""


class SourceUnreadableError(BackendError):
    """Where the bytes come from does not give them: no fault of the store that takes them."""


@dataclass(frozen=True, slots=True)
class StagedObject:
    """Bytes that are durable in staging."""

    sha256: str
    size_bytes: int


class Staging(Protocol):
    """Content-addressed bytes on their way into the store; shared by all machines, never locked."""

    def receive(self, source: IO[bytes], *, limit_bytes: int | None = None) -> StagedObject:
        """Take all of ``source`` in bounded memory, hashed once; durable on return.

        Equal bytes may come again. Raises ``StagedTooLargeError`` beyond ``limit_bytes`` and
        ``StoreFullError``: then nothing stays.
        """

    def receive_all(self, pieces: Sequence[bytes]) -> list[StagedObject]:
        """Take many small files at once, in their order; all are durable on return."""

    def receive_each(self, openers: Sequence[Callable[[], IO[bytes]]]) -> list[StagedObject]:
        """``receive`` of many files of any size, one after another, in their order.

        All are durable on return. Where one fails, none of them stays.
        """

    def open(self, sha256: str, *, offset: int = 0) -> IO[bytes]:
        """The bytes from ``offset``, to be read once; the caller closes.

        Raises ``StagedObjectMissingError`` if there are none.
        """

    def path(self, sha256: str) -> AbstractContextManager[Path]:
        """A local file to hand to a tool, to be read only, gone or not after the block."""

    def size_bytes(self, sha256: str) -> int:
        """How long they are; ``StagedObjectMissingError`` if there are none."""

    def has(self, sha256: str) -> bool:
        """Whether bytes with this digest are here."""

    def discard(self, sha256: str, *, older_than: dt.datetime | None = None) -> None:
        """Remove them; fine if they are gone. The caller knows that nothing needs them.

        With ``older_than`` they stay if they were last received at that moment or later.
        """

    def iter_digests(self, *, older_than: dt.datetime | None = None) -> Iterator[str]:
        """All digests, ascending; with ``older_than`` those last received before that moment."""

    def sweep(self) -> int:
        """Clear what killed processes left half-received; how many pieces."""


class FolderStaging:
    """One file per digest in ``root/ab/ab12…``; what is half received lies in ``root/tmp``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tmp = root / "tmp"

    def receive(self, source: IO[bytes], *, limit_bytes: int | None = None) -> StagedObject:
        """See ``Staging.receive``."""
        with our_errors("", self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            with scratch(self._tmp) as mine:
                staged = receive_into(mine / "whole", source, limit_bytes)
                self._let_in({mine / "whole": staged})
        return staged

    def receive_all(self, pieces: Sequence[bytes]) -> list[StagedObject]:
        """See ``Staging.receive_all``."""
        return self.receive_each([partial(io.BytesIO, piece) for piece in pieces])

    def receive_each(self, openers: Sequence[Callable[[], IO[bytes]]]) -> list[StagedObject]:
        """See ``Staging.receive_each``; all written, then all synced, then all named."""
        received: list[StagedObject] = []
        arrived: dict[StagedObject, Path] = {}  # what came more than once, as schemas do, lies once
        with our_errors("", self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            with scratch(self._tmp) as mine:
                for number, opener in enumerate(openers):
                    with opened(opener) as source:
                        path = mine / str(number)
                        staged = receive_into(path, source, None, known=arrived)
                    received.append(staged)
                    arrived.setdefault(staged, path)
                self._let_in({path: staged for staged, path in arrived.items()})
        return received

    def _let_in(self, arrived: Mapping[Path, StagedObject]) -> None:
        """Under their digests; durable on return. Whoever reads the old equal bytes is content."""
        finals = {path: self._file(staged.sha256) for path, staged in arrived.items()}
        new = {path: it for path, it in finals.items() if not _is_there(it, arrived[path])}
        sync_files(new)
        folders = {final.parent for final in finals.values()}
        for folder in folders:
            folder.mkdir(exist_ok=True)
        for path, final in new.items():
            path.replace(final)
        for path, final in finals.items() - new.items():
            try:
                os.utime(final)  # received now, for who asks how old it is
            except FileNotFoundError:  # discarded meanwhile
                sync_file(path)
                path.replace(final)
        # The last two as well: who made these folders may have been killed before its sync.
        sync_folders([*folders, self._root, self._root.parent])

    def open(self, sha256: str, *, offset: int = 0) -> IO[bytes]:
        """See ``Staging.open``."""
        with self._known(sha256):
            source = self._file(sha256).open("rb")
            source.seek(offset)
            return source

    @contextmanager
    def path(self, sha256: str) -> Iterator[Path]:
        """See ``Staging.path``."""
        if not self.has(sha256):
            raise StagedObjectMissingError(sha256=sha256)
        yield self._file(sha256)

    def size_bytes(self, sha256: str) -> int:
        """See ``Staging.size_bytes``."""
        with self._known(sha256):
            return self._file(sha256).stat().st_size

    def has(self, sha256: str) -> bool:
        """See ``Staging.has``."""
        return self._file(sha256).is_file()

    def discard(self, sha256: str, *, older_than: dt.datetime | None = None) -> None:
        """See ``Staging.discard``."""
        file = self._file(sha256)
        with our_errors(sha256, self._root), suppress(FileNotFoundError):
            if older_than is None or file.stat().st_mtime < older_than.timestamp():
                file.unlink()

    def iter_digests(self, *, older_than: dt.datetime | None = None) -> Iterator[str]:
        """See ``Staging.iter_digests``."""
        before = math.inf if older_than is None else older_than.timestamp()
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            for file in sorted(folder.iterdir()):
                with suppress(FileNotFoundError):  # another process has discarded it meanwhile
                    if _DIGEST.match(file.name) and file.stat().st_mtime < before:
                        yield file.name

    def sweep(self) -> int:
        """See ``Staging.sweep``."""
        return sweep_scratch(self._tmp)

    def _file(self, sha256: str) -> Path:
        require_digest(sha256)
        return self._root / sha256[:2] / sha256

    @contextmanager
    def _known(self, sha256: str) -> Iterator[None]:
        with our_errors(sha256, self._root):
            try:
                yield
            except FileNotFoundError:
                raise StagedObjectMissingError(sha256=sha256) from None


def _is_there(final: Path, staged: StagedObject) -> bool:
    """Whether a small file lies there with these very bytes: it need not be written again.

    Schemas and the like come with every package. The bytes are read, the name alone proves nothing.
    """
    if staged.size_bytes > _SMALL_BYTES:
        return False
    with suppress(OSError):
        return _sha256(final.read_bytes()) == staged.sha256
    return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def require_digest(sha256: str) -> None:
    """``ValueError`` unless it is one, in lower-case hex."""
    if not _DIGEST.match(sha256):
        raise ValueError(f"not a digest: {sha256!r}")


def receive_into(
    path: Path,
    source: IO[bytes],
    limit_bytes: int | None,
    *,
    known: Container[StagedObject] = (),
) -> StagedObject:
    """All of ``source`` in a new file, hashed once; ``StagedTooLargeError`` beyond the limit.

    A file of one piece that is ``known`` is not written.
    """
    digest, size = hashlib.sha256(), 0
    pieces = _pieces(source)
    first, second = next(pieces, b""), next(pieces, b"")
    if not second and (small := StagedObject(_sha256(first), len(first))) in known:
        return small
    with path.open("xb") as out:
        for chunk in chain((first, second), pieces):
            size += len(chunk)
            if limit_bytes is not None and size > limit_bytes:
                raise StagedTooLargeError(limit_bytes=limit_bytes)
            digest.update(chunk)
            out.write(chunk)
    return StagedObject(sha256=digest.hexdigest(), size_bytes=size)


@contextmanager
def opened(opener: Callable[[], IO[bytes]]) -> Iterator[IO[bytes]]:
    """The source, closed after use; ``SourceUnreadableError`` where it does not open."""
    with _of_source():
        source = opener()
    try:
        yield source
    finally:
        source.close()


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while True:
        with _of_source():
            piece = source.read(CHUNK_BYTES)
        if not piece:
            return
        yield piece


@contextmanager
def _of_source() -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        raise SourceUnreadableError(reason=trouble.strerror or str(trouble)) from trouble
