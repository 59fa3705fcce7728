"""Keys of backups, in the form of the public ``age`` tool: one an OCFL object, kept apart."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service import clock
from archive_service.errors import InputError, NotFoundError
from archive_service.storage.durable import sync_file, sync_folder

if TYPE_CHECKING:
    from pyrage.x25519 import Identity, Recipient

DATABASE, EVIDENCE = "database", "evidence"


class BackupKeyMissingError(NotFoundError):
    """What is asked for was encrypted, and its key is not among those given."""

    code = "backup-key-missing"


class BackupKeysNotGivenError(BackupKeyMissingError):
    """The backup is encrypted, and nobody said where its keys lie."""

    code = "backup-keys-not-given"


class BackupKeyUnusableError(InputError):
    """A file among the keys that holds no key."""

    code = "backup-key-unusable"


class BackupKeysPlaceError(InputError):
    """Keys beside what they open: whoever finds the medium could read it."""

    code = "backup-keys-place"


class BackupKeys:
    """A folder of keys; to destroy the key of an object is to destroy it in every backup.

    ``database.key`` opens the rows, settings and lists, ``evidence.key`` acts and audit trail,
    ``objects/ab/urn-uuid-….key`` one OCFL object in all its versions.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def recipient(self, name: str) -> "Recipient":
        """Whom to encrypt for; the key is made, and durable, if there is none yet."""
        file = self.file(name)
        if not file.exists():
            with self._alone():
                if not file.exists():
                    self._make(file)
        return self.identity(name).to_public()

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
            raise BackupKeyMissingError(name=name, folder=self.folder) from None
        except (UnicodeDecodeError, StopIteration, IdentityError):
            raise BackupKeyUnusableError(file=file) from None

    def file(self, name: str) -> Path:
        """Where the key of this name lies; an OCFL id names that of its object."""
        if name in (DATABASE, EVIDENCE):
            return self.folder / f"{name}.key"
        spread = sha256(name.encode()).hexdigest()[:2]
        return self.folder / "objects" / spread / f"{name.replace(':', '-')}.key"

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

    def _make(self, file: Path) -> None:
        from pyrage.x25519 import Identity

        key = Identity.generate()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        text = f"# created: {clock.iso(clock.now())}\n# public key: {key.to_public()}\n{key}\n"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(text)
        sync_file(part)
        part.replace(file)
        for folder in (file.parent, *file.parent.parents[:2]):
            sync_folder(folder)


def open_keys(url: str, *, home: Path, medium: Path) -> BackupKeys:
    """The keys of ``backup.keys``, never on the medium that they open.

    Raises:
        BackupKeysPlaceError: they lie below ``medium``, or it below them; or no ``file:`` URL.
    """
    if not url.startswith("file:"):
        raise BackupKeysPlaceError(keys=url, medium=medium)
    folder = home / url.removeprefix("file:").replace("///", "/", 1)
    require_apart(folder, medium)
    return BackupKeys(folder)


def require_apart(keys: Path, medium: Path) -> None:
    """``BackupKeysPlaceError`` where one of the two lies in the other."""
    inside, outside = keys.resolve(), medium.resolve()
    if inside.is_relative_to(outside) or outside.is_relative_to(inside):
        raise BackupKeysPlaceError(keys=keys, medium=medium)
