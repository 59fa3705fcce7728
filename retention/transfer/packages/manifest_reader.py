"""The manifest of a transfer as another archive signed it, where it lies; see ``messages.tables``.

It comes from outside: nothing is fetched, no entity is expanded, and its size is bounded.
"""

import hashlib
import io
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, BinaryIO

from archive_service.storage.durable import open_regular
from archive_service.storage.port import ObjectUnreadableError
from retention.transfer.messages.form import Once
from retention.transfer.messages.tables import (
    MANIFEST_FORM,
    Manifest,
    PackageLine,
    TransferManifestError,
)
from retention.transfer.packages.folder import MANIFEST

MOST_BYTES = 128 << 20


def read_manifest(folder: Path) -> Manifest:
    """What the manifest in ``folder`` says; its signature is the caller's to judge.

    Raises:
        TransferManifestError: too long, or not what a manifest says.
        XmlForbiddenError, XmlBrokenError: see ``read_events``.
    """
    path, once, last_medium = folder / MANIFEST, Once(MANIFEST_FORM), 0

    def look(line: PackageLine) -> None:
        nonlocal last_medium
        once.require(line)
        last_medium = max(last_medium, line.medium)

    with _Held(path) as document:
        head = MANIFEST_FORM.read(document, look)
        sha256 = document.sha256
    if last_medium > head.media:
        raise TransferManifestError(field="medium", line=0)
    return replace(head, path=path, sha256=sha256)


def open_manifest(manifest: Manifest) -> IO[bytes]:
    """The document once more; at its end ``TransferManifestError`` if it is another by now."""
    return _Held(manifest.path, manifest.sha256)


class _Held(io.RawIOBase, BinaryIO):
    """An ordinary file that is hashed while it is read, to its end, and is bounded.

    Every trouble with it is a ``TransferManifestError``: also where it is not of ``sha256``.
    """

    def __init__(self, path: Path, sha256: str | None = None) -> None:
        super().__init__()
        self._expected, self._left, self._digest = sha256, MOST_BYTES, hashlib.sha256()
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise TransferManifestError(field=MANIFEST, line=0)
            self._file = open_regular(path, MANIFEST)
        except (OSError, ObjectUnreadableError):
            raise TransferManifestError(field=MANIFEST, line=0) from None
        if os.fstat(self._file.fileno()).st_size > MOST_BYTES:
            self.close()
            raise TransferManifestError(field="size", line=0)

    @property
    def sha256(self) -> str:
        """Of what was read."""
        return self._digest.hexdigest()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:  # Any: whatever takes bytes
        """See ``io.RawIOBase``."""
        try:
            count = self._file.readinto(buffer)
        except OSError:
            raise TransferManifestError(field=MANIFEST, line=0) from None
        self._digest.update(memoryview(buffer)[:count])
        self._left -= count
        if self._left < 0:
            raise TransferManifestError(field="size", line=0)
        if not count and self._expected not in (None, self.sha256):
            raise TransferManifestError(field=MANIFEST, line=0)
        return count

    def close(self) -> None:
        """See ``io.IOBase``."""
        self._file.close()
        super().close()
