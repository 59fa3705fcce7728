"""A folder of scans as it lies on a disk: which files are taken, and which are left out and why."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service.errors import InputError
from archive_service.storage.reader import sha256_of
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.sources.names import (
    LeftOut,
    LeftOutReason,
    SourceNameError,
    source_name,
    visible_name,
)
from ingest.channels.file_references import natural_order
from ingest.channels.folder import iter_found
from ingest.channels.names import SYSTEM_FILES


class ScanFolderEmptyError(InputError):
    """The folder holds no file to take in."""


class ScanFolderRefusedError(InputError):
    """The folder holds files, and none of them can be taken in."""


@dataclass(frozen=True, slots=True)
class FileToSend:
    """One file of a folder; ``name`` is its path below the folder, as rows keep it."""

    name: str
    path: Path


Progress = Callable[[Sequence[FileToSend]], Iterator[FileToSend]]


@dataclass(frozen=True, slots=True)
class FolderFound:
    """The content of a folder: ``files`` in their order, and what is left out by name."""

    files: list[FileToSend]
    left_out: list[LeftOut]


def look_into(folder: Path, *, most_bytes: int, besides: str = "") -> FolderFound:
    """The files of a folder and of those below it, ``2.jpg`` before ``10.jpg``; hidden ones not.

    Links are never followed.

    Args:
        most_bytes: of one file; a larger one is left out.
        besides: the name of a file directly in it that is no page.
    """
    files: dict[str, FileToSend] = {}
    left_out: list[LeftOut] = []
    for found in iter_found(folder):
        if found.raw == besides or SYSTEM_FILES.search(found.raw) or _is_hidden(found.raw):
            continue
        if not found.is_plain:
            left_out.append(LeftOut(visible_name(found.raw), LeftOutReason.LINK))
            continue
        try:
            name = source_name(found.raw)
        except SourceNameError as error:
            left_out.append(LeftOut(visible_name(found.raw), LeftOutReason(error.code)))
            continue
        if name in files:
            left_out.append(LeftOut(name, LeftOutReason.TWICE))
        elif found.path.lstat().st_size > most_bytes:
            left_out.append(LeftOut(name, LeftOutReason.LARGE))
        else:
            files[name] = FileToSend(name, found.path)
    return FolderFound([files[name] for name in sorted(files, key=natural_order)], left_out)


def folder_reference(folder: Path, files: Sequence[FileToSend]) -> str:
    """A name for a batch by what the folder holds: the same files again are the same batch."""
    digest = hashlib.sha256()
    for file in files:
        with open(file.path, "rb", opener=no_link) as source:
            digest.update(f"{file.name}\0{sha256_of(source)}\n".encode())
    return f"{visible_name(folder.name)[:200]} {digest.hexdigest()[:16]}"


def named_by_content(
    folder: Path, order: BatchOrder, *, most_bytes: int
) -> tuple[FolderFound, BatchOrder]:
    """The content of a folder, and its order with a reference made from the content.

    Args:
        most_bytes: of one file, see ``look_into``.

    Raises:
        ScanFolderEmptyError: there is no file.
        ScanFolderRefusedError: there is none that can be taken.
    """
    found = look_into(folder, most_bytes=most_bytes)
    if not found.files and found.left_out:
        first = found.left_out[0].name
        raise ScanFolderRefusedError(
            folder=visible_name(str(folder)), count=len(found.left_out), first=first
        )
    if not found.files:
        raise ScanFolderEmptyError(folder=visible_name(str(folder)))
    reference = order.reference or folder_reference(folder, found.files)
    return found, order.model_copy(update={"reference": reference})


def no_link(path: str, flags: int) -> int:
    """For ``open``: an ``OSError`` where a link has taken the file's place since it was seen."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def _is_hidden(raw: str) -> bool:
    return any(part.startswith(".") for part in raw.split("/"))
