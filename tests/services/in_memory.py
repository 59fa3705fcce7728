"""Where the tests write: in memory where there is room, in a folder that goes with its run.

What tests write is synced as in earnest, and a disk takes as long for it as all the rest. A kill,
unlike a power cut, loses nothing that is cached.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
PREFIX = "archive-tests-"
FILES_BYTES = 4 << 30
ALL_BYTES = 8 << 30


def begin(memory: Path = MEMORY) -> Path | None:
    """A new folder that this process and what it starts write in; ``None``: where they would.

    It is in use as long as this process lives. What a run that is no more has left is removed: a
    few killed runs filled the memory of a machine, and the next one was ended by its kernel.
    """
    if not memory.is_dir() or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return None
    for left in memory.glob(f"{PREFIX}*"):
        if _lock(left):
            shutil.rmtree(left, ignore_errors=True)
    if not _has_room(memory):
        return None
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=memory))
    if not _lock(folder):
        return begin(memory)  # another run took it for forsaken just now
    folder.chmod(0o1777)  # as the place of all: servers and tests write there as other accounts
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def _lock(folder: Path) -> bool:
    """Whether it is this process's now, until this process ends; another account's never is."""
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return False
    return True


def _has_room(memory: Path) -> bool:
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    (kib,) = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return shutil.disk_usage(memory).free > FILES_BYTES and int(kib) << 10 > ALL_BYTES
