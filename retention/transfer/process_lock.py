"""One process at a time at a disk, and at a transfer; who was killed keeps nobody away."""

import datetime as dt
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from archive_service import clock
from archive_service.db.process_locks import trying
from archive_service.db.unit_of_work import Database
from archive_service.errors import ConflictError
from retention.transfer.disks.writing_sign import STALE_S, AnotherWriter, signed, writer_in

# EBADF: NFS gives no lock on what is open for reading, and a folder never is for more.
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF}


class TransferDiskBusyError(ConflictError):
    """Another process, of this machine or another, writes this disk or folder.

    ``folder``; ``host``: of the machine, ``-`` where its sign cannot be read; ``since``; ``seen``:
    its last sign of life; ``free``: from when on it counts as dead without another.
    """


class TransferBusyError(ConflictError):
    """Another process builds the transfer, or writes this medium of it."""


@contextmanager
def alone_at(folder: Path) -> Iterator[None]:
    """While the block lasts nobody else writes the folder, from this machine or another.

    On one machine a lock on the folder itself says so. For machines that share it the file
    ``.writing`` does, which goes with the block; what a killed process left is taken over at once
    on its own machine, and after ``STALE_S`` s without a sign of life on others.

    Raises:
        TransferDiskBusyError: also at the end, where another took ours for dead meanwhile.
        OSError: the folder is not there.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        locked = _is_locked(descriptor, folder)
        try:
            with signed(folder, locked=locked):
                yield
        except AnotherWriter as other:
            writer = other.writer
            since = writer.since or other.seen
            raise _busy(folder, writer.host or "-", since, other.seen) from None
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int, folder: Path) -> bool:
    """``False`` where the file system has no locks; ``TransferDiskBusyError`` by another's."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        now, writer = clock.now(), writer_in(folder)
        since = writer.since if writer else ""
        raise _busy(folder, socket.gethostname(), since or now, now) from None
    except OSError as trouble:
        if trouble.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _busy(
    folder: Path, host: str, since: dt.datetime | str, seen: dt.datetime
) -> TransferDiskBusyError:
    free = seen + dt.timedelta(seconds=STALE_S)
    return TransferDiskBusyError(folder=str(folder), host=host, since=since, seen=seen, free=free)


@contextmanager
def alone_with(
    database: Database, transfer_id: UUID, *, number: str, medium: int | None = None
) -> Iterator[None]:
    """While the block lasts no other process, on any machine of the archive, does the same.

    Args:
        number: of the transfer, for the error.
        medium: which of its media is written; ``None``: all of the transfer is built.

    Raises:
        TransferBusyError
        DatabaseUnreachableError: the database does not answer.
    """
    whole = f"transfer {transfer_id}"
    names = {whole: False} if medium is None else {whole: True, f"{whole} {medium}": False}
    with trying(database.engine, names) as is_ours:
        if not is_ours:
            raise TransferBusyError(number=number)
        yield
