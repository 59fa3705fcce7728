"""The parent of gunicorn and the local workers: starts them, restarts what dies, ends all."""

import ctypes
import http
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from archive_service.bootstrap import UnknownBackendError
from archive_service.errors import BackendError, InputError
from archive_service.log import logger
from archive_service.settings import Settings

DEFAULT_LISTEN = "127.0.0.1:8000"
_APPLICATION = "archive_service.app:from_environment()"
_LOOK_EVERY_S = 0.2
_ASK_S = 2.0  # for the first answer, before asking again
_GRACE_S = 30.0  # for the requests and the job in hand
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_SOUND_AFTER_S = 60.0  # a process that lived this long begins anew with the shortest pause
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None)


class ListenAddressError(InputError):
    """Not ``HOST:PORT``."""

    code = "listen-address"


class AddressTakenError(BackendError):
    """The address cannot be listened on: another server has it, or it is not this machine's."""

    code = "address-taken"


class WebNotStartedError(BackendError):
    """The web process ended before it answered for the first time; its words are on stderr."""

    code = "web-not-started"


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
    due: float = field(default=0.0)

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


def serve(
    settings: Settings,
    *,
    config: Path | None,
    listen: str,
    stopping: threading.Event,
    report: Callable[[str], None],
) -> None:
    """Serve pages and API, with the workers of ``jobs.url``, until ``stopping`` is set.

    ``report`` is given the URL once it answers. This process opens no backend: each child opens
    its own.

    Raises:
        ListenAddressError, AddressTakenError: nothing was started.
        WebNotStartedError: the web process ended before it answered; nothing is left running.
        UnknownBackendError: ``jobs.url`` names no workers of ours.
    """
    workers = local_workers(settings.jobs.url)
    with ExitStack() as held:
        door = held.enter_context(open_door(listen))
        counts = held.enter_context(tempfile.TemporaryDirectory(prefix="archive-counts-"))
        children = [_web(settings, config, door, counts)]
        children += [_worker(settings, config, number) for number in range(1, workers + 1)]
        held.callback(_end, children)
        for child in children:
            child.look(time.monotonic())
        if _answers(children[0], door, stopping):
            report(_url(door))
        while not stopping.wait(_LOOK_EVERY_S):
            for child in children:
                child.look(time.monotonic())


def local_workers(url: str) -> int:
    """How many worker processes ``local://?workers=N`` asks for; 2 where it does not say."""
    parts = urlsplit(url)
    if parts.scheme != "local":
        raise UnknownBackendError(setting="jobs.url", scheme=parts.scheme)
    told = parse_qs(parts.query).get("workers", ["2"])[0]
    if not told.isdecimal():
        raise UnknownBackendError(setting="jobs.url", scheme=f"local://?workers={told}")
    return int(told)


def open_door(listen: str) -> socket.socket:
    """A listening socket; it outlives a web process that dies, so that no one is turned away."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ListenAddressError(address=listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host.strip("[]"), int(port)))
        door.listen(1024)
    except OSError as taken:
        door.close()
        raise AddressTakenError(address=listen, reason=taken.strerror or str(taken)) from None
    return door


def _url(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _answers(web: Child, door: socket.socket, stopping: threading.Event) -> bool:
    """Wait for the first answer; false if told to stop before. Later deaths are only pauses."""
    host, port = door.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    while not stopping.wait(_LOOK_EVERY_S):
        if web.process is None or web.process.poll() is not None:
            raise WebNotStartedError(listen=f"{host}:{port}")
        asking = http.client.HTTPConnection(here, port, timeout=_ASK_S)
        try:
            asking.request("GET", "/healthz")
            if asking.getresponse().status == http.HTTPStatus.OK:
                return True
        except (OSError, http.client.HTTPException):
            continue  # still starting
        finally:
            asking.close()
    return False


def _web(settings: Settings, config: Path | None, door: socket.socket, counts: str) -> Child:
    web = settings.web
    command = [
        *(sys.executable, "-m", "gunicorn", _APPLICATION),
        *("--bind", f"fd://{door.fileno()}"),
        *("--worker-class", "gthread"),
        *("--workers", str(web.processes), "--threads", str(web.threads)),
        *("--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else counts),  # noqa: S108 - gunicorn's heartbeat, no data
        *("--graceful-timeout", str(int(_GRACE_S / 2)), "--timeout", "120"),
        *("--max-requests", "10000", "--max-requests-jitter", "1000"),
        *("--log-level", "warning", "--no-control-socket"),
    ]
    environment = _environment(settings, config) | {"PROMETHEUS_MULTIPROC_DIR": counts}
    return Child("web", command, environment, keeps=(door.fileno(),))


def _worker(settings: Settings, config: Path | None, number: int) -> Child:
    command = [sys.executable, "-m", "archive_service.main", "work"]
    return Child(f"worker {number}", command, _environment(settings, config))


def _environment(settings: Settings, config: Path | None) -> dict[str, str]:
    """Settings reach the children by the home, the file and the variables they came from."""
    environment = dict(os.environ) | {"ARCHIVE_HOME": str(settings.home)}
    environment.pop("ARCHIVE_AS", None)  # a worker is no account
    if config is not None:
        environment["ARCHIVE_CONFIG"] = str(config.absolute())
    return environment


def _end(children: list[Child]) -> None:
    """Ask every child to finish what it has in hand; then end what has not."""
    for child in children:
        child.tell(signal.SIGTERM)
    until = time.monotonic() + _GRACE_S
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            logger().error("process-killed", name=child.name)
            child.tell(signal.SIGKILL)
            child.process.wait()


def _die_with_parent() -> None:
    """In the child, before it becomes another program: it ends if its parent is killed."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
