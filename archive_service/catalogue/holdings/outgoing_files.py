"""The files of a case file on their way out, each read whole and verified before."""

import functools
import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject
from archive_service.packaging.export import Opener
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.reader import copy_verified
from archive_service.storage.staging import StagedObjectMissingError, Staging
from archive_service.storage.work_folder import work_errors


@dataclass(frozen=True, slots=True)
class Entry:
    """A file on its way out."""

    sha256: str
    size_bytes: int
    open: Opener


class HeldFiles:
    """The files of a case file, each read whole and verified before a byte of it goes out."""

    def __init__(self, row: CaseFile, services: Services) -> None:
        self.content = HeldContent(services.copies, row.ocfl_id)
        self._elsewhere: dict[str, HeldContent] = {}  # by digest, of documents linked into it
        self._sources: dict[str, HeldContent] = {}  # by identifier of the object
        self._staging: Staging = services.staging
        self._folder = services.work_folder
        files = [file for document in row.documents for file in document.files]
        self._sizes = {file.sha256: file.size_bytes for file in files}
        self._waiting = {
            file.sha256 for file in files if not 0 < file.version_added <= row.version_stored
        }
        self._copies = services.copies
        self._made: dict[str, bytes] = {}  # by digest, what goes out with them
        for link in row.standing_links:
            if link.source and link.document:
                self.add_linked(link.source, link.document.files)

    def add_linked(self, source: CaseFile, files: Iterable[DigitalObject]) -> None:
        """Files of a document that another case file keeps; what is held here is read here."""
        content = self._sources.setdefault(
            source.ocfl_id, HeldContent(self._copies, source.ocfl_id)
        )
        for file in files:
            if file.sha256 in self._sizes:
                continue
            self._sizes[file.sha256] = file.size_bytes
            self._elsewhere[file.sha256] = content
            if not 0 < file.version_added <= source.version_stored:
                self._waiting.add(file.sha256)

    def add_made(self, sha256: str, data: bytes) -> None:
        """A small file that was just made, and goes out beside those that are held."""
        self._made[sha256] = data

    def open(self, sha256: str) -> IO[bytes]:
        """A file as recorded, from whichever copy has it so; the caller closes.

        What is on its way into the next version comes from staging.

        Raises:
            NoSoundCopyError: every copy answered and none has it.
        """
        size_bytes = self._sizes.get(sha256)
        if size_bytes is None:
            return io.BytesIO(self.content.read_small(sha256))
        with work_errors(self._folder):
            place = tempfile.NamedTemporaryFile(dir=self._folder, prefix="export-")  # noqa: SIM115 - the caller closes
        try:
            if not (sha256 in self._waiting and self._from_staging(sha256, size_bytes, place)):
                content = self._elsewhere.get(sha256, self.content)
                content.fetch(sha256, size_bytes, Path(place.name))
        except BaseException:
            place.close()
            raise
        return place

    def entry(self, sha256: str) -> Entry:
        """The same as an entry of a package; small files of unknown length are read now."""
        if sha256 in self._made:
            return made(self._made[sha256], sha256)
        size_bytes = self._sizes.get(sha256)
        if size_bytes is not None:
            return Entry(sha256, size_bytes, functools.partial(self.open, sha256))
        return made(self.content.read_small(sha256), sha256)

    def _from_staging(self, sha256: str, size_bytes: int, place: IO[bytes]) -> bool:
        """``False`` where it has left, for the copies."""
        try:
            source = self._staging.open(sha256)
        except StagedObjectMissingError:
            return False
        with source, work_errors(self._folder):
            copy_verified(source, place, size=size_bytes, sha256=sha256)
            place.seek(0)
        return True


def made(data: bytes, sha256: str) -> Entry:
    """A file that was just written, as an entry."""
    return Entry(sha256, len(data), functools.partial(io.BytesIO, data))
