"""One process at a time at a disk, and at a transfer; who was killed keeps nobody away."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from archive_service.db.process_locks import trying
from archive_service.db.unit_of_work import Database
from archive_service.errors import ConflictError

_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


class TransferDiskBusyError(ConflictError):
    """Another process writes this disk or folder, or makes packages in it: ``folder``."""

    code = "transfer-disk-busy"


class TransferBusyError(ConflictError):
    """Another process builds the transfer, or writes this medium of it."""

    code = "transfer-busy"


@contextmanager
def alone_at(folder: Path) -> Iterator[None]:
    """While the block lasts no other process of this machine writes the folder.

    The lock is on the folder itself: nothing of it lies on the disk. A file system without locks
    is written without one.

    Raises:
        TransferDiskBusyError
        OSError: the folder is not there.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransferDiskBusyError(folder=str(folder)) from None
        except OSError as trouble:
            if trouble.errno not in _NO_LOCKS:
                raise
        yield
    finally:
        os.close(descriptor)


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
