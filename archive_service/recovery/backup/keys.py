"""Keys of backups, in the form of the public ``age`` tool: one an OCFL object, kept apart."""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service import clock
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.services import Services
from archive_service.storage.durable import our_errors, sync_file, sync_folder
from archive_service.storage.port import StoreUnreachableError

if TYPE_CHECKING:
    from pyrage.x25519 import Identity, Recipient

DATABASE, EVIDENCE = "database", "evidence"
_ROWS_KEY = re.compile(r"database(?:-([1-9]\d*))?\Z")
DESTROYED = ".destroyed"  # in place of the key of an object that is gone for good
KEY_WAS_THERE, MARKED_AT = "key_was_there", "marked_at"  # in it, beside the tombstone


class BackupKeyMissingError(NotFoundError):
    """What is asked for was encrypted, and its key is not among those given."""


class BackupKeysNotGivenError(BackupKeyMissingError):
    """The backup is encrypted, and nobody said where its keys lie."""


class BackupKeyDestroyedError(ConflictError):
    """The object of this key was destroyed: no backup of it is made any more."""


class BackupRowsDestroyedError(BackupKeyDestroyedError):
    """The rows of this backup are closed for good, with those of a destroyed case file."""


class BackupKeyUnusableError(InputError):
    """A file among the keys that holds no key."""


class BackupKeysPlaceError(InputError):
    """Keys beside what they open: whoever finds the medium could read it."""


class BackupKeys:
    """A folder of keys; to destroy the key of an object is to destroy it in every backup.

    ``database.key``, later ``database-2.key`` and so on, opens the rows, settings and lists of the
    sets of its time, ``evidence.key`` acts and audit trail, ``objects/ab/urn-uuid-….key`` one OCFL
    object in all its versions.
    """

    def __init__(self, folder: Path, copies: Sequence[Path] = ()) -> None:
        self.folder = folder
        self._copies = [BackupKeys(copy) for copy in copies]

    def recipient(self, name: str) -> "Recipient":
        """Whom to encrypt for; the key is made, and durable, if there is none yet.

        It lies in every copy of the folder before anything is encrypted with it.

        Raises:
            BackupKeyDestroyedError: it was destroyed with its object.
        """
        file = self.file(name)
        if not file.exists():
            with self._alone():
                if self.is_destroyed(name):
                    raise BackupKeyDestroyedError(name=name)
                if not file.exists():
                    self._write(file, _new_key())
        for copy in self._copies:
            copy.hold(name, _read(file, name))
        return self.identity(name).to_public()

    def newest_for_rows(self) -> str:
        """Name of the key of the rows of the sets to come."""
        return max(self.keys_for_rows(), key=number_of, default=DATABASE)

    def keys_for_rows(self) -> list[str]:
        """Names of all there were, destroyed ones too; the oldest first."""
        found = {
            file.stem
            for ending in (".key", DESTROYED)
            for file in self.folder.glob(f"{DATABASE}*{ending}")
        }
        return sorted((name for name in found if number_of(name)), key=number_of)

    def renew_for_rows(self) -> str:
        """From now on sets have a key of rows of their own; its name."""
        name = f"{DATABASE}-{number_of(self.newest_for_rows()) + 1}"
        self.recipient(name)
        return name

    def hold(self, name: str, text: str) -> None:
        """The same key as in the folder that this one is a copy of.

        Raises:
            BackupKeyDestroyedError: it was destroyed here; a backup that began before stops.
        """
        file = self.file(name)
        with self._alone():
            if self.is_destroyed(name):
                raise BackupKeyDestroyedError(name=name)
            if not file.exists() or file.read_text("ascii") != text:
                self._write(file, text)

    def identity(self, name: str) -> "Identity":
        """What opens it.

        Raises:
            BackupKeyMissingError: no such key here.
            BackupKeyUnusableError: a file that is none.
        """
        from pyrage import IdentityError
        from pyrage.x25519 import Identity

        file = self.file(name)
        try:
            lines = file.read_text("ascii").splitlines()
            return Identity.from_str(next(line for line in lines if line and line[0] != "#"))
        except FileNotFoundError:
            if number_of(name) and self.is_destroyed(name):
                raise BackupRowsDestroyedError(name=name) from None
            raise BackupKeyMissingError(name=name, folder=self.folder) from None
        except (UnicodeDecodeError, StopIteration, IdentityError):
            raise BackupKeyUnusableError(file=file) from None

    def file(self, name: str) -> Path:
        """Where the key of this name lies; an OCFL id names that of its object."""
        if name == EVIDENCE or number_of(name):
            return self.folder / f"{name}.key"
        spread = sha256(name.encode()).hexdigest()[:2]
        return self.folder / "objects" / spread / f"{name.replace(':', '-')}.key"

    def mark_destroyed(self, name: str, tombstone: Mapping[str, Any]) -> None:
        """In its place stands the tombstone of its object, and whether there was a key; durable.

        Raises ``StoreUnreachableError`` where the folder is away.
        """
        mark = self.file(name).with_suffix(DESTROYED)
        with our_errors(name, self.folder):
            if not self.folder.is_dir():
                raise StoreUnreachableError(key=name, reason="no folder", root=str(self.folder))
            with self._alone():
                if not mark.exists():
                    facts = {
                        KEY_WAS_THERE: self.file(name).exists(),
                        MARKED_AT: clock.iso(clock.now()),
                    }
                    self._write(mark, json.dumps({**tombstone, **facts}) + "\n")

    def is_destroyed(self, name: str) -> bool:
        """Whether the key was destroyed with its object, and no backup of that is opened again."""
        return self.file(name).with_suffix(DESTROYED).exists()

    def destroyed(self, name: str) -> dict[str, Any] | None:
        """The tombstone in the place of a destroyed key; ``None``: it was not destroyed."""
        if not self.is_destroyed(name):
            return None
        content: dict[str, Any] = json.loads(
            self.file(name).with_suffix(DESTROYED).read_text("ascii")
        )
        return content

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A backup onto another medium makes no key meanwhile: one of the two would be lost."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, file: Path, text: str) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(text)
        sync_file(part)
        part.replace(file)
        for folder in (file.parent, *file.parent.parents[:2]):
            sync_folder(folder)


def number_of(name: str) -> int:
    """The how many-th key of rows it is, from 1; 0: no key of rows."""
    found = _ROWS_KEY.match(name)
    return int(found[1] or 1) if found else 0


def _read(file: Path, name: str) -> str:
    try:
        return file.read_text("ascii")
    except FileNotFoundError:  # between two looks
        raise BackupKeyDestroyedError(name=name) from None


def _new_key() -> str:
    from pyrage.x25519 import Identity

    key = Identity.generate()
    return f"# created: {clock.iso(clock.now())}\n# public key: {key.to_public()}\n{key}\n"


def key_folder(url: str, *, home: Path) -> Path:
    """Where the keys of ``backup.keys`` or a copy of them lie; ``file:`` and a path."""
    return home / url.removeprefix("file:").replace("///", "/", 1)


def open_keys(url: str, *, home: Path, medium: Path, copies: Sequence[str] = ()) -> BackupKeys:
    """The keys of ``backup.keys``, never on the medium that they open.

    Raises:
        BackupKeysPlaceError: they lie below ``medium``, or it below them; or no ``file:`` URL.
    """
    folders = []
    for copy in (url, *copies):
        if not copy.startswith("file:"):
            raise BackupKeysPlaceError(keys=copy, medium=medium)
        folders.append(key_folder(copy, home=home))
        require_apart(folders[-1], medium)
    return BackupKeys(folders[0], folders[1:])


def backup_keys(services: Services, medium: Path, *, sealed: bool) -> BackupKeys | None:
    """The keys of the settings, apart from ``medium``; ``None`` where nothing is encrypted."""
    if not sealed:
        return None
    settings = services.settings
    kept = settings.backup
    return open_keys(kept.keys, home=settings.home, medium=medium, copies=kept.keys_copies)


def require_apart(keys: Path, medium: Path) -> None:
    """``BackupKeysPlaceError`` where one of the two lies in the other."""
    inside, outside = keys.resolve(), medium.resolve()
    if inside.is_relative_to(outside) or outside.is_relative_to(inside):
        raise BackupKeysPlaceError(keys=keys, medium=medium)
