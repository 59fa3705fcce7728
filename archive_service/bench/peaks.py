"""The largest memory that each process below a command has held."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LOOK_EVERY_S = 0.02
_PARSER = "parser"
_ROLES = {  # a word of the command → what the process is; the first that fits
    "archive_service.formats.child_loop": _PARSER,
    "gunicorn:": "web",
    "submit": "submit",
    "work": "worker",
    "serve": "serve",
}


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
                if (held := peak_mib(pid)) is not None:
                    peaks.seen[pid] = held
            time.sleep(_LOOK_EVERY_S)
        content = process.stdout.read() if process.stdout else b""
    peaks.exit_code = process.returncode
    peaks.own_mib = peaks.seen.pop(process.pid, 0.0)
    peaks.child_mib = max(peaks.seen.values(), default=0.0)
    return peaks, content


def _roles(pid: int, above: str = "") -> Iterator[tuple[int, str]]:
    """Each process of ours below ``pid`` with what it is; a parser by whom it parses for."""
    role = _role(pid)
    if role == _PARSER:
        role = f"{above} {role}"
    yield pid, role
    for child in _children(pid):
        yield from _roles(child, role or above)


def _role(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text("utf-8", errors="replace")
    except OSError:  # it has just ended
        return ""
    arguments = words.replace("\0", " ").split()
    return next((role for word, role in _ROLES.items() if word in arguments), "")


@dataclass(slots=True)
class ByRole:
    """What processes of each kind held at most, at the middle of some work and at its end.

    One that was just forked is still its parent, by its memory and by its command: where this is
    none of ours, it is not counted.
    """

    halfway: dict[str, float] = field(default_factory=dict)
    whole: dict[str, float] = field(default_factory=dict)

    def look(self, above: int, *, halfway: bool) -> None:
        """Note the processes below ``above`` that live now; it is none of them."""
        for pid, role in _roles(above):
            held = peak_mib(pid)
            if role and held is not None and pid != above:
                self.whole[role] = max(held, self.whole.get(role, 0.0))
                if not halfway:
                    self.halfway[role] = max(held, self.halfway.get(role, 0.0))

    def as_document(self) -> dict[str, dict[str, float | None]]:
        """MiB by kind; ``None`` for what began in the second half only."""
        return {
            role: {
                "halfway_mib": round(self.halfway[role], 1) if role in self.halfway else None,
                "peak_mib": round(peak, 1),
            }
            for role, peak in sorted(self.whole.items())
        }


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in _children(pid):
        yield from _tree(child)


def _children(pid: int) -> list[int]:
    children = _lines(Path(f"/proc/{pid}/task"), "children")
    return [int(child) for line in children for child in line.split()]


def _lines(tasks: Path, name: str) -> Iterator[str]:
    try:
        for task in list(tasks.iterdir()):
            yield (task / name).read_text("ascii")
    except OSError:  # it just ended
        return


def peak_mib(pid: int) -> float | None:
    """The most that a process ever held, so far; ``None``: it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", errors="replace")
    except OSError:
        return None
    found = status.partition("VmHWM:")[2].split()
    return int(found[0]) / 1024 if found else None
