"""Runs a parser in a warm child process, under limits of time and memory.

A parser that crashes, hangs or eats memory on a bad file is a result (``ParserFailure``), not our
own crash. Children stay warm between calls, so that 2,000 files do not cost 2,000 starts. They have
no network, write in one folder of their own, and answer in JSON: see ``sandbox`` and ``answers``.
"""

import atexit
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from archive_service.errors import BackendError
from archive_service.formats import answers
from archive_service.formats.output import Made, Output, empty
from archive_service.formats.patience import Patience
from archive_service.formats.sandbox.confinement import (
    BUBBLEWRAP,
    Confinement,
    before,
    confinement,
    mounts_seen,
)
from archive_service.formats.wire import MessageTooLongError, receive, send

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


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    line: socket.socket
    scratch: Path
    confined: Confinement
    mounts: bytes  # as its view has them


class WarmChild:
    """One child process that takes one call at a time; started at the first, again after a crash.

    Not thread-safe. The child ends when this process ends, however it ends.

    Args:
        folders: in which it may write, besides ``Output``.
        network: whether it needs one; no child has that reads a file alone.
        way: how it is confined; ``None``: by the best that works here.
    """

    def __init__(
        self, folders: Sequence[Path] = (), *, network: bool = False, way: str | None = None
    ) -> None:
        self.calls = 0
        self._folders = tuple(folders)
        self._network = network
        self._way = way
        self._running: _Running | None = None

    def run(
        self, func: Callable[..., T], *args: object, limit_s: float, memory_mib: int
    ) -> T | ParserFailure:
        """What ``func(*args)`` returns in the child; ``func`` must be importable by its name.

        It comes back as JSON, by the annotation of ``func``: what that does not name is a failure.

        Args:
            limit_s: seconds of processor time; of the clock, where it uses none, see ``Patience``.
            memory_mib: data memory of the child as a whole, its libraries included.

        Raises:
            ArchiveError: one that ``func`` raised, with its facts as JSON has them.
            ChildStartError: there is no child to run it.
        """
        running = self._started(args)
        self.calls += 1
        outputs = [Made(arg.path, running.scratch) for arg in args if isinstance(arg, Output)]
        places = iter(outputs)
        given = [next(places).place() if isinstance(arg, Output) else arg for arg in args]
        try:
            send(running.line, pickle.dumps((func, given, limit_s, memory_mib)))
            answer = receive(
                running.line,
                within_s=limit_s,
                most_bytes=answers.MOST_BYTES,
                goes_on=Patience(running.process.pid, limit_s).goes_on,
            )
            kind, value = answers.read(func, answer)
        except TimeoutError:
            return self._ended(FailureReason.TIMED_OUT, f"no answer in {limit_s:g} s of work")
        except (EOFError, ConnectionError):
            return self._died(running)
        except (MessageTooLongError, answers.AnswerUnreadableError):
            return self._ended(FailureReason.FAILED, "its answer cannot be read")
        try:
            if kind == "returned":
                for made in outputs:
                    made.take()
        finally:
            empty(running.scratch)
        if kind == "raised":
            raise value
        if kind == "failed":
            reason, detail = value
            return ParserFailure(FailureReason(reason), detail)
        return cast(T, value)

    def close(self) -> None:
        """End the child, now."""
        if self._running is not None:
            running = self._running
            self._running = None
            running.line.close()
            with suppress(ProcessLookupError):  # with whatever it started, and bubblewrap's own
                os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()
            shutil.rmtree(running.scratch, ignore_errors=True)

    def _started(self, args: Sequence[object]) -> _Running:
        if self._running is not None:
            reached = all(map(self._running.confined.reaches, _paths(args)))
            # Somebody may have swept the temporary files, and another user's folder is of no use.
            there = os.access(self._running.scratch, os.W_OK, effective_ids=True)
            same = self._running.mounts == mounts_seen(self._running.confined)
            if reached and there and same and self._running.process.poll() is None:
                return self._running
            self.close()
        try:
            scratch = Path(tempfile.mkdtemp(prefix="parser-"))
        except OSError as error:
            raise ChildStartError(detail=str(error)) from error
        confined = confinement((scratch, *self._folders), network=self._network, way=self._way)
        mounts = mounts_seen(confined)  # before it starts: what comes meanwhile is new then
        ours, theirs = socket.socketpair()
        loop = [sys.executable, "-m", "archive_service.formats.child_loop", str(theirs.fileno())]
        try:
            process = subprocess.Popen(
                [*before(confined), *loop],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us; the child ends with its socket
                env=_environment() | {"TMPDIR": str(scratch)},
            )
        except OSError as error:
            ours.close()
            shutil.rmtree(scratch, ignore_errors=True)
            raise ChildStartError(detail=str(error)) from error
        finally:
            theirs.close()
        self._running = _Running(process, ours, scratch, confined, mounts)
        self.calls = 0
        with suppress(ConnectionError):  # it died at once: the call finds that out
            send(ours, pickle.dumps((confined, str(scratch))))
        return self._running

    def _died(self, running: _Running) -> ParserFailure:
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(timeout=5)
        status = running.process.returncode
        if running.confined.way == BUBBLEWRAP and status is not None and status > 128:
            status = 128 - status  # as shells tell of a signal
        if status == -signal.SIGXCPU:
            return self._ended(FailureReason.TIMED_OUT, "processor time used up")
        if status is not None and status < 0:
            return self._ended(FailureReason.CRASHED, signal.Signals(-status).name)
        return self._ended(FailureReason.CRASHED, f"exit status {status}")

    def _ended(self, reason: FailureReason, detail: str) -> ParserFailure:
        self.close()
        return ParserFailure(reason, detail)


def _paths(value: object, depth: int = 3) -> Iterator[Path]:
    """Files that are named in the arguments of a call, also in lists and in fields."""
    if isinstance(value, Path):
        yield value
    elif depth and isinstance(value, list | tuple):
        for item in value:
            yield from _paths(item, depth - 1)
    elif depth and is_dataclass(value) and not isinstance(value, Output):
        for field in fields(value):
            yield from _paths(getattr(value, field.name), depth - 1)


def _environment() -> dict[str, str]:
    """Ours without our settings, which hold passwords: a parser reads files of strangers."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    return {**ours, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path)}


def _this_process() -> tuple[int, int]:
    return os.getpid(), os.geteuid()


class _IdleChildren:
    """Warm children waiting for the next call of this process, at most one a core.

    A child has the rights that this process had when it was started.
    """

    def __init__(self, *, network: bool = False) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._idle: list[WarmChild] = []
        self._owner = _this_process()

    def take(self) -> WarmChild:
        with self._lock:
            self._leave_others()
            return self._idle.pop() if self._idle else WarmChild(network=self._network)

    def give_back(self, child: WarmChild) -> None:
        with self._lock:
            keep = len(self._idle) < (os.cpu_count() or 1) and child.calls < CALLS_BEFORE_RENEWAL
            if keep:
                self._idle.append(child)
        if not keep:
            child.close()

    def close(self) -> None:
        with self._lock:
            self._leave_others()
            for child in self._idle:
                child.close()
            self._idle = []

    def _leave_others(self) -> None:
        """After a fork they belong to the parent; those with other rights than now are ended."""
        if self._owner == (now := _this_process()):
            return
        for child in self._idle if self._owner[0] == now[0] else []:
            child.close()
        self._idle, self._owner = [], now


_idle = _IdleChildren()
_online = _IdleChildren(network=True)
atexit.register(_idle.close)
atexit.register(_online.close)


def run_limited(
    func: Callable[..., T],
    *args: object,
    limit_s: float = 60,
    memory_mib: int = 1024,
    network: bool = False,
) -> T | ParserFailure:
    """Run ``func(*args)`` in a warm child; see ``WarmChild.run``. Safe from many threads."""
    pool = _online if network else _idle
    child = pool.take()
    try:
        return child.run(func, *args, limit_s=limit_s, memory_mib=memory_mib)
    finally:
        pool.give_back(child)
