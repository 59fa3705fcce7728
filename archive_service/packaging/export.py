"""A package as one ZIP: one folder at its root, streamed, the same bytes for the same content."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import IO

from archive_service.document import Document
from archive_service.storage.work_folder import work_place

Opener = Callable[[], IO[bytes]]
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier day; the true times are in METS
COMPRESSED = (".xml", ".xsd", ".json", ".txt", ".csv")
CHUNK_BYTES = 1 << 20


class Exported(Document):
    """What was written, as ``case export`` tells it."""

    path: Path
    files: int
    size_bytes: int
    sha256: str


def write_zip(target: Path, root_name: str, entries: Iterable[tuple[str, Opener]]) -> Exported:
    """Write ``entries`` below the folder ``root_name``, by name; ``target`` appears when whole.

    Raises:
        ValueError: a name is absolute, climbs, or comes twice: a bug of the caller.
    """
    ordered = sorted(entries, key=lambda entry: entry[0])
    _require_safe([root_name, *(path for path, _ in ordered)])
    with work_place(target.parent, ".export-") as folder:
        unfinished = folder / target.name
        with zipfile.ZipFile(unfinished, "w") as archive:
            for path, opener in ordered:
                _add(archive, f"{root_name}/{path}", opener)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        size_bytes = unfinished.stat().st_size
        unfinished.replace(target)
    return Exported(path=target, files=len(ordered), size_bytes=size_bytes, sha256=digest)


def _require_safe(names: list[str]) -> None:
    for name in names:
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
            raise ValueError(f"not a name for a package: {name!r}")
    if len(set(names)) != len(names):
        raise ValueError("a name comes twice")


def _add(archive: zipfile.ZipFile, name: str, opener: Opener) -> None:
    info = zipfile.ZipInfo(name, EARLIEST)
    info.external_attr = 0o644 << 16
    info.create_system = 3
    dense = not name.lower().endswith(COMPRESSED)
    info.compress_type = zipfile.ZIP_STORED if dense else zipfile.ZIP_DEFLATED
    with opener() as source, archive.open(info, "w", force_zip64=True) as out:
        shutil.copyfileobj(source, out, CHUNK_BYTES)
