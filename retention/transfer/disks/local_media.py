"""Folders and disks of a transfer as they lie here; encrypted ones are opened as they are read.

Of an encrypted disk nothing but its manifest and one package after another is ever plain, below
the work folder: whoever is killed leaves what the next sweep clears.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive_service.errors import InputError
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from retention.transfer.disks.decryption import KeyFiles, identities_of, unseal_to
from retention.transfer.disks.disk import SEALED
from retention.transfer.packages.folder import MANIFEST

_MOST_MEDIA = 1000


class TransferNoManifestError(InputError):
    """No folder or disk of a transfer lies there."""


class TransferEncryptedError(InputError):
    """The disk is encrypted, and nothing that could open it is given."""


@dataclass(frozen=True, slots=True)
class Medium:
    """One folder of a transfer.

    ``lists`` is where its manifest can be read; ``keys`` open its packages, none: they are plain.
    """

    folder: Path
    lists: Path
    keys: Sequence[Any] = ()


@contextmanager
def media_here(services: Services, folder: Path, files: KeyFiles) -> Iterator[list[Medium]]:
    """The folder itself, or those below it that hold a manifest, plain or opened.

    Args:
        files: to open what is encrypted; a private key is the archive's own if none is given.

    Raises:
        TransferNoManifestError
        TransferEncryptedError: nothing is given that could open it.
        TransferKeyError, TransferKeyOtherError, TransferSealedDamagedError
        WorkFolderFullError
    """
    if files.identity is None and (own := services.settings.transfer.identity):
        files = replace(files, identity=services.settings.home / own)
    below = sorted(folder.iterdir())[:_MOST_MEDIA] if folder.is_dir() else []
    named = [path for path in below if path.is_dir()]
    for places in ([folder], named):
        if any(_is_medium(place) for place in places):
            with work_place(services.work_folder, "transfer-") as work:
                yield [_opened(place, work, files) for place in places if _is_medium(place)]
            return
    raise TransferNoManifestError(folder=str(folder))


def _is_medium(place: Path) -> bool:
    return any((place / name).exists() for name in (MANIFEST, f"{MANIFEST}{SEALED}"))


def _opened(place: Path, work: Path, files: KeyFiles) -> Medium:
    if (place / MANIFEST).exists():
        return Medium(place, place)
    keys = identities_of(files, place)
    if not keys:
        raise TransferEncryptedError(folder=str(place))
    lists = work / place.name
    lists.mkdir()
    unseal_to(place / f"{MANIFEST}{SEALED}", lists / MANIFEST, keys)
    return Medium(place, lists, keys)
