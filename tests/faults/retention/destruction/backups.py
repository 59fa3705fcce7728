"""A medium of backups beside a world of destructions: filled, brought back, and looked through."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyrage import DecryptError, x25519
from pyrage import decrypt as decrypted

from archive_service.bootstrap import open_services
from archive_service.domain.retention.removal import PlaceState
from archive_service.errors import ConflictError
from archive_service.recovery.backup.acts import run_backup
from archive_service.recovery.backup.keys import BackupKeys
from archive_service.recovery.restore.acts import RestoreOrder, restore
from archive_service.services import Services
from archive_service.settings import DEMO_MARK
from tests.worlds.archive import OPERATOR, settings_of
from tests.worlds.servers.backends import drop_database, empty_database

KEPT = ("archive.toml", DEMO_MARK, "keys", "backup-keys")  # what a person brings to the new home
COPIES = ("kho1", "kho2", "kho2-away")  # those that are there


@dataclass(frozen=True)
class Held:
    """A set, and how the world stood when it was made."""

    name: str
    stood: Mapping[str, Any]


class Medium:
    """A folder of backups; the keys lie in the home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sets: list[Held] = []

    def back_up(self, services: Services, stood: Mapping[str, Any]) -> None:
        """One more set, with packages."""
        backup = run_backup(services, self.folder, actor=OPERATOR, with_objects=True)
        self.sets.append(Held(backup.name, deepcopy(stood)))

    def restore(self, home: Path, new: Path, which: int, *, bare: bool) -> Mapping[str, Any]:
        """All of ``home`` is lost but keys and, unless ``bare``, copies; how the set's world stood.

        Where the keys of older rows were destroyed, the newest set is brought back.
        """
        new.mkdir()
        for name in (*KEPT, *(() if bare else COPIES)):
            if (home / name).exists():
                shutil.move(home / name, new / name)
        shutil.rmtree(home)
        drop_database(new)
        empty_database(new)
        wanted = self.sets[which % len(self.sets)]
        try:
            self._brought(new, wanted)
        except ConflictError:  # before anything of it was written
            wanted = self.sets[-1]
            self._brought(new, wanted)
        return deepcopy(wanted.stood)

    def _brought(self, new: Path, wanted: Held) -> None:
        keys = BackupKeys(new / "backup-keys")
        restore(
            RestoreOrder(self.folder, wanted.name, keys),
            home=new,
            settings=lambda: settings_of(new),
            opener=open_services,
            actor=OPERATOR,
        )

    def iter_open(self, home: Path) -> Iterator[tuple[Path, bytes]]:
        """Files of all sets that some key that is left opens, and what is in them."""
        keys = [_identity(file) for file in (home / "backup-keys").rglob("*.key")]
        for file in sorted(self.folder.rglob("*")):
            if file.suffix == ".age":
                data = file.read_bytes()
                yield from ((file, plain) for key in keys if (plain := _opened(data, key)))
            elif file.is_file():
                yield file, file.read_bytes()

    def require_closed(
        self, home: Path, mark: bytes, states: Mapping[str, PlaceState], *, but: Collection[str]
    ) -> None:
        """What is said to be gone from the backups is in no file that a key still opens.

        ``but``: identifiers of packages that may tell of it.
        """
        for file, plain in self.iter_open(home):
            place = "backup-keys" if file.parent.name == "objects" else "backup-rows"
            if mark in plain and not any(file.name.startswith(one) for one in but):
                assert states.get(place, PlaceState.OPEN) is PlaceState.OPEN, file


def _identity(file: Path) -> x25519.Identity:
    (line,) = [one for one in file.read_text("ascii").splitlines() if one[0] != "#"]
    return x25519.Identity.from_str(line)


def _opened(data: bytes, key: x25519.Identity) -> bytes | None:
    try:
        plain: bytes = decrypted(data, [key])
    except DecryptError:
        return None
    return plain
