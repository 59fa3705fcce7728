"""The parent of gunicorn and this machine's workers: starts them, restarts what dies, ends all."""

import http
import http.client
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from archive_service.errors import BackendError, InputError
from archive_service.processes import (
    GRACE_S,
    LOOK_EVERY_S,
    Child,
    end,
    load,
    look_after,
)
from archive_service.server.asked import HEAD_S
from archive_service.settings import Settings

_ASK_S = 2.0  # for the first answer, before asking again


class ListenAddressError(InputError):
    """Not ``HOST:PORT``."""


class AddressTakenError(BackendError):
    """The address cannot be listened on: another server has it, or it is not this machine's."""


class WebNotStartedError(BackendError):
    """The web process ended before it answered for the first time; its words are on stderr."""


def serve(
    settings: Settings,
    others: Sequence[Child],
    *,
    config: Path | None,
    listen: str,
    stopping: threading.Event,
    report: Callable[[str], None],
) -> None:
    """Serve pages and API, with ``others``, the workers, until ``stopping`` is set.

    ``report`` is given the URL once it answers. This process opens no backend: each child opens
    its own.

    Raises:
        ListenAddressError, AddressTakenError: nothing was started.
        WebNotStartedError: the web process ended before it answered; nothing is left running.
    """
    with ExitStack() as held:
        door = held.enter_context(open_door(listen))
        counts = held.enter_context(tempfile.TemporaryDirectory(prefix="archive-counts-"))
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # asked for when its library is loaded
        _load_jobs_and_pages()
        children = [_web(settings, config, door, counts), *others]
        for other in others:
            other.leaves = door  # else a last job would keep the address from who comes next
        held.callback(end, children)
        for child in children:
            child.look(time.monotonic())
        if _answers(children[0], door, stopping):
            report(_url(door))
        look_after(children, stopping)


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
    while not stopping.wait(LOOK_EVERY_S):
        if web.process is None or web.process.exitcode is not None:
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


def _load_jobs_and_pages() -> None:
    load(("archive_service.worker", "archive_service.app"))
    from archive_service.app import PAGES, RESOURCES

    load((*PAGES, *RESOURCES))


def _web(settings: Settings, config: Path | None, door: socket.socket, counts: str) -> Child:
    web = settings.web
    words = [
        *("gunicorn", "archive_service.app:from_environment()"),
        *("--bind", f"fd://{door.fileno()}"),
        *("--worker-class", "archive_service.server.worker.Worker"),
        *("--asgi-loop", "asyncio", "--asgi-lifespan", "off"),
        *("--workers", str(web.processes)),
        *("--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else counts),  # noqa: S108 - gunicorn's heartbeat, no data
        *("--graceful-timeout", str(int(GRACE_S / 2)), "--timeout", "120"),
        *("--max-requests", "10000", "--max-requests-jitter", "1000"),
        *("--limit-request-line", "0"),  # 1 MiB: a page pasted into a search box is an address
        *("--log-level", "warning", "--no-control-socket"),
    ]
    # Settings reach it by the home, the file and the variables they came from.
    given = {"ARCHIVE_HOME": str(settings.home), HEAD_S: str(web.head_s)}
    if config is not None:
        given["ARCHIVE_CONFIG"] = str(config.absolute())
    return Child("web", "gunicorn", partial(_run_web, words, given))


def _run_web(words: list[str], given: dict[str, str]) -> None:
    from gunicorn.app.wsgiapp import run

    sys.argv = words
    os.environ.update(given)
    run()
