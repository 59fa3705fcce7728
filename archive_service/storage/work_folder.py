"""The disk that work is done on: full or failing, it is waited for like any backend."""

import datetime as dt
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive_service import clock
from archive_service.errors import BackendError
from archive_service.storage.filesystem import scratch, sweep_old, sweep_scratch

_LEFT_BEHIND = dt.timedelta(days=1)  # nothing on its way takes so long
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FAILING = {errno.EIO, errno.EROFS}
# Prefixes of ``work_place`` below the work folder: a lock tells whether their process lives.
_LOCKED = (
    "receipt-",
    "digitize-",
    "text-",
    "backup-",
    "restore-",
    "drill-",
    "staging-",
    "fixity-",
    "minutes-",
    "paper-",
    "seal-",
    "frames-",
    "transfer-",
)


class WorkFolderFullError(BackendError):
    """No room left for what is made on the way; nothing of it stays behind."""

    of_machine = True


class WorkFolderFailingError(BackendError):
    """The disk of the work folder does not write or give back what is made on the way."""

    of_machine = True


@contextmanager
def work_place(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder of one's own below ``folder``, gone afterwards; errors as ``work_errors``."""
    with work_errors(folder), scratch(folder, prefix) as place:
        yield place


def sweep_work(folder: Path, *, older_than: dt.datetime) -> None:
    """Clear what killed processes left: theirs at once, what bears no lock when it is old."""
    sweep_scratch(folder, _LOCKED)
    sweep_old(folder, older_than=older_than, spared=_LOCKED)


def sweep_work_folder(home: Path) -> None:
    """Clear the home's work folder of what killed processes left; errors as ``work_errors``."""
    folder = home / "work"
    with work_errors(folder):
        sweep_work(folder, older_than=clock.now() - _LEFT_BEHIND)


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
