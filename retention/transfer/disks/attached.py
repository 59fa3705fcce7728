"""Disks that are attached to this machine, as pages offer them: no other path is ever taken."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive_service.domain.transfer.transfer import Transfer
from archive_service.errors import InputError
from retention.transfer.disks.disk import SEALED
from retention.transfer.packages.folder import MANIFEST, MESSAGES

_MOST = 50  # folders that are looked at in one place


class DiskNotOfferedError(InputError):
    """No disk or folder of this path is attached where the settings say that disks are."""

    code = "transfer-disk-not-offered"


@dataclass(frozen=True, slots=True)
class AttachedDisk:
    """A folder right below one of ``transfer.disks``."""

    path: Path
    free_bytes: int


def attached(roots: Iterable[str]) -> list[AttachedDisk]:
    """What is attached now; a disk that does not answer is not offered."""
    found = []
    for root in roots:
        for place in _folders(Path(root)):
            with suppress(OSError):
                found.append(AttachedDisk(place, shutil.disk_usage(place).free))
    return found


def carried_in(roots: Sequence[str]) -> list[Path]:
    """Folders on attached disks that another archive wrote: a disk itself, or right below one."""
    found = []
    for disk in attached(roots):
        found += [folder for folder in (disk.path, *_folders(disk.path)) if _is_of_transfer(folder)]
    return found


def require_attached(roots: Sequence[str], path: str) -> Path:
    """The disk of this path.

    Raises:
        DiskNotOfferedError
    """
    return _offered([attached_disk.path for attached_disk in attached(roots)], path)


def require_carried(roots: Sequence[str], path: str) -> Path:
    """The folder of this path, of those that ``carried_in`` finds.

    Raises:
        DiskNotOfferedError
    """
    return _offered(carried_in(roots), path)


def folder_on(disk: Path, row: Transfer) -> Path:
    """Where a transfer lies on a disk of ours: its own folder, which others can share it with."""
    return disk / folder_name(row)


def folder_name(row: Transfer) -> str:
    """What the folder of a transfer is called where it is carried."""
    return f"nop-luu-{row.name.replace('/', '-')}-{row.id.hex[:8]}"


def _offered(places: Iterable[Path], path: str) -> Path:
    for place in places:
        if str(place) == path:
            return place
    raise DiskNotOfferedError(path=path[:200])


def _folders(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        for path in sorted(place.iterdir())[:_MOST]:
            if path.is_dir() and not path.is_symlink() and not path.name.startswith((".", "$")):
                yield path


def _is_of_transfer(place: Path) -> bool:
    names = {MANIFEST, f"{MANIFEST}{SEALED}"}
    with suppress(OSError):
        for path in sorted(place.iterdir()):
            if path.name in names or re.fullmatch(MESSAGES, path.name):
                return True
            if path.name.startswith("dia-") and any((path / name).exists() for name in names):
                return True
    return False
