"""Which files an upload is made of: itself, and each that is packed in it."""

from contextlib import suppress
from uuid import UUID

from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from archive_service.storage.reader import sha256_of
from archive_service.storage.uploads import Upload, UploadFolder
from ingest.channels.zip_file import open_zip


class UploadContents:
    """Digests of what whole uploads hold, each read once: a whole upload never changes."""

    def __init__(self, folder: UploadFolder, limits: LimitSettings) -> None:
        self._folder, self._limits = folder, limits
        self._packed: dict[UUID, frozenset[str]] = {}

    def every_sha256(self, upload: Upload) -> set[str]:
        """Of all its bytes, and of the files in it; none where it is not whole, or gone."""
        if not upload.complete:
            return set()
        return {self._folder.whole_sha256(upload), *self.packed_sha256(upload)} - {""}

    def packed_sha256(self, upload: Upload) -> frozenset[str]:
        """Of the files in it, if it is a whole ZIP that could be handed in; else none."""
        if not upload.complete:
            return frozenset()
        if upload.id not in self._packed:
            self._packed[upload.id] = self._read_packed(upload)
        return self._packed[upload.id]

    def _read_packed(self, upload: Upload) -> frozenset[str]:
        found: set[str] = set()
        path = self._folder.path(upload.id)
        with suppress(InputError, FileNotFoundError), open_zip(path, self._limits) as parcel:
            for entry in parcel.entries:
                with suppress(InputError), entry.open() as packed:
                    found.add(sha256_of(packed))
        return frozenset(found)
