"""Machines of one service on this one: each with a network, a home and processes of its own."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

from archive_service.jobs.queues import QUEUES
from archive_service.settings import HOME_FILE
from tests.faults.archive_service.workflow.serving import PATIENCE_S, wait_for
from tests.services.servers import PostgreSql

ROOT = Path(__file__).parents[4]
_MAIN = ("-m", "archive_service.main")
_LOOPBACK = re.compile(r"127\.0\.0\.1:(\d+)")
_LISTENING = 8000
_DISK_MIB = 256  # for a home and its temporary files
_CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(which, now);
  const char *late = getenv("CLOCK_LATE_S");
  if (!failed && which == CLOCK_REALTIME && late) now->tv_sec -= atol(late);
  return failed;
}
"""


def available() -> bool:
    """Whether networks can be made here: root, and ``ip`` of Debian's iproute2."""
    return os.geteuid() == 0 and shutil.which("ip") is not None and _ip("netns", "list") == 0


def _ip(*arguments: str) -> int:
    return subprocess.run(["ip", *arguments], capture_output=True, check=False).returncode


def _must(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


class Network:
    """A switch between machines; what listens on this one's loopback answers at ``address``.

    PostgreSQL listens there itself: it has to see who vanished, not somebody between them.
    """

    def __init__(self) -> None:
        self.name = f"ar{secrets.token_hex(3)}"
        self._base = f"198.18.{secrets.randbelow(250) + 1}"  # what tests may reach
        self._count = 1
        self._there: set[int] = set()  # ports at which somebody listens at our address
        self._listeners: list[socket.socket] = []

    @property
    def address(self) -> str:
        """Where the machines find the servers."""
        return f"{self._base}.1"

    def new_address(self) -> str:
        """Of one more machine."""
        self._count += 1
        return f"{self._base}.{self._count}"

    def admit(self, server: PostgreSql) -> None:
        """It is started anew, and listens for the machines as well."""
        server.execute(f"ALTER SYSTEM SET listen_addresses = '127.0.0.1,{self.address}'")
        with psycopg.connect(server.url("postgres").replace("+psycopg", "")) as connection:
            (hba,) = connection.execute("SHOW hba_file").fetchone() or ("",)
        with Path(hba).open("a") as out:
            out.write(f"host all all {self.address}/24 trust\n")
        server.restart()
        self._there.add(server.port)

    def reached(self, settings: str) -> str:
        """The settings as a machine needs them: every address of loopback answers at ours."""
        for port in {int(found) for found in _LOOPBACK.findall(settings)} - self._there:
            listener = socket.create_server((self.address, port), backlog=64)
            self._there.add(port)
            self._listeners.append(listener)
            threading.Thread(target=_let_through, args=(listener, port), daemon=True).start()
        return _LOOPBACK.sub(rf"{self.address}:\1", settings)

    def close(self) -> None:
        """Nobody is let through any more, and the switch is gone."""
        for listener in self._listeners:
            listener.close()
        _ip("link", "del", self.name)


@contextmanager
def network() -> Iterator[Network]:
    """A switch that stands within the block."""
    made = Network()
    _must("link", "add", made.name, "type", "bridge")
    try:
        _must("addr", "add", f"{made.address}/24", "dev", made.name)
        _must("link", "set", made.name, "up")
        yield made
    finally:
        made.close()


def _let_through(listener: socket.socket, port: int) -> None:
    """Both ways, each connection by threads of its own, until the listener is closed."""
    while True:
        try:
            outer, _ = listener.accept()
        except OSError:
            return
        try:
            inner = socket.create_connection(("127.0.0.1", port))
        except OSError:
            outer.close()
            continue
        for source, target in ((outer, inner), (inner, outer)):
            threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Machine:
    """A network name space with a home on a small disk of its own and one command that runs there.

    Args:
        home: of the first machine; copied.
        command: of the product, ``{listen}`` is where pages answer.
        environment: of that command, whenever it is started.
    """

    def __init__(
        self,
        net: Network,
        name: str,
        home: Path,
        command: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        self.name, self.address = name, net.new_address()
        self._space, self._link = f"{net.name}{name}", f"{net.name}{name}"
        self._command = [part.format(listen=f"{self.address}:{_LISTENING}") for part in command]
        self.disk = home.parent / name
        self.disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", name, self.disk], check=True
        )
        self.home = shutil.copytree(home, self.disk / "home")
        settings = self.home / HOME_FILE
        settings.write_text(net.reached(settings.read_text("utf-8")), "utf-8")
        (self.disk / "tmp").mkdir()
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        _must("netns", "add", self._space)
        inner = f"{self._link}i"
        _must("link", "add", self._link, "type", "veth", "peer", "name", inner)
        _must("link", "set", inner, "netns", self._space)
        _must("link", "set", self._link, "master", net.name, "up")
        for within in (
            ("addr", "add", f"{self.address}/24", "dev", inner),
            ("link", "set", inner, "up"),
            ("link", "set", "lo", "up"),
        ):
            _must("-n", self._space, *within)

    @property
    def url(self) -> str:
        """Where its pages answer."""
        return f"http://{self.address}:{_LISTENING}"

    def start(self, *, code: Path = ROOT, **environment: str) -> None:
        """Its command, of the release in the folder ``code``; it may end by itself."""
        own = {"ARCHIVE_HOME": str(self.home), "TMPDIR": str(self.disk / "tmp")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", self._space, sys.executable, *_MAIN, *self._command],
                cwd=code,
                env={**os.environ, **own, **self._environment, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def _log(self) -> Path:
        return self.disk.with_suffix(".log")  # not on the disk that becomes full

    def words(self) -> str:
        """All that it said."""
        return self._log.read_text("utf-8", "replace")

    def ended(self) -> int | None:
        """Its exit code, or ``None`` while it runs."""
        assert self._process is not None
        return self._process.poll()

    def die(self) -> None:
        """The power goes."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._end_all(signal.SIGKILL)

    def stop(self) -> None:
        """In order."""
        if self._process is not None:
            self._end_all(signal.SIGTERM)
            self._process.wait(PATIENCE_S)

    def _end_all(self, how: signal.Signals) -> None:
        told = subprocess.run(
            ["ip", "netns", "pids", self._space], capture_output=True, check=True, text=True
        )
        for pid in map(int, told.stdout.split()):
            with suppress(ProcessLookupError):
                os.kill(pid, how)

    def cut_off(self) -> None:
        """The cable is out: nothing is refused, nothing arrives."""
        _must("link", "set", self._link, "down")

    def join(self) -> None:
        """The cable is in again."""
        _must("link", "set", self._link, "up")

    def fill_disk(self) -> None:
        """Nothing more goes on its disk until ``free_disk``."""
        with self._filler.open("wb", buffering=0) as out, suppress(OSError):
            while True:
                out.write(bytes(1 << 16))

    def free_disk(self) -> None:
        """There is room again."""
        self._filler.unlink()

    @property
    def _filler(self) -> Path:
        return self.disk / "filler"

    def remove(self) -> None:
        """Nothing of it is left."""
        if self._process is not None:
            self.die()
        _ip("link", "del", self._link)
        _ip("netns", "del", self._space)
        wait_for(lambda: subprocess.run(["umount", self.disk], check=False).returncode == 0)


@contextmanager
def crew(
    home: Path, database: PostgreSql, workers: Mapping[str, Sequence[str]], pages: Sequence[str]
) -> Iterator[tuple[list[Machine], list[Machine]]]:
    """Machines that work at these queues and machines that answer, running within the block."""
    with ExitStack() as held:
        net = held.enter_context(network())
        net.admit(database)

        def running(name: str, command: Sequence[str], queues: Sequence[str]) -> Machine:
            many = {f"ARCHIVE_JOBS__CONCURRENCY__{queue.upper()}": "0" for queue in QUEUES}
            many |= {f"ARCHIVE_JOBS__CONCURRENCY__{queue.upper()}": "1" for queue in queues}
            machine = Machine(net, name, home, command, many)
            held.callback(machine.remove)
            machine.start()
            return machine

        yield (
            [running(name, ("work",), queues) for name, queues in workers.items()],
            [running(name, ("serve", "--listen", "{listen}"), ()) for name in pages],
        )


def late_clock(folder: Path) -> Path:
    """A library that sets the clock of a process back by ``CLOCK_LATE_S``, for ``LD_PRELOAD``."""
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(_CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def earlier_release(folder: Path) -> Path:
    """This release as it was before its newest migration."""
    hidden = shutil.ignore_patterns("__pycache__")
    for part in ("archive_service", "ingest", "digitize", "retention", "search", "config"):
        shutil.copytree(ROOT / part, folder / part, ignore=hidden)
    shutil.copy(ROOT / "pyproject.toml", folder)
    versions = folder / "archive_service" / "db" / "migrations" / "versions"
    max(versions.glob("[0-9]*.py")).unlink()
    return folder
