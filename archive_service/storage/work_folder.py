"""The disk that work is done on: full or failing, it is waited for like any backend."""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive_service.errors import BackendError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FAILING = {errno.EIO, errno.EROFS}


class WorkFolderFullError(BackendError):
    """No room left for what is made on the way; nothing of it stays behind."""

    code = "work-folder-full"


class WorkFolderFailingError(BackendError):
    """The disk of the work folder does not write or give back what is made on the way."""

    code = "work-folder-failing"


@contextmanager
def work_place(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder of one's own below ``folder``, gone afterwards; errors as ``work_errors``."""
    with work_errors(folder), tempfile.TemporaryDirectory(dir=folder, prefix=prefix) as place:
        yield Path(place)


@contextmanager
def work_errors(folder: Path) -> Iterator[None]:
    """A disk that is full or fails, as ours; any other error of the system is a bug and stays.

    Raises:
        WorkFolderFullError, WorkFolderFailingError: ``folder`` is where we wrote.
    """
    try:
        yield
    except OSError as trouble:
        if trouble.errno in _FULL:
            raise WorkFolderFullError(folder=str(folder)) from trouble
        if trouble.errno in _FAILING:
            raise WorkFolderFailingError(folder=str(folder), reason=trouble.strerror) from trouble
        raise
