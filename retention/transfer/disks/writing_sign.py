"""A sign in a folder that somebody writes it: for machines that share it and no lock reaches.

The file says who writes and since when, and is written anew while they do. Its age is measured by
the clock of the folder itself: those of two archives may be a day apart.
"""

import errno
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from archive_service import clock
from archive_service.jobs.machine import is_alive, worker_name

SIGN = ".writing"
_NEW = f"{SIGN}.part"  # while it takes another's place
SIGNS = re.compile(rf"{re.escape(SIGN)}(\.part)?")
BEAT_S, STALE_S = 20, 300  # s between two signs of life; without one so long nobody writes
# Where no file can be made, whoever writes finds it out by himself.
_NO_SIGN = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
_LONGEST = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: ``worker`` is a process of a machine; empty where the sign cannot be read."""

    worker: str
    since: str  # ISO, by the clock of that machine
    mark: str  # of this one time

    @property
    def host(self) -> str:
        """The name of the machine."""
        return self.machine.rpartition("-")[0]

    @property
    def machine(self) -> str:
        """As it names itself, with what tells it from others of that name."""
        return self.worker.partition(":")[0]


class AnotherWriter(Exception):  # noqa: N818 - told to people as ``TransferDiskBusyError``
    """Somebody else writes; ``seen``: when, by the clock of the folder, a sign of it came last."""

    def __init__(self, writer: Writer, seen: datetime) -> None:
        super().__init__(writer, seen)
        self.writer, self.seen = writer, seen


def writer_in(folder: Path) -> Writer | None:
    """Who left the sign that is there; ``None`` where none is."""
    try:
        with (folder / SIGN).open("rb") as file:
            content = json.loads(file.read(_LONGEST))
        return Writer(*(str(content[name]) for name in ("worker", "since", "mark")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Writer("", "", "")


@contextmanager
def signed(folder: Path, *, locked: bool) -> Iterator[None]:
    """The folder bears our sign while the block lasts.

    Args:
        locked: no other process of this machine writes; who left its sign here was killed.

    Raises:
        AnotherWriter: also at the end, where somebody took our sign for that of a dead one.
        OSError: the folder is not there, or its disk fails.
    """
    own = Writer(worker_name(), clock.iso(clock.now()), uuid4().hex)
    if not _is_put(folder, own, locked=locked):
        yield
        return
    ended = threading.Event()
    beats = threading.Thread(target=_beat, args=(folder, own, ended), daemon=True)
    beats.start()
    try:
        yield
    finally:
        ended.set()
        beats.join()
        there = writer_in(folder)
        if there == own:
            with suppress(OSError):  # the disk was pulled
                (folder / SIGN).unlink()
                (folder / _NEW).unlink(missing_ok=True)  # of who was killed
    if there is not None and there.mark not in ("", own.mark):
        raise AnotherWriter(there, _seen(folder))


def _is_put(folder: Path, own: Writer, *, locked: bool) -> bool:
    """Whether it lies there now."""
    try:
        _put(folder, own, locked=locked)
    except OSError as trouble:
        if trouble.errno not in _NO_SIGN:
            raise
        return False
    return True


def _put(folder: Path, own: Writer, *, locked: bool) -> None:
    """Ours, in the place of none or of one that is dead."""
    try:
        descriptor = os.open(folder / SIGN, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
    except FileExistsError:
        pass
    else:
        try:
            _write(descriptor, own)
        except OSError:
            (folder / SIGN).unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        return
    new = folder / _NEW
    with new.open("wb") as out:
        _write(out.fileno(), own)
    other = writer_in(folder)
    if other is not None and not _is_dead(folder, other, new, locked=locked):
        new.unlink(missing_ok=True)
        raise AnotherWriter(other, _seen(folder))
    with suppress(FileNotFoundError):  # another did the same at this moment
        new.replace(folder / SIGN)
    if (there := writer_in(folder)) != own:
        raise AnotherWriter(there or Writer("", "", ""), _seen(folder))


def _is_dead(folder: Path, other: Writer, new: Path, *, locked: bool) -> bool:
    """``new`` was written just now: both times are those of the folder's clock."""
    if other.machine == worker_name().partition(":")[0]:
        return locked or not is_alive(other.worker)
    return new.stat().st_mtime - _seen(folder).timestamp() > STALE_S


def _seen(folder: Path) -> datetime:
    try:
        return datetime.fromtimestamp((folder / SIGN).stat().st_mtime, UTC)
    except FileNotFoundError:  # it ended just now
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)


def _beat(folder: Path, own: Writer, ended: threading.Event) -> None:
    """Written anew now and then, as long as it is ours; a disk that is away is no matter here."""
    while not ended.wait(BEAT_S):
        with suppress(OSError):
            if writer_in(folder) == own:
                with (folder / SIGN).open("r+b") as out:
                    _write(out.fileno(), own)


def _write(descriptor: int, own: Writer) -> None:
    os.write(descriptor, json.dumps(asdict(own)).encode() + b"\n")
    os.fsync(descriptor)
