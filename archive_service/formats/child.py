"""Runs a parser in a warm child process, under limits of time and memory.

A parser that crashes, hangs or eats memory on a bad file is a result (``ParserFailure``), not our
own crash. Children stay warm between calls, so that 2,000 files do not cost 2,000 starts.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar, cast

from archive_service.errors import BackendError

P = ParamSpec("P")
T = TypeVar("T")

# One thread for every numeric library: we run one process a core.
ONE_THREAD = {
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
}
CALLS_BEFORE_RENEWAL = 2_000  # a leaking parser is given back to the system now and then


class FailureReason(StrEnum):
    """How a parser failed."""

    FAILED = "failed"  # it raised an error of its own
    CRASHED = "crashed"  # its process died
    TIMED_OUT = "timed-out"
    OUT_OF_MEMORY = "out-of-memory"


@dataclass(frozen=True, slots=True)
class ParserFailure:
    """Why a parser has no result; ``detail`` is technical and in English."""

    reason: FailureReason
    detail: str


class ChildStartError(BackendError):
    """No child process could be started: the machine is out of processes or memory."""

    code = "child-not-started"


class WarmChild:
    """One child process that takes one call at a time; started at the first, again after a crash.

    Not thread-safe. The child ends when this process ends, however it ends.
    """

    def __init__(self) -> None:
        self.calls = 0
        self._running: tuple[subprocess.Popen[bytes], Connection] | None = None

    def run(
        self, func: Callable[..., T], *args: object, limit_s: float, memory_mib: int
    ) -> T | ParserFailure:
        """What ``func(*args)`` returns in the child; ``func`` must be importable by its name.

        Args:
            limit_s: seconds of wall clock, and of processor time.
            memory_mib: data memory of the child as a whole, its libraries included.

        Raises:
            ArchiveError: one that ``func`` raised, unchanged.
            ChildStartError: there is no child to run it.
        """
        process, connection = self._started()
        self.calls += 1
        try:
            connection.send((func, args, limit_s, memory_mib))
            if not connection.poll(limit_s):
                return self._ended(FailureReason.TIMED_OUT, f"no answer after {limit_s:g} s")
            kind, value = connection.recv()
        except (EOFError, ConnectionError, BrokenPipeError):
            return self._died(process)
        if kind == "raised":
            raise value
        if kind == "failed":
            reason, detail = value
            return ParserFailure(FailureReason(reason), detail)
        return cast(T, value)

    def close(self) -> None:
        """End the child, now."""
        if self._running is not None:
            process, connection = self._running
            self._running = None
            connection.close()
            process.kill()
            process.wait()

    def _started(self) -> tuple[subprocess.Popen[bytes], Connection]:
        if self._running is not None:
            if self._running[0].poll() is None:
                return self._running
            self.close()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "archive_service.formats.child_loop", str(theirs.fileno())]
        try:
            process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us; the child ends with its socket
                env=_environment(),
            )
        except OSError as error:
            ours.close()
            raise ChildStartError(detail=str(error)) from error
        finally:
            theirs.close()
        self._running = process, Connection(ours.detach())
        self.calls = 0
        return self._running

    def _died(self, process: subprocess.Popen[bytes]) -> ParserFailure:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        status = process.returncode
        if status == -signal.SIGXCPU:
            return self._ended(FailureReason.TIMED_OUT, "processor time used up")
        if status is not None and status < 0:
            return self._ended(FailureReason.CRASHED, signal.Signals(-status).name)
        return self._ended(FailureReason.CRASHED, f"exit status {status}")

    def _ended(self, reason: FailureReason, detail: str) -> ParserFailure:
        self.close()
        return ParserFailure(reason, detail)


def _environment() -> dict[str, str]:
    """Ours without our settings, which hold passwords: a parser reads files of strangers."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    return {**ours, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path)}


class _IdleChildren:
    """Warm children waiting for the next call of this process, at most one a core."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[WarmChild] = []
        self._owner = os.getpid()

    def take(self) -> WarmChild:
        with self._lock:
            if self._owner != os.getpid():  # after a fork they belong to the parent
                self._idle, self._owner = [], os.getpid()
            return self._idle.pop() if self._idle else WarmChild()

    def give_back(self, child: WarmChild) -> None:
        with self._lock:
            keep = len(self._idle) < (os.cpu_count() or 1) and child.calls < CALLS_BEFORE_RENEWAL
            if keep:
                self._idle.append(child)
        if not keep:
            child.close()

    def close(self) -> None:
        with self._lock:
            if self._owner == os.getpid():
                for child in self._idle:
                    child.close()
            self._idle = []


_idle = _IdleChildren()
atexit.register(_idle.close)


def run_limited(
    func: Callable[..., T], *args: object, limit_s: float = 60, memory_mib: int = 1024
) -> T | ParserFailure:
    """Run ``func(*args)`` in a warm child; see ``WarmChild.run``. Safe from many threads."""
    child = _idle.take()
    try:
        return child.run(func, *args, limit_s=limit_s, memory_mib=memory_mib)
    finally:
        _idle.give_back(child)
