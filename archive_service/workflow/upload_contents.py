"""Which files an upload is made of: itself, and each that is packed in it."""

from contextlib import suppress
from pathlib import Path
from uuid import UUID

from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from archive_service.storage.reader import sha256_of
from archive_service.storage.uploads import Upload, UploadFolder
from ingest.channels.zip_file import open_zip


class UploadContents:
    """Digests of whole uploads, each read once: a whole upload never changes."""

    def __init__(self, folder: UploadFolder, limits: LimitSettings) -> None:
        self._folder, self._limits = folder, limits
        self._whole: dict[UUID, str] = {}
        self._packed: dict[UUID, frozenset[str]] = {}

    def sha256(self, upload: Upload) -> str:
        """Of all its bytes; empty where it is gone."""
        if upload.id not in self._whole:
            self._whole[upload.id] = self._folder.whole_sha256(upload)
        return self._whole[upload.id]

    def packed_sha256(self, upload: Upload) -> frozenset[str]:
        """Of the files in it, if it is a ZIP that could be handed in; else none."""
        if upload.id not in self._packed:
            self._packed[upload.id] = _packed_in(self._folder.path(upload.id), self._limits)
        return self._packed[upload.id]


def _packed_in(path: Path, limits: LimitSettings) -> frozenset[str]:
    found: set[str] = set()
    with suppress(InputError, FileNotFoundError), open_zip(path, limits) as parcel:
        for entry in parcel.entries:
            with suppress(InputError), entry.open() as packed:
                found.add(sha256_of(packed))
    return frozenset(found)
