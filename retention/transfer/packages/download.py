"""Tải gói tin về để tự chép ra đĩa: packages for a disk that is not attached to the server.

What is downloaded leaves the archive, and nobody here can read the disk: that it was copied and
verified is what a person says afterwards.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import Transfer
from archive_service.errors import ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.storage.reader import sha256_of
from retention.transfer.compared_rows import require_as_stored
from retention.transfer.custody_acts import tell
from retention.transfer.disks.attached import folder_name
from retention.transfer.disks.disk import BuiltDamagedError, Written
from retention.transfer.disks.media import built_folder, get_medium
from retention.transfer.disks.write import (
    Onto,
    built_in,
    note_written,
    require_built,
    require_none_stopped,
)
from retention.transfer.listing import open_transfer
from retention.transfer.packages.folder import MANIFEST, SUMS, read_sums
from retention.transfer.process_lock import alone_with
from retention.transfer.refusals import TransferFolderError

_TAG = "transfer:downloaded"
_CHUNK_BYTES = 1 << 20


class TransferNotDownloadedError(ConflictError):
    """Nobody downloaded the medium since it was built: ``medium`` of transfer ``number``."""


@dataclass(frozen=True, slots=True)
class Download:
    """One ZIP: its name, and its bytes as they are read."""

    name: str
    pieces: Iterator[bytes]


def is_here(session: Session, row: Transfer) -> bool:
    """Whether what was built lies where it was built."""
    try:
        return (built_folder(built_in(session, row), 1) / MANIFEST).is_file()
    except TransferFolderError:
        return False


def download(services: Services, transfer_id: UUID, number: int, *, actor: Actor) -> Download:
    """The folder of a medium as one ZIP; from now on the other archive may come to know of it.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, MediumUnknownError
        TransferFolderError: it does not lie where it was built.
        TransferKeptBackError: something of it was held or changed since.
        RowDiffersError, RowsDifferError: a copy tells otherwise of a case file than its rows do.
        BuiltDamagedError: also while it is read, see ``zipped``.
    """
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        open_transfer(session, transfer_id, "send", actor=actor, locked=False)
    require_as_stored(services, transfer_id, [number])
    with services.writing() as session:
        row = open_transfer(session, transfer_id, "send", actor=actor)
        get_medium(session, row, number)
        folder = built_folder(built_in(session, row), number)
        require_none_stopped(session, row, number, folder)
        require_built(folder, row)
        if row.sent_at is None:
            row.sent_at = clock.now()  # who withdraws it has to tell
        tell(session, row, _TAG, actor=actor, medium=number, manifest=row.manifest_sha256)
        name = folder_name(row) + (f"-{number}" if row.media > 1 else "")
    write_out_evidence(services)
    return Download(f"{name}.zip", zipped(folder, name))


def note_carried(
    services: Services,
    transfer_id: UUID,
    number: int,
    *,
    label: str = "",
    place: str = "",
    actor: Actor,
) -> None:
    """What was downloaded lies on a disk; with the last one the transfer is ``sent``.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, MediumUnknownError
        TransferNotDownloadedError: what is built now was not downloaded.
        TransferFolderError, TransferKeptBackError, BuiltDamagedError, TransferWordsError
        TransferBusyError: another process writes this medium.
    """
    access.require(actor, "transfer:compose")
    with services.unit_of_work() as uow:
        session = uow.session
        row = open_transfer(session, transfer_id, "send", actor=actor)
        get_medium(session, row, number)
        folder = built_folder(built_in(session, row), number)
        require_built(folder, row)
        query = select(AuditEvent.data).where(
            AuditEvent.subject_id == str(row.id), AuditEvent.tag == _TAG
        )
        wanted = (number, row.manifest_sha256)
        carried = ((entry["medium"], entry["manifest"]) for entry in session.scalars(query))
        if wanted not in carried:
            raise TransferNotDownloadedError(number=row.name, medium=number)
    with (folder / SUMS).open("rb") as sums:
        written = Written(files=0, copied=0, sums_sha256=sha256_of(sums))
    onto = Onto(folder, number, label, place)
    with alone_with(services.database, row.id, number=row.name, medium=number):
        note_written(services, row, number, onto, written, actor, folder)
    write_out_evidence(services)


class _Pipe(io.RawIOBase):
    """What the ZIP writes, until it is taken; nobody goes back in it."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # Any: whatever holds bytes
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def zipped(folder: Path, top: str) -> Iterator[bytes]:
    """The files that its SHA256SUMS names, and that itself, below ``top``; nothing is compressed.

    Raises:
        BuiltDamagedError: a file is not as it was built: what was told so far is no whole ZIP.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, digest in read_sums(folder):
            yield from _file(archive, pipe, folder, (name, f"{top}/{name}"), digest)
        yield from _file(archive, pipe, folder, (SUMS, f"{top}/{SUMS}"))
    yield pipe.taken()


def _file(
    archive: zipfile.ZipFile, pipe: _Pipe, folder: Path, names: tuple[str, str], wanted: str = ""
) -> Iterator[bytes]:
    damaged, digest = BuiltDamagedError(folder=str(folder), name=names[0]), hashlib.sha256()
    try:
        info = zipfile.ZipInfo.from_file(folder / names[0], names[1], strict_timestamps=False)
        with (folder / names[0]).open("rb") as source, archive.open(info, "w") as out:
            while chunk := source.read(_CHUNK_BYTES):
                digest.update(chunk)
                out.write(chunk)
                yield pipe.taken()
    except OSError:
        raise damaged from None
    if wanted and digest.hexdigest() != wanted:
        raise damaged
