"""One server of the tests: started, waited for, stopped, killed, started again."""

import fcntl
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.install import ToolMissingError

KEEPER = Path(__file__).with_name("keeper.py")
PORTS = range(21000, 31000)  # below those that the system gives to clients
CLAIMS = Path("/var/tmp") / f"archive-ports-{os.getuid()}"  # of all runs
ORDINARY = "nobody"  # whom servers run as that refuse root
STOP_S = 40.0


class ServerFailedError(Exception):
    """A server ended, or did not answer in time; the text holds the end of its log."""


class Process:
    """A command and what it starts, under a keeper that outlives nobody.

    ``ready`` raises anything at all until the server answers.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        ready: Callable[[], object],
        env: Mapping[str, str] | None = None,
        account: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        ready_s: float = 180.0,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._ready = ready
        self._ready_s = ready_s
        self._keeper: subprocess.Popen[bytes] | None = None
        self._order = {
            "command": list(command),
            "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
            | dict(env or {}),
            "folder": str(folder),
            "account": account,
            "log": str(self.log),
            "stop_signal": int(stop_signal),
        }

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ServerFailedError: it ended, or did not answer in time.
        """
        if self._keeper is not None:
            return
        self._keeper = subprocess.Popen(
            [sys.executable, "-E", "-s", str(KEEPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._tell(json.dumps(self._order))
        try:
            self._wait(self._keeper)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as its makers want it ended; nothing if it is not there."""
        self._end("stop")

    def kill(self) -> None:
        """End all of it at once, as a power cut would."""
        self._end("kill")

    def restart(self) -> None:
        """Stop it if it runs, then start it: same port, same data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it hang: connections are taken, nothing is answered; so it is on return."""
        self._tell("pause")
        self._hear()

    def resume(self) -> None:
        """Let it go on after ``pause``."""
        self._tell("resume")
        self._hear()

    def _hear(self) -> None:
        if self._keeper is not None and self._keeper.stdout is not None:
            self._keeper.stdout.readline()

    def _tell(self, word: str) -> None:
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.write(f"{word}\n".encode())
            self._keeper.stdin.flush()

    def _end(self, word: str) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is None or keeper.stdin is None:
            return
        try:
            keeper.stdin.write(f"{word}\n".encode())
            keeper.stdin.close()
        except BrokenPipeError:
            pass  # the server had ended by itself, and its keeper with it
        keeper.wait(STOP_S)
        if keeper.stdout is not None:
            keeper.stdout.close()

    def _wait(self, keeper: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + self._ready_s
        while True:
            try:
                self._ready()
            except Exception as error:  # noqa: BLE001 - each client has its own way to say "not yet"
                if keeper.poll() is not None:
                    raise ServerFailedError(f"{self.name} ended:\n{self._tail()}") from None
                if time.monotonic() > until:
                    raise ServerFailedError(f"{self.name}: {error}\n{self._tail()}") from None
            else:
                return
            time.sleep(0.05)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-25:])


@dataclass(frozen=True, slots=True)
class Server:
    """What every server of the tests can do; a fault test leaves it running."""

    process: Process

    def stop(self) -> None:
        """End it in order; its data stay."""
        self.process.stop()

    def kill(self) -> None:
        """End it with all its processes at once; its data stay."""
        self.process.kill()

    def restart(self) -> None:
        """Start it again on the same port with the same data, and wait until it answers."""
        self.process.restart()

    def pause(self) -> None:
        """Let it hang without an answer until ``resume``."""
        self.process.pause()

    def resume(self) -> None:
        """Let it go on after ``pause``."""
        self.process.resume()


@contextmanager
def running(process: Process) -> Iterator[None]:
    """Started within, ended after, whatever happens."""
    process.start()
    try:
        yield
    finally:
        process.stop()


def free_port() -> int:
    """A port of this machine that nobody listens on, and no other run of tests is given."""
    for _ in range(100):
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
        if _taken(port):
            return port
    raise ServerFailedError("no free port")


def _taken(port: int) -> bool:
    """Ours until this process ends: servers listen seconds after their ports were chosen."""
    CLAIMS.mkdir(exist_ok=True)
    claim = os.open(CLAIMS / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    return True


def accepts(port: int) -> None:
    """``OSError`` unless something listens on the port."""
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def ordinary_account() -> str | None:
    """Whom a server that refuses root runs as; ``None`` where we are ordinary ourselves."""
    return ORDINARY if os.geteuid() == 0 else None


def as_account(account: str | None) -> dict[str, Any]:
    """Arguments of ``subprocess`` for a command run as this account."""
    if account is None:
        return {}
    who = pwd.getpwnam(account)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


@contextmanager
def run_folder(
    name: str, account: str | None = None, *, beside_tests: bool = False
) -> Iterator[Path]:
    """A folder for one run of a server, owned by its account; gone afterwards.

    Args:
        beside_tests: where the tests write, which may be in memory; else on a disk, for MinIO asks
            for more than a file system in memory has.

    Raises:
        ToolMissingError: ``make test SERVICES=none`` asked for the tests without the servers.
    """
    if os.environ.get("SERVICES") == "none":
        raise ToolMissingError(f"{name} is left out: SERVICES=none.")
    place = None if beside_tests else "/var/tmp"
    folder = Path(tempfile.mkdtemp(prefix=f"archive-{name}-", dir=place))
    try:
        if account is not None:
            give(folder, account)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give(path: Path, account: str) -> None:
    """Make the account the owner of this path and all below it."""
    who = pwd.getpwnam(account)
    for one in (path, *path.rglob("*")):
        os.chown(one, who.pw_uid, who.pw_gid, follow_symlinks=False)


def program(*candidates: str) -> str:
    """The first of these that can be run: a name on the PATH, or a path with ``*`` in it."""
    for candidate in candidates:
        if candidate.startswith("/"):
            found = sorted(Path("/").glob(candidate[1:]))
            if found:
                return str(found[-1])
        elif on_path := shutil.which(candidate):
            return on_path
    raise ToolMissingError(f"{candidates[0]} is missing: run `make judges`.")
