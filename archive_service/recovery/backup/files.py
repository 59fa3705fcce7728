"""The files of a backup: written once, encrypted or plain, each known by its digest."""

import io
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from archive_service.errors import BackendError, IntegrityViolationError
from archive_service.recovery.backup.keys import BackupKeys, number_of
from archive_service.storage.durable import open_regular, sync_file, sync_folder
from archive_service.storage.filesystem import scratch
from archive_service.storage.port import ObjectNotFoundError
from archive_service.storage.reader import digest_and_size
from archive_service.storage.sealed import ChunkReader, HashingWriter, digest_past_cache, encrypt

SEALED = ".age"
_CHUNK = 1 << 20
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700


class BackupDamagedError(IntegrityViolationError):
    """A file of a backup is not the one its manifest names; nothing is restored from it."""


class BackupPartMissingError(IntegrityViolationError):
    """A file that the manifest names is not there."""


class BackupMediumError(BackendError):
    """The medium gave other bytes back than were written to it; take another."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup, in ``set`` of the chain; ``plain_sha256`` before encryption."""

    set: str
    path: str
    sha256: str
    size_bytes: int
    plain_sha256: str
    key: str = ""  # name of the key that opens it; empty: plain

    def as_document(self) -> dict[str, Any]:
        """As a manifest or a list names it."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Part":
        """The inverse; ``BackupDamagedError`` for what is none."""
        try:
            return cls(**document)
        except TypeError as wrong:
            raise BackupDamagedError(file=str(document)[:200], reason=str(wrong)) from None


class SetWriter:
    """Writes the files of one set into a folder that is nobody's backup yet."""

    def __init__(self, folder: Path, name: str, keys: BackupKeys | None) -> None:
        self.name = name
        self.written: list[Part] = []
        self._folder = folder
        self._keys = keys

    def write(self, path: str, chunks: Iterable[bytes], *, key: str = "") -> Part:
        """Write and sync one file; encrypted with ``key`` where the set has keys."""
        recipient = self._keys.recipient(key) if self._keys is not None and key else None
        place = f"{path}{SEALED}" if recipient is not None else path
        target = self._folder / place
        self._make_folder(target.parent)
        source = ChunkReader(chunks)
        with os.fdopen(
            os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb"
        ) as o:
            out = HashingWriter(o)
            if recipient is None:
                shutil.copyfileobj(source, out, _CHUNK)
            else:
                encrypt(source, out, [recipient])
        sync_file(target)
        part = Part(
            set=self.name,
            path=place,
            sha256=out.sha256,
            size_bytes=out.size_bytes,
            plain_sha256=source.sha256,
            key=key if recipient is not None else "",
        )
        self.written.append(part)
        return part

    def require_readable(self) -> None:
        """Read all that was written again, past the cache; ``BackupMediumError``."""
        for folder in [self._folder, *(it for it in self._folder.rglob("*") if it.is_dir())]:
            sync_folder(folder)
        for part in self.written:
            file = self._folder / part.path
            if digest_past_cache(file) != (part.sha256, part.size_bytes):
                raise BackupMediumError(file=part.path)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)


class SetReader:
    """Reads the files of the sets below one folder."""

    def __init__(self, root: Path, keys: BackupKeys | None) -> None:
        self.root = root
        self._keys = keys

    def require_intact(self, part: Part) -> None:
        """Read it, and see that its key is here; nothing is decrypted.

        Raises:
            BackupPartMissingError, BackupDamagedError: not as the manifest names it.
            BackupKeyMissingError: it is encrypted, and no key opens it.
            BackupRowsDestroyedError: its key went with a destroyed case file.
        """
        with self._opened(part) as source:
            found = digest_and_size(source)
        if found != (part.sha256, part.size_bytes):
            raise BackupDamagedError(file=f"{part.set}/{part.path}", reason="sha256")
        self._require_key(part)

    def require_there(self, part: Part) -> None:
        """That it lies there in its length and its key is here; the bytes are not read.

        Raises as ``require_intact`` does.
        """
        with self._opened(part) as source:
            if source.seek(0, os.SEEK_END) != part.size_bytes:
                raise BackupDamagedError(file=f"{part.set}/{part.path}", reason="size")
        self._require_key(part)

    def _require_key(self, part: Part) -> None:
        """Of an object that was destroyed none is left; without its rows a set is none."""
        if part.key and (number_of(part.key) or not self.is_destroyed(part.key)):
            self._identity(part)

    def is_destroyed(self, key: str) -> bool:
        """Whether the key was destroyed with its object: what it opened is noise, and no fault."""
        return self._keys is not None and self._keys.is_destroyed(key)

    def copy_to(self, part: Part, target: IO[bytes]) -> None:
        """Its plain bytes into ``target``, hashed on the way; errors as above."""
        out = HashingWriter(target)
        with self._opened(part) as source:
            if part.key:
                _decrypt(source, out, self._identity(part), part)
            else:
                shutil.copyfileobj(source, out, _CHUNK)
        if out.sha256 != part.plain_sha256:
            raise BackupDamagedError(file=f"{part.set}/{part.path}", reason="plain sha256")

    def read(self, part: Part) -> bytes:
        """All plain bytes of a small file; errors as above."""
        held = io.BytesIO()
        self.copy_to(part, held)
        return held.getvalue()

    @contextmanager
    def laid_down(self, part: Part, folder: Path) -> Iterator[Path]:
        """Its plain bytes as a file below ``folder``, gone afterwards; errors as above."""
        with scratch(folder) as mine:
            file = mine / "part"
            with file.open("wb") as out:
                self.copy_to(part, out)
            yield file

    def _identity(self, part: Part) -> Any:
        from archive_service.recovery.backup.keys import BackupKeysNotGivenError

        if self._keys is None:
            raise BackupKeysNotGivenError(backup=part.set)
        return self._keys.identity(part.key)

    @contextmanager
    def _opened(self, part: Part) -> Iterator[IO[bytes]]:
        """A path that leads out of the backup is damage, not a way to another file."""
        where = f"{part.set}/{part.path}"
        file = (self.root / part.set / part.path).resolve()
        if not file.is_relative_to((self.root / part.set).resolve()) or "/" in part.set:
            raise BackupDamagedError(file=where, reason="path")
        try:
            source = open_regular(file, where)
        except (ObjectNotFoundError, FileNotFoundError):
            raise BackupPartMissingError(file=where) from None
        with source:
            yield source


def _decrypt(source: IO[bytes], out: HashingWriter, identity: Any, part: Part) -> None:
    import pyrage

    try:
        pyrage.decrypt_io(source, out, [identity])
    except (pyrage.DecryptError, OSError) as wrong:
        if out.trouble is not None:
            raise out.trouble from None
        raise BackupDamagedError(file=f"{part.set}/{part.path}", reason=str(wrong)) from None
