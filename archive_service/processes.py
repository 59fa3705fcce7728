"""Processes that must live: started, started anew when they die, ended in order."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from archive_service.bootstrap import UnknownBackendError, open_broker
from archive_service.jobs.queues import QUEUES
from archive_service.log import logger
from archive_service.settings import Settings

GRACE_S = 30.0  # for requests and the job in hand, where pages are served too
LOOK_EVERY_S = 0.2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_SOUND_AFTER_S = 60.0  # a process that lived this long begins anew with the shortest pause
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None)


@dataclass(slots=True)
class Child:
    """One process that must live; a new one after a pause that doubles while it keeps dying."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    keeps: tuple[int, ...] = ()  # descriptors it inherits
    process: "subprocess.Popen[bytes] | None" = None
    begun: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    due: float = 0.0

    def look(self, now: float) -> None:
        """Start it if it is due; note its death and when it may live again."""
        if self.process is not None:
            code = self.process.poll()
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
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                pass_fds=self.keeps,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the parent alone, who ends them in order
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread of ours runs yet
            )

    def tell(self, what: signal.Signals) -> None:
        """Send a signal, if it lives."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(what)


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
    config: Path | None,
    *,
    queues: Collection[str] = (),
    concurrency: int | None = None,
) -> list[Child]:
    """This machine's workers by ``jobs.url``; with a broker, also the one that tells it.

    Args:
        queues: only these; none: all.
        concurrency: processes for each queue, or of all where there is no broker, in place of
            what the settings say.

    Raises:
        UnknownBackendError: ``jobs.url`` names no workers of ours.
    """
    if not open_broker(settings.jobs.url).is_used:
        count = local_workers(settings.jobs.url) if concurrency is None else concurrency
        return [_worker(settings, config, f"worker {n}", queues) for n in range(1, count + 1)]
    children = [_worker(settings, config, "teller", (), "--tell")]
    for queue in QUEUES:
        if queues and queue not in queues:
            continue
        told: int = getattr(settings.jobs.concurrency, queue)
        count = told if concurrency is None else concurrency
        names = [f"{queue} {number}" for number in range(1, count + 1)]
        children += [_worker(settings, config, name, [queue]) for name in names]
    return children


def local_workers(url: str) -> int:
    """How many worker processes ``local://?workers=N`` asks for; 2 where it does not say."""
    parts = urlsplit(url)
    if parts.scheme != "local":
        raise UnknownBackendError(setting="jobs.url", scheme=parts.scheme)
    told = parse_qs(parts.query).get("workers", ["2"])[0]
    if not told.isdecimal():
        raise UnknownBackendError(setting="jobs.url", scheme=f"local://?workers={told}")
    return int(told)


def _worker(
    settings: Settings, config: Path | None, name: str, queues: Collection[str], *more: str
) -> Child:
    chosen = [word for queue in queues for word in ("--queue", queue)]
    words = more or ("--alone",)
    command = [sys.executable, "-m", "archive_service.main", "work", *chosen, *words]
    return Child(name, command, environment(settings, config))


def environment(settings: Settings, config: Path | None) -> dict[str, str]:
    """Settings reach the children by the home, the file and the variables they came from."""
    environment = dict(os.environ) | {"ARCHIVE_HOME": str(settings.home)}
    environment.pop("ARCHIVE_AS", None)  # a worker is no account
    if config is not None:
        environment["ARCHIVE_CONFIG"] = str(config.absolute())
    return environment


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
        try:
            child.process.wait(None if until is None else max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            logger().error("process-killed", name=child.name)
            child.tell(signal.SIGKILL)
            child.process.wait()


def _die_with_parent() -> None:
    """In the child, before it becomes another program: it ends if its parent is killed."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
