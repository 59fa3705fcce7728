"""The largest memory that each process below a command has held."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LOOK_EVERY_S = 0.02


@dataclass(slots=True)
class Peaks:
    """In MiB: of the command itself, and of the largest process it started."""

    exit_code: int = 0
    own_mib: float = 0.0
    child_mib: float = 0.0
    seen: dict[int, float] = field(default_factory=dict)

    def as_document(self) -> dict[str, float]:
        """Rounded, for the document of the bench."""
        return {"own_mib": round(self.own_mib, 1), "child_mib": round(self.child_mib, 1)}


def run_watched(command: Sequence[str], *, environment: Mapping[str, str]) -> tuple[Peaks, bytes]:
    """Run it to its end; its peaks and what it wrote on stdout.

    ``VmHWM`` never falls, so that looking now and then misses only the last moments. The figure of
    ``wait4`` will not do: it begins with that of the parent.
    """
    peaks = Peaks()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(environment)) as process:
        while process.poll() is None:
            for pid in _tree(process.pid):
                if (held := _peak_mib(pid)) is not None:
                    peaks.seen[pid] = held
            time.sleep(_LOOK_EVERY_S)
        told = process.stdout.read() if process.stdout else b""
    peaks.exit_code = process.returncode
    peaks.own_mib = peaks.seen.pop(process.pid, 0.0)
    peaks.child_mib = max(peaks.seen.values(), default=0.0)
    return peaks, told


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in _lines(Path(f"/proc/{pid}/task"), "children"):
        for child in task.split():
            yield from _tree(int(child))


def _lines(tasks: Path, name: str) -> Iterator[str]:
    try:
        for task in list(tasks.iterdir()):
            yield (task / name).read_text("ascii")
    except OSError:  # it just ended
        return


def _peak_mib(pid: int) -> float | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", errors="replace")
    except OSError:
        return None
    found = status.partition("VmHWM:")[2].split()
    return int(found[0]) / 1024 if found else None
