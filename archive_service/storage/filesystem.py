"""A copy on a file system: plain files that need no code of ours to be read."""

import errno
import fcntl
import hashlib
import io
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

from archive_service.storage.durable import (
    Window,
    open_regular,
    our_errors,
    sync_file,
    sync_files,
    sync_folder,
    write_synced,
)
from archive_service.storage.port import (
    ObjectExistsError,
    ObjectNotFoundError,
    ObjectStat,
    ObjectUnreadableError,
    StoreUnreachableError,
    TransferDamagedError,
    TreeFile,
    require_key,
    require_replaceable,
)
from archive_service.storage.reader import copy_verified, digest_and_size, sha256_of

ASIDE = (
    "lost+found"  # below the root, and no part of the copy; by the keys that it was in the way of
)
_THREADS = 4  # of one tree: while some hash, others wait for the disk


class FilesystemStore:
    """Files under ``root``; what is not yet whole lies in ``tmp/``, beside the tree ``ocfl/``."""

    def __init__(self, root: Path, *, name: str = "") -> None:
        self._root = root
        self._tmp = root / "tmp"
        self._name = name or root.name

    @property
    def name(self) -> str:
        """See ``ObjectStore.name``."""
        return self._name

    def prepare(self) -> None:
        """See ``ObjectStore.prepare``."""
        with our_errors(self.name, self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            sync_folder(self._root.parent)

    def free_bytes(self) -> int:
        """See ``TellsRoom.free_bytes``."""
        with our_errors(self.name, self._root):
            return shutil.disk_usage(self._root).free

    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.put``."""
        final = self._path(key)
        with our_errors(key, self._root):
            if self._holds(key, sha256):
                self._sync_names(final.parent)
                return
            with scratch(self._tmp) as mine:
                staged = write_synced(mine / "whole", source, size=size, sha256=sha256)
                self._make_folders(final.parent)
                try:
                    os.link(staged, final)  # never replaces, unlike rename()
                except FileExistsError:
                    self._holds(key, sha256)
                self._sync_names(final.parent)

    def put_all(self, files: Mapping[str, bytes]) -> None:
        """See ``ObjectStore.put_all``; all written, then all synced, then all named."""
        finals = {key: self._path(key) for key in files}
        with our_errors(self.name, self._root), scratch(self._tmp) as mine:
            staged = {}
            for number, (key, data) in enumerate(files.items()):
                if not self._holds(key, hashlib.sha256(data).hexdigest()):
                    staged[key] = mine / str(number)
                    staged[key].write_bytes(data)
            sync_files(staged.values())
            for key, path in staged.items():
                self._make_folders(finals[key].parent)
                try:
                    os.link(path, finals[key])  # never replaces, unlike rename()
                except FileExistsError:
                    self._holds(key, hashlib.sha256(files[key]).hexdigest())
            for folder in {final.parent for final in finals.values()}:
                self._sync_names(folder)

    def put_tree(
        self,
        folder: str,
        files: Sequence[TreeFile],
        *,
        locked_until: datetime | None = None,  # noqa: ARG002 - a file system has no locks
    ) -> None:
        """See ``ObjectStore.put_tree``."""
        final = self._path(folder)
        for file in files:
            require_key(f"{folder}/{file.path}")
        with our_errors(folder, self._root):
            if not final.exists():
                with scratch(self._tmp) as mine:
                    self._assemble(mine / "tree", files)
                    self._make_folders(final.parent)
                    if _renamed(mine / "tree", final):
                        self._sync_names(final.parent)
                        return
            self._complete(folder, files)

    def replace(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.replace``."""
        require_replaceable(key)
        self._put_over(key, source, size=size, sha256=sha256)

    def heal(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """See ``ObjectStore.heal``."""
        with our_errors(key, self._root):
            self._clear_way(self._path(key))
        try:
            with self.open(key, past_cache=True) as found:
                if sha256_of(found) == sha256:
                    return
        except (ObjectNotFoundError, ObjectUnreadableError):
            pass
        self._put_over(key, source, size=size, sha256=sha256)

    def open(
        self, key: str, *, offset: int = 0, length: int | None = None, past_cache: bool = False
    ) -> IO[bytes]:
        """See ``ObjectStore.open``."""
        path = self._path(key)
        if self._is_behind_link(key):
            raise ObjectUnreadableError(key=key, reason="behind a link")
        with our_errors(key, self._root):
            raw = open_regular(path, key)
            if past_cache:
                os.posix_fadvise(raw.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return io.BufferedReader(Window(raw, key, offset=offset, length=length), 128 << 10)

    def stat(self, key: str) -> ObjectStat:
        """See ``ObjectStore.stat``."""
        with our_errors(key, self._root):
            found = self._path(key).lstat()
        if stat.S_ISDIR(found.st_mode) or self._is_behind_link(key):
            raise ObjectNotFoundError(key=key)
        return ObjectStat(size_bytes=found.st_size)

    def iter_keys(self, prefix: str = "", *, after: str = "") -> Iterator[str]:
        """See ``ObjectStore.iter_keys``."""
        if not self._root.is_dir():
            key, root = prefix or self.name, str(self._root)
            raise StoreUnreachableError(key=key, reason="no folder", root=root)
        start = prefix.rpartition("/")[0]
        if self._is_behind_link(prefix):
            return
        for key in self._walk(start, after):
            if key.startswith(prefix):
                yield key

    def sweep(self) -> int:
        """See ``ObjectStore.sweep``."""
        with our_errors("tmp", self._root):
            return sweep_scratch(self._tmp)

    def _is_behind_link(self, key: str) -> bool:
        """What lies there is another place's and goes with it: it proves nothing of this copy."""
        place = str(self._root)
        for name in key.split("/")[:-1]:
            place = f"{place}/{name}"
            if os.path.islink(place):  # noqa: PTH114 - thousands of times
                return True
        return False

    def _path(self, key: str) -> Path:
        require_key(key)
        return self._root / key

    def _walk(self, folder: str, after: str) -> Iterator[str]:
        try:
            with os.scandir(self._root / folder) as entries:
                found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as trouble:
            raise StoreUnreachableError(
                key=folder or self.name, reason=trouble.strerror
            ) from trouble
        # "a.b" comes before "a/b": names are sorted as the keys they begin.
        for name, is_folder in sorted(found, key=lambda it: it[0] + "/" if it[1] else it[0]):
            if not folder and name in ("tmp", ASIDE):
                continue
            key = f"{folder}/{name}" if folder else name
            if is_folder:
                if after < f"{key}/" or after.startswith(f"{key}/"):
                    yield from self._walk(key, after)
            elif key > after:
                yield key

    def _holds(self, key: str, sha256: str) -> bool:
        if not (os.path.lexists(self._path(key)) or self._is_behind_link(key)):
            return False  # without an exception, whose frames would keep the caller's bytes
        try:
            with self.open(key, past_cache=True) as found:
                if sha256_of(found) != sha256:
                    raise ObjectExistsError(key=key, expected=sha256)
        except ObjectNotFoundError:
            return False
        return True

    def _put_over(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        final = self._path(key)
        with our_errors(key, self._root), scratch(self._tmp) as mine:
            staged = write_synced(mine / "whole", source, size=size, sha256=sha256)
            self._make_folders(final.parent)
            staged.replace(final)
            self._sync_names(final.parent)

    def _assemble(self, tree: Path, files: Sequence[TreeFile]) -> None:
        """Each file written, synced and read back by one thread, the others busy meanwhile."""
        folders = {tree, *(above for file in files for above in _parents(tree, file.path))}
        for folder in sorted(folders):
            folder.mkdir()

        def whole(file: TreeFile) -> None:
            _write(tree / file.path, file)
            sync_file(tree / file.path)
            _read_back(tree / file.path, file)

        with ThreadPoolExecutor(_THREADS) as threads:
            _drain(threads.map(whole, files))
            _drain(threads.map(sync_folder, folders))

    def _complete(self, folder: str, files: Sequence[TreeFile]) -> None:
        """What an earlier attempt left is compared, what is missing is added in order."""
        for file in files:
            key = f"{folder}/{file.path}"
            if not self._holds(key, file.sha256):
                with file.open() as source:
                    self.put(key, source, size=file.size_bytes, sha256=file.sha256)
                _read_back(self._path(key), file)
        final = self._path(folder)
        for below in {above for file in files for above in _parents(final, file.path)}:
            sync_folder(below)
        self._sync_names(final)

    def _make_folders(self, folder: Path) -> None:
        """Never the root itself: a disk that is not mounted must not look like an empty copy."""
        if folder != self._root and self._is_behind_link(f"{folder.relative_to(self._root)}/any"):
            raise ObjectUnreadableError(key=str(folder), reason="behind a link")
        missing = []
        while folder != self._root and not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            path.mkdir(exist_ok=True)

    def _clear_way(self, final: Path) -> None:
        """What is no file there, and no folder above it, is put aside: nobody's bytes are lost."""
        above = [parent for parent in final.parents if self._root in parent.parents]
        for path in [*reversed(above), final]:
            try:
                kind = path.lstat().st_mode
            except (FileNotFoundError, NotADirectoryError):
                return
            if not (stat.S_ISREG(kind) if path == final else stat.S_ISDIR(kind)):
                aside = self._root / ASIDE / path.relative_to(self._root)
                aside.mkdir(parents=True, exist_ok=True)
                path.rename(aside / uuid4().hex)
                self._sync_names(aside)
                self._sync_names(path.parent)
                return

    def _sync_names(self, folder: Path) -> None:
        """Those in ``folder`` and above it: who made them may have been killed before its sync."""
        sync_folder(folder)
        while folder != self._root:
            folder = folder.parent
            sync_folder(folder)


@contextmanager
def scratch(tmp: Path, prefix: str = "") -> Iterator[Path]:
    """A folder of one's own below ``tmp``; gone afterwards, whatever happens.

    A lock marks it as alive and dies with the process, so that ``sweep_scratch`` may run at any
    time. ``tmp`` is made if need be, the folder above it is not.
    """
    tmp.mkdir(exist_ok=True)
    folder, lock = _claimed(tmp, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep_scratch(tmp: Path, prefixes: tuple[str, ...] = ("",)) -> int:
    """Remove the scratch folders so named whose processes are gone; how many."""
    swept = 0
    for folder in sorted(tmp.iterdir()) if tmp.is_dir() else []:
        if folder.name.startswith(prefixes) and (lock := _locked(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
            swept += 1
    return swept


def sweep_old(tmp: Path, *, older_than: datetime, spared: tuple[str, ...]) -> None:
    """Remove what bears no lock and has lain too long, but for what is named so."""
    for left in sorted(tmp.iterdir()) if tmp.is_dir() else []:
        with suppress(OSError):  # gone by itself, or another's: it keeps nobody from work
            if left.stat().st_mtime < older_than.timestamp() and not left.name.startswith(spared):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _claimed(tmp: Path, prefix: str) -> tuple[Path, int]:
    while True:
        folder = tmp / f"{prefix}{uuid4().hex}"
        folder.mkdir(mode=0o700)
        lock = _locked(folder)
        if lock is not None and folder.is_dir():
            return folder, lock
        if lock is not None:  # a sweep was quicker than our lock
            os.close(lock)


def _locked(folder: Path) -> int | None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _renamed(tree: Path, final: Path) -> bool:
    try:
        tree.rename(final)
    except OSError as trouble:
        if trouble.errno in (errno.ENOTEMPTY, errno.EEXIST):  # another worker was first
            return False
        raise
    return True


def _parents(tree: Path, path: str) -> Iterator[Path]:
    above = (tree / path).parent
    while above != tree:
        yield above
        above = above.parent


def _write(path: Path, file: TreeFile) -> None:
    with file.open() as source, path.open("xb") as out:
        copy_verified(source, out, size=file.size_bytes, sha256=file.sha256)


def _read_back(path: Path, file: TreeFile) -> None:
    with path.open("rb", buffering=0) as written:
        os.posix_fadvise(written.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        found, _ = digest_and_size(written)
    if found != file.sha256:
        raise TransferDamagedError(key=file.path, expected=file.sha256, found=found)


def _drain(results: Iterable[object]) -> None:
    """Wait for all; the first trouble flies."""
    for _ in results:
        pass
