"""Servers once for all workers of a run: a process beside pytest starts each when first asked.

It ends with the run, and each server with it. A test that kills or stops a server takes one of its
own (``own_…``): what a host gives out may be used by another worker at the same moment.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from tests.services.install import ToolMissingError
from tests.services.process import Process, Server, ServerFailedError
from tests.services.servers import SERVERS

ADDRESS = "TEST_SERVERS_HOST"  # the socket of the host of this run, for its workers
STOP_S = 120.0


class SharedServerError(Exception):
    """A test would stop a server that others use: it needs one of its own."""


class Elsewhere(Process):
    """A server's process, kept by the host: to be used, never stopped."""

    def __init__(self, process: Process) -> None:
        self.name, self.log = process.name, process.log

    def _refuse(self) -> None:
        raise SharedServerError(f"{self.name} is shared by all workers: take own_{self.name}.")

    def start(self) -> None:
        """Never: it runs."""
        self._refuse()

    def stop(self) -> None:
        """Never."""
        self._refuse()

    def kill(self) -> None:
        """Never."""
        self._refuse()

    def restart(self) -> None:
        """Never."""
        self._refuse()

    def pause(self) -> None:
        """Never."""
        self._refuse()

    def resume(self) -> None:
        """Never."""
        self._refuse()


def ask(name: str) -> Server:
    """The running server of this name, one of ``SERVERS``.

    Raises:
        ToolMissingError: it is not installed.
        ServerFailedError: it does not start.
    """
    with Client(os.environ[ADDRESS], "AF_UNIX") as connection:
        connection.send(name)
        answer = connection.recv()
    if isinstance(answer, Exception):
        raise answer
    assert isinstance(answer, Server)
    return answer


@contextmanager
def hosted() -> Iterator[str]:
    """A host beside this process; gives its address."""
    with tempfile.TemporaryDirectory(prefix="servers-") as folder:
        address = str(Path(folder) / "host")
        # Imported by its name: what it sends is known to others by that.
        program = f"import sys; from {__name__} import serve; serve(sys.argv[1])"
        command = [sys.executable, "-c", program, address]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()  # it listens
        try:
            yield address
        finally:
            process.stdin.close()
            process.wait(STOP_S)
            process.stdout.close()


class _Host:
    """Starts each server once and says where it is."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._locks = {name: threading.Lock() for name in SERVERS}
        self._running: dict[str, Server | Exception] = {}

    def answer(self, connection: Connection) -> None:
        with connection:
            name = connection.recv()
            with self._locks[name]:  # the others wait for the same one alone
                if name not in self._running:
                    self._running[name] = self._start(name)
            connection.send(self._running[name])

    def _start(self, name: str) -> Server | Exception:
        try:
            server = self._stack.enter_context(SERVERS[name]())
        except (ToolMissingError, ServerFailedError) as failed:
            return failed
        return replace(server, process=Elsewhere(server.process))


def serve(address: str) -> None:
    """Answer at this address until stdin ends."""
    with ExitStack() as stack, Listener(address, "AF_UNIX") as listener:
        host = _Host(stack)

        def listen() -> None:
            while True:
                connection = listener.accept()
                threading.Thread(target=host.answer, args=[connection], daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()  # till whoever started this ends
