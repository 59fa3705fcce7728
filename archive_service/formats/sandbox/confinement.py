"""What a process that reads files of strangers may reach, and by what it is held.

Bubblewrap gives it a view of the machine of its own. Where that is not installed, or a system does
not let it work (containers, units with ``RestrictNamespaces``), Landlock and a filter of system
calls do the same from within. Neither needs a privilege. What neither can do is told, not hidden.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archive_service.errors import BackendError
from archive_service.formats.sandbox import landlock, seccomp

BUBBLEWRAP = "bubblewrap"
KERNEL = "kernel"
_MOUNTS = Path("/proc/self/mountinfo")
_PROBE_S = 60  # a moment, but of a busy machine; the answer is kept
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - some keep temporary files there
_hidden: tuple[str, ...] = ()


class ScratchFullError(BackendError):
    """No room is left for what a parser makes on the way: the file is not to blame."""

    code = "parser-folder-full"
    of_machine = True


@dataclass(frozen=True, slots=True)
class Confinement:
    """Folders to write in, paths that cannot be read, whether there is a network."""

    writable: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    network: bool = False
    way: str = KERNEL
    readable: tuple[str, ...] = ("/",)  # by Landlock, which cannot hide and only allows

    def reaches(self, path: Path) -> bool:
        """Whether the file can be read there, also where it came into being after the start."""
        if "/" in self.readable:
            return True
        real = Path(os.path.realpath(path))
        return not {str(real), *map(str, real.parents)}.isdisjoint(self.readable + self.writable)


@dataclass(frozen=True, slots=True)
class Held:
    """What is in force in a process: no network, no writing elsewhere, nothing read of keys."""

    network_is_off: bool = False
    writing_is_off: bool = False
    reading_is_off: bool = False
    by: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is open that should not be."""
        return self.network_is_off and self.writing_is_off


_held = Held()


def hide(paths: Iterable[Path]) -> None:
    """From now on no child that is started can read these paths: keys, and where they lie."""
    global _hidden  # noqa: PLW0603 - of this process, as its children are
    _hidden = tuple(os.path.realpath(path) for path in paths)


def confinement(folders: Sequence[Path], *, network: bool, way: str | None = None) -> Confinement:
    """For a child that is started now and writes in ``folders`` alone.

    Args:
        way: ``None``: the best that works here.
    """
    chosen = way or best_way()
    hidden = tuple(path for path in _hidden if os.path.lexists(path))
    readable = ("/",) if chosen == BUBBLEWRAP else tuple(landlock.readable_beside(hidden))
    writable = tuple(os.path.realpath(folder) for folder in folders)
    return Confinement(writable, hidden, network, chosen, readable)


@cache
def best_way() -> str:
    """Bubblewrap where it is installed and the system lets it work, else the kernel's own."""
    program = shutil.which("bwrap")
    if program is None:
        return KERNEL
    tried = [*_bubblewrap(Confinement((), way=BUBBLEWRAP)), shutil.which("true") or "true"]
    try:
        done = subprocess.run(tried, capture_output=True, timeout=_PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return KERNEL
    return BUBBLEWRAP if done.returncode == 0 else KERNEL


def before(confined: Confinement) -> list[str]:
    """What stands before the command line of a child that is confined so."""
    return _bubblewrap(confined) if confined.way == BUBBLEWRAP else []


def mounts_seen(confined: Confinement) -> bytes:
    """What a child that is started now sees for good; one that is started later sees new disks.

    Only bubblewrap's view stays as it was: a file on a disk attached since would be missing there,
    and be blamed for it.
    """
    return _MOUNTS.read_bytes() if confined.way == BUBBLEWRAP else b""


def enter(confined: Confinement) -> Held:
    """Confine this very process, for good, by what ``before`` does not do; what is in force."""
    global _held  # noqa: PLW0603 - of this process
    wrapped = confined.way == BUBBLEWRAP
    by = [BUBBLEWRAP] if wrapped else []
    if not wrapped and landlock.restrict(
        writable=confined.writable, readable=confined.readable, network=confined.network
    ):
        by.append("landlock")
    if not confined.network and seccomp.filter_calls():
        by.append("seccomp")
    _held = Held(
        network_is_off=not confined.network and (wrapped or "seccomp" in by),
        writing_is_off=wrapped or "landlock" in by,
        reading_is_off=wrapped or "landlock" in by,
        by=tuple(by),
    )
    return _held


def held_here() -> Held:
    """What is in force in this very process."""
    return _held


def _bubblewrap(confined: Confinement) -> list[str]:
    """The whole machine to read, except what is hidden; processes and network of its own."""
    line = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    line += ["--ro-bind-try", _SHARED_MEMORY, _SHARED_MEMORY]
    line += ["--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL"]
    line += ["--cap-add", "CAP_DAC_READ_SEARCH"] if os.geteuid() == 0 else []
    line += [] if confined.network else ["--unshare-net"]
    for path in confined.hidden:
        line += ["--tmpfs", path] if Path(path).is_dir() else ["--ro-bind", os.devnull, path]
    for folder in confined.writable:
        line += ["--bind", folder, folder]
    return [*line, "--chdir", str(Path.cwd()), "--"]
