"""Files that are on the medium when we say so, and the operating system's errors as ours."""

import errno
import fcntl
import hashlib
import io
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectUnreadableError,
    StoreFullError,
    StoreUnreachableError,
)
from archive_service.storage.reader import copy_verified

_UNREADABLE = {errno.EIO, errno.ELOOP, errno.EBADMSG, errno.EUCLEAN}
_DENIED = {errno.EACCES, errno.EPERM, errno.ENXIO}  # the last: a socket
_FULL = {errno.ENOSPC, errno.EDQUOT}
_SYNCS = 8  # at once: a journal takes them with one write


class Window(io.RawIOBase):
    """A part of an open file, which counts its positions from the part's beginning."""

    def __init__(self, raw: io.FileIO, key: str, *, offset: int, length: int | None) -> None:
        size = os.fstat(raw.fileno()).st_size
        self._raw = raw
        self._key = key
        self._start = min(offset, size)
        self._size = size - self._start if length is None else min(length, size - self._start)
        self._at = 0
        raw.seek(self._start)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # narrower
        """See ``io.RawIOBase.readinto``; ``ObjectUnreadableError`` where the medium fails."""
        try:
            count = self._raw.readinto(memoryview(buffer)[: self._size - self._at])
        except OSError as trouble:
            raise ObjectUnreadableError(key=self._key, reason=trouble.strerror) from trouble
        self._at += count or 0
        return count or 0

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """See ``io.IOBase.seek``."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = min(max(base + offset, 0), self._size)
        self._raw.seek(self._start + self._at)
        return self._at

    def tell(self) -> int:
        """See ``io.IOBase.tell``."""
        return self._at

    def close(self) -> None:
        """See ``io.IOBase.close``."""
        self._raw.close()
        super().close()


@contextmanager
def our_errors(key: str, root: Path) -> Iterator[None]:
    """The operating system's errors as ours; a missing root is a store that does not answer."""
    try:
        yield
    except OSError as trouble:
        if trouble.errno in _FULL:
            raise StoreFullError(key=key, root=str(root)) from trouble
        if isinstance(trouble, (FileNotFoundError, NotADirectoryError)) and root.is_dir():
            raise ObjectNotFoundError(key=key) from None
        reason = trouble.strerror or str(trouble)
        raise StoreUnreachableError(key=key, root=str(root), reason=reason) from trouble


def open_regular(path: Path, key: str) -> io.FileIO:
    """An ordinary file for reading, unbuffered; a link is not followed, since it proves nothing.

    What else may stand in its place is never waited for: a pipe gives nothing to whoever opens it.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError as trouble:
        if trouble.errno in _UNREADABLE or (trouble.errno in _DENIED and _may_write(path.parent)):
            raise ObjectUnreadableError(key=key, reason=trouble.strerror) from trouble
        raise
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return io.FileIO(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise ObjectNotFoundError(key=key)
    raise ObjectUnreadableError(key=key, reason="not an ordinary file")


def _may_write(folder: Path) -> bool:
    """Then a file that cannot be read is trouble with the file, and can be put right."""
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def write_synced(path: Path, source: IO[bytes], *, size: int, sha256: str) -> Path:
    """A new file of exactly the announced bytes, durable itself; its name is not yet."""
    with path.open("xb") as out:
        copy_verified(source, out, size=size, sha256=sha256)
        out.flush()
        os.fsync(out.fileno())
    return path


def sync_file(path: Path) -> None:
    """Force the file to the medium."""
    with path.open("rb", buffering=0) as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Force the names in ``folder`` to the medium."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(target: Path, content: bytes, *, mode: int = 0o666) -> None:
    """All of the file or none of it, and durable; the same again is the same file."""
    write_pieces(target, [content], mode=mode)


def write_pieces(target: Path, pieces: Iterable[bytes], *, mode: int = 0o666) -> str:
    """The same of a file that comes in pieces; returns its SHA-256.

    Of several threads or processes at the same moment one writes after the other.

    Args:
        mode: who may read and write it from its first byte on, less what the process leaves out.
    """
    digest = hashlib.sha256()
    part = target.with_name(f".{target.name}.part")
    with _alone(part, mode):
        with part.open("wb") as out:
            for piece in pieces:
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    sync_folder(target.parent)
    return digest.hexdigest()


@contextmanager
def _alone(part: Path, mode: int) -> Iterator[None]:
    """Once nobody else writes the file; held by a reader, so that a medium can be taken away."""
    while True:
        held = os.open(part, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, mode)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if _is_named(held, part):
                yield
                return
        finally:
            os.close(held)


def _is_named(held: int, path: Path) -> bool:
    """False once another writer gave the file its final name."""
    try:
        return os.path.samestat(os.fstat(held), path.stat())
    except FileNotFoundError:
        return False


def sync_files(files: Collection[Path]) -> None:
    """``sync_file`` of each; together they take little longer than one."""
    _all_at_once(sync_file, files)


def sync_folders(folders: Collection[Path]) -> None:
    """``sync_folder`` of each, likewise."""
    _all_at_once(sync_folder, folders)


def _all_at_once(sync: Callable[[Path], None], paths: Collection[Path]) -> None:
    with ThreadPoolExecutor(min(_SYNCS, max(len(paths), 1))) as threads:
        for _ in threads.map(sync, paths):
            pass  # the first trouble flies
