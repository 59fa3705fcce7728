"""Onto a disk that is carried by hand: each file whole and read back, safe to write twice.

A plain disk is the folder as it was built. On an encrypted one each file is an ``.age`` file, and
only the mark, the digests of what lies there and a page that says how to open it can be read.
"""

import errno
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from archive_service.domain.transfer.transfer import Transfer
from archive_service.errors import BackendError, InputError, IntegrityViolationError
from archive_service.storage.durable import sync_file, sync_folder, write_whole
from archive_service.storage.port import TransferDamagedError
from archive_service.storage.reader import copy_verified, sha256_of
from archive_service.storage.sealed import (
    ChunkReader,
    HashingWriter,
    digest_past_cache,
    encrypt,
    iter_chunks,
)
from retention.transfer.disks.encryption import KEY, Lock
from retention.transfer.disks.writing_sign import SIGNS
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.packages.folder import (
    GUIDE,
    HALF_MARK,
    LIST,
    MANIFEST,
    MARK,
    MESSAGES,
    PAPERS,
    SUMS,
    drop_package,
    is_of,
    mark_folder,
    read_sums,
)
from retention.transfer.papers.kinds import FILES, MINUTES

SEALED, OPENING, JOURNAL = ".age", "OPEN.txt", "written.jsonl"
_OURS = {
    *(SUMS, MARK, OPENING, JOURNAL, KEY),
    *(
        f"{name}{end}"
        for name in (LIST, GUIDE, MANIFEST, *PAPERS.values(), SUMS)
        for end in ("", SEALED)
    ),
}
# What came back on it: the other archive's words, which stay.
_CAME_BACK = re.compile(rf"{MESSAGES}|{FILES[MINUTES]}\.pdf")
# What systems put onto a disk by themselves, and who writes it for as long.
OF_SYSTEM = re.compile(
    r"lost\+found|System Volume Information|\$RECYCLE\.BIN|\.(Trash|fseventsd|Spotlight|DS_Store).*"
    rf"|{SIGNS.pattern}"
)
_FULL = {errno.ENOSPC, errno.EDQUOT}
_BLOCK = 4096


class DiskOtherError(InputError):
    """The disk holds something else: ``name`` is the first of it."""

    code = "transfer-disk-other"


class DiskFullError(BackendError):
    """No room for what is still to be written."""

    code = "transfer-disk-full"


class DiskAwayError(BackendError):
    """The disk was pulled, or does not take what is written."""

    code = "transfer-disk-away"


class DiskSpoiltError(IntegrityViolationError):
    """The disk gave other bytes back than were written to it; take another."""

    code = "transfer-disk-spoilt"


class BuiltDamagedError(IntegrityViolationError):
    """What was built is not as its digests say; nothing of it goes onto a disk."""

    code = "transfer-built-damaged"


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """What the system says of a disk, as ours: ``DiskFullError`` or ``DiskAwayError``."""
    try:
        yield
    except OSError as trouble:
        if trouble.errno in _FULL:
            raise DiskFullError(folder=str(folder), missing_bytes=_BLOCK) from trouble
        reason = trouble.strerror or str(trouble)
        raise DiskAwayError(folder=str(folder), reason=reason) from trouble


def make_disk(folder: Path) -> None:
    """The folder on a disk that is there; where none is, none is made on another one."""
    with disk_errors(folder):
        folder.mkdir(exist_ok=True)


@dataclass(frozen=True, slots=True)
class Written:
    """What lies on the disk now; ``copied`` of its files were written by this run."""

    files: int
    copied: int
    sums_sha256: str


@dataclass(slots=True)
class Disk:
    """One medium on its way from the folder where it was built onto a disk.

    ``elsewhere`` tells whether a package of this name lies on another medium of the transfer;
    ``opening`` says how an encrypted disk is opened.
    """

    source: Path
    folder: Path
    row: Transfer
    elsewhere: Callable[[str], bool]
    lock: Lock | None = None
    opening: str = ""
    _known: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # plain, sealed, bytes
    _copied: int = 0

    def write(self) -> Written:
        """All of it, then all of it read again; what is there as it should be is not written.

        Raises:
            DiskOtherError: nothing was changed on it.
            DiskFullError, DiskAwayError: what is there is gone on with.
            DiskSpoiltError, BuiltDamagedError
        """
        make_disk(self.folder)
        names = dict(self._listed())
        with disk_errors(self.folder):
            self._make_own({self._named(name) for name in (*names, SUMS)})
            self._require_room(names)
        sums = [self._carried(name, digest) for name, digest in names.items()]
        if self.lock is not None:
            text = self.opening.encode()
            with disk_errors(self.folder):
                write_whole(self.folder / OPENING, text)
            sums.append((OPENING, hashlib.sha256(text).hexdigest()))
            if self.lock.key:
                sums.append((KEY, hashlib.sha256(self.lock.key).hexdigest()))
            sums.append(self._carried(SUMS, self._sums_sha256()))
        digest = self._write_sums(sums)
        self._verify()
        return Written(files=len(sums), copied=self._copied, sums_sha256=digest)

    def _listed(self) -> Iterator[tuple[str, str]]:
        try:
            yield from read_sums(self.source)
        except OSError:
            raise BuiltDamagedError(folder=str(self.source), name=SUMS) from None

    def _named(self, name: str) -> str:
        return name if self.lock is None else f"{name}{SEALED}"

    def _sums_sha256(self) -> str:
        with (self.source / SUMS).open("rb") as file:
            return sha256_of(file)

    def _write_sums(self, sums: list[tuple[str, str]]) -> str:
        """The digests of what lies there, last: as they were built, or of what is encrypted."""
        if self.lock is None:
            data = (self.source / SUMS).read_bytes()
        else:
            data = "".join(f"{digest}  {name}\n" for name, digest in sums).encode()
        with disk_errors(self.folder):
            write_whole(self.folder / SUMS, data)
        return hashlib.sha256(data).hexdigest()

    def _make_own(self, names: set[str]) -> None:
        """An empty disk is marked; on its own one what is no more of the transfer goes."""
        found = [name for name in self._files() if name != HALF_MARK]
        if found and not is_of(self.folder, self.row):
            raise DiskOtherError(folder=str(self.folder), name=found[0])
        further = [name for name in found if name not in names]
        for name in further:
            package = name.removeprefix(f"{PACKAGES}/").removesuffix(SEALED)
            half = Path(name).name.startswith(".") and name.endswith(".part")
            is_package = name.startswith(f"{PACKAGES}/") and not self.elsewhere(package)
            if not (half or is_package or name in _OURS):
                raise DiskOtherError(folder=str(self.folder), name=name)
        mark_folder(self.folder, self.row)
        (self.folder / PACKAGES).mkdir(exist_ok=True)
        self._read_journal()
        kept = {MARK, SUMS}
        if self.lock is not None:
            kept |= {OPENING, JOURNAL, *([KEY] if self.lock.key else [])}
        for name in further:
            if name not in kept:
                drop_package(self.folder, name)
        if self.lock is not None and self.lock.key:
            write_whole(self.folder / KEY, self.lock.key)

    def _files(self) -> Iterator[str]:
        """Everything on the disk but what systems put there, and what came back on it."""
        for top in sorted(self.folder.iterdir()):
            if OF_SYSTEM.fullmatch(top.name) or _CAME_BACK.fullmatch(top.name):
                continue
            if not top.is_dir():
                yield top.name
            for place in top.rglob("*") if top.is_dir() else ():
                if not place.is_dir():
                    yield place.relative_to(self.folder).as_posix()

    def _read_journal(self) -> None:
        """What was encrypted for the same lock; for another one all is written anew."""
        place = self.folder / JOURNAL
        if self.lock is None:
            return
        lines = _lines_of(place)
        if next(lines, None) != {"lock": self.lock.fingerprint}:
            write_whole(place, json.dumps({"lock": self.lock.fingerprint}).encode() + b"\n")
            return
        for entry in lines:
            self._known[entry["name"]] = (entry["plain"], entry["sha256"], int(entry["size"]))
        with place.open("r+b") as journal:
            journal.seek(-1, os.SEEK_END)
            if journal.read() != b"\n":  # the last line was broken off
                journal.write(b"\n")

    def _require_room(self, names: dict[str, str]) -> None:
        missing = 0
        for name in names:
            size = self._size(name)
            target = self.folder / self._named(name)
            there = target.stat().st_size if target.is_file() else 0
            if there < size:
                missing += -(-(size + size // 2048) // _BLOCK) * _BLOCK
        free = shutil.disk_usage(self.folder).free
        if missing > free:
            raise DiskFullError(folder=str(self.folder), missing_bytes=missing - free)

    def _size(self, name: str) -> int:
        try:
            return (self.source / name).stat().st_size
        except OSError:
            raise BuiltDamagedError(folder=str(self.source), name=name) from None

    def _carried(self, name: str, sha256: str) -> tuple[str, str]:
        """Its name and digest on the disk, where it lies whole by now."""
        named = self._named(name)
        target = self.folder / named
        sealed, size = sha256, self._size(name)
        if self.lock is not None:
            plain, sealed, size = self._known.get(named, ("", "", 0))
            sealed = sealed if plain == sha256 else ""
        with disk_errors(self.folder):
            if sealed and _is_there(target, sealed, size):
                return named, sealed
            sealed, size = self._copy(name, target, sha256)
            self._copied += 1
            if self.lock is not None:
                self._note({"name": named, "plain": sha256, "sha256": sealed, "size": size})
        return named, sealed

    def _copy(self, name: str, target: Path, sha256: str) -> tuple[str, int]:
        """Digest and bytes as they were given to the disk; ``_verify`` reads them from it."""
        part = target.with_name(f".{target.name}.part")
        try:
            with _Built(self.source, name) as plain, part.open("wb") as raw:
                digest = self._through(plain, raw, sha256)
                raw.flush()
                os.fsync(raw.fileno())
        except (OSError, BuiltDamagedError):
            with suppress(OSError):
                drop_package(part.parent, part.name)  # room for who goes on
            raise
        part.replace(target)
        sync_folder(target.parent)
        return digest

    def _through(self, plain: "_Built", raw: IO[bytes], sha256: str) -> tuple[str, int]:
        if self.lock is None:
            size = os.fstat(plain.fileno()).st_size
            try:
                copy_verified(plain, raw, size=size, sha256=sha256)
            except TransferDamagedError:
                raise plain.damaged from None
            return sha256, size
        source, out = ChunkReader(iter_chunks(plain)), HashingWriter(raw)
        encrypt(source, out, self.lock.recipients)
        if source.sha256 != sha256:
            raise plain.damaged
        return out.sha256, out.size_bytes

    def _note(self, line: dict[str, object]) -> None:
        place = self.folder / JOURNAL
        with place.open("ab") as out:
            out.write(json.dumps(line).encode() + b"\n")
        sync_file(place)

    def _verify(self) -> None:
        """All that its digests name, read from the medium; nothing else lies there."""
        with disk_errors(self.folder):
            left = set(self._files()) - {MARK, SUMS, JOURNAL}
            for name, digest in read_sums(self.folder):
                left.discard(name)
                place = self.folder / name
                if not place.is_file() or digest_past_cache(place)[0] != digest:
                    raise DiskSpoiltError(folder=str(self.folder), name=name)
            if left:
                raise DiskOtherError(folder=str(self.folder), name=min(left))


class _Built(io.FileIO):
    """A file as it was built; ``BuiltDamagedError`` where it cannot be read."""

    def __init__(self, folder: Path, name: str) -> None:
        self.damaged = BuiltDamagedError(folder=str(folder), name=name)
        try:
            super().__init__(folder / name)
        except OSError:
            raise self.damaged from None

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return super().read(-1 if size is None else size)
        except OSError:
            raise self.damaged from None

    def readinto(self, buffer: Any, /) -> int:  # Any: whatever takes bytes
        try:
            return super().readinto(buffer)
        except OSError:
            raise self.damaged from None


def _is_there(target: Path, sha256: str, size: int) -> bool:
    if not target.is_file() or target.stat().st_size != size:
        return False
    return digest_past_cache(target)[0] == sha256


def _lines_of(place: Path) -> Iterator[dict[str, str]]:
    """Whole lines of the journal; the last one may have been broken off."""
    if not place.is_file():
        return
    with place.open("rb") as lines:
        for line in lines:
            with suppress(ValueError):
                yield json.loads(line)
