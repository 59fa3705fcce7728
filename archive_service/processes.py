"""Processes that must live: forked, forked anew when they die, ended in order."""

import ctypes
import gc
import importlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from setproctitle import setproctitle
from sqlalchemy.orm import configure_mappers

from archive_service.bootstrap import UnknownBackendError, open_broker
from archive_service.jobs.queues import QUEUES
from archive_service.log import logger
from archive_service.settings import Settings

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

GRACE_S = 30.0  # for requests and the job in hand, where pages are served too
LOOK_EVERY_S = 0.2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_SOUND_AFTER_S = 60.0  # a process that lived this long begins anew with the shortest pause
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None)
_FORK = multiprocessing.get_context("fork")
_ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class Child:
    """One process that must live; a new one after a pause that doubles while it keeps dying.

    It is a fork of its parent, which has no thread and no backend open: what that has loaded is
    there at once, and its memory is shared.

    Args:
        run: all that it does.
        title: how the list of processes names it.
    """

    name: str
    title: str
    run: Callable[[], object]
    leaves: socket.socket | None = None  # its parent's alone
    process: "ForkProcess | None" = None
    begun: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    due: float = 0.0

    def look(self, now: float) -> None:
        """Start it if it is due; note its death and when it may live again."""
        if self.process is not None:
            code = self.process.exitcode
            if code is None:
                return
            self.process = None
            lived = now - self.begun
            self.pause_s = (
                _FIRST_PAUSE_S
                if lived > _SOUND_AFTER_S
                else min(self.pause_s * 2, _LONGEST_PAUSE_S)
            )
            self.due = now + self.pause_s
            logger().error("process-died", name=self.name, code=code, again_in_s=self.pause_s)
        elif now >= self.due:
            self.begun = now
            # A signal that comes before it can hear one waits until it does.
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
            try:
                self.process = _FORK.Process(target=self._live, name=self.name)
                self.process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def tell(self, what: signal.Signals) -> None:
        """Send a signal, if it lives."""
        if self.process is not None and self.process.pid and self.process.exitcode is None:
            os.kill(self.process.pid, what)

    def _live(self) -> None:
        os.setsid()  # Ctrl-C reaches the parent alone, who ends them in order
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        for ending in _ENDING:
            signal.signal(ending, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:  # killed before it was noticed
            return
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if self.leaves is not None:
            self.leaves.close()
        setproctitle(self.title)
        self.run()


def load(modules: Iterable[str]) -> None:
    """Load what all children of this process are to share; no backend is opened."""
    gc.disable()  # what is imported stays
    for name in modules:
        importlib.import_module(name)
    configure_mappers()
    gc.freeze()  # nothing of it is looked through again, or copied for it
    gc.enable()


def stop_on_signals() -> threading.Event:
    """An event set by SIGTERM or SIGINT: the job in hand is finished first."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping


def look_after(children: Sequence[Child], stopping: threading.Event) -> None:
    """Start what is not there, and what dies, until ``stopping`` is set."""
    while True:
        for child in children:
            child.look(time.monotonic())
        if stopping.wait(LOOK_EVERY_S):
            return


def workers(
    settings: Settings,
    work: Callable[[Sequence[str]], object],
    tell: Callable[[], object],
    *,
    queues: Sequence[str] = (),
    concurrency: int | None = None,
) -> list[Child]:
    """This machine's workers by ``jobs.url``; with a broker, also the one that tells it.

    Args:
        work: what a worker does, with its queues; none: all.
        tell: what the one does that tells the broker.
        queues: only these; none: all.
        concurrency: processes for each queue, or of all where there is no broker, in place of
            what the settings say.

    Raises:
        UnknownBackendError: ``jobs.url`` names no workers of ours.
    """

    def worker(name: str, queues: Sequence[str]) -> Child:
        words = "".join(f" --queue {queue}" for queue in queues)
        return Child(name, f"archive work{words}", partial(work, queues))

    if not open_broker(settings.jobs.url).is_used:
        count = local_workers(settings.jobs.url) if concurrency is None else concurrency
        return [worker(f"worker {n}", queues) for n in range(1, count + 1)]
    children = [Child("teller", "archive work, telling", tell)]
    for queue in QUEUES:
        if queues and queue not in queues:
            continue
        configured: int = getattr(settings.jobs.concurrency, queue)
        count = configured if concurrency is None else concurrency
        children += [worker(f"{queue} {number}", [queue]) for number in range(1, count + 1)]
    return children


def local_workers(url: str) -> int:
    """How many worker processes ``local://?workers=N`` asks for; 2 where it does not say."""
    parts = urlsplit(url)
    if parts.scheme != "local":
        raise UnknownBackendError(setting="jobs.url", scheme=parts.scheme)
    count = parse_qs(parts.query).get("workers", ["2"])[0]
    if not count.isdecimal():
        raise UnknownBackendError(setting="jobs.url", scheme=f"local://?workers={count}")
    return int(count)


def work_together(children: Sequence[Child], stopping: threading.Event) -> None:
    """Look after workers until told to stop; each finishes the job in hand, however long."""
    try:
        look_after(children, stopping)
    finally:
        end(children, grace_s=None)


def end(children: Sequence[Child], *, grace_s: float | None = GRACE_S) -> None:
    """Ask every child to finish what it has in hand; then end what has not, if there is a limit."""
    for child in children:
        child.tell(signal.SIGTERM)
    until = None if grace_s is None else time.monotonic() + grace_s
    for child in children:
        if child.process is None:
            continue
        child.process.join(None if until is None else max(until - time.monotonic(), 0))
        if child.process.exitcode is None:
            logger().error("process-killed", name=child.name)
            child.tell(signal.SIGKILL)
            child.process.join()
