"""ClamAV's daemon for tests: it knows one signature, that of the EICAR test file."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.process import (
    Process,
    Server,
    ServerFailedError,
    free_port,
    program,
    run_folder,
    running,
)

# The test file of eicar.org, in two parts: no scanner shall find it in this source.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
ACTIVATED = "Activating the newly loaded database"  # in its log
WAIT_S = 30
LIMIT_BYTES = 8 << 20  # of a stream: small, so that a test can go beyond it


@dataclass(frozen=True, slots=True)
class Clamd(Server):
    """A daemon on loopback."""

    port: int
    signatures: Path  # its folder; ``add_signature`` then makes it read them again

    @property
    def url(self) -> str:
        """The setting ``malware.url``."""
        return f"clamd://127.0.0.1:{self.port}"

    def add_signature(self, name: str, content: bytes) -> None:
        """From now on these bytes are found under ``name``; waits until it is so."""
        before = self._reloads()
        (self.signatures / f"{name}.ndb").write_text(f"{name}:0:*:{content.hex()}\n")
        self.ask(b"RELOAD")  # answered at once; the old signatures serve until the new are read
        until = time.monotonic() + WAIT_S
        while self._reloads() == before:
            if time.monotonic() > until:
                raise ServerFailedError("clamd did not take the new signature")
            time.sleep(0.02)

    def _reloads(self) -> int:
        return self.process.log.read_text("utf-8", "replace").count(ACTIVATED)

    def ask(self, command: bytes) -> bytes:
        """One command of its protocol, answered."""
        return ask(self.port, command)


@contextmanager
def run_clamd(*, limit_bytes: int = LIMIT_BYTES) -> Iterator[Clamd]:
    """A new daemon."""
    daemon = program("clamd", "/usr/sbin/clamd")
    with run_folder("clamd") as folder:
        port, signatures = free_port(), folder / "signatures"
        signatures.mkdir()
        (signatures / "eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
        config = folder / "clamd.conf"
        config.write_text(
            f"DatabaseDirectory {signatures}\nTCPSocket {port}\nTCPAddr 127.0.0.1\n"
            f"TemporaryDirectory {folder}\nForeground yes\nMaxThreads 4\n"
            f"StreamMaxLength {limit_bytes}\nMaxFileSize {limit_bytes}\nMaxScanSize {limit_bytes}\n"
            "SelfCheck 3600\n"
        )

        def ready() -> None:
            if ask(port, b"PING") != b"PONG":
                raise ConnectionError("not yet")

        process = Process("clamd", [daemon, "-c", str(config)], folder=folder, ready=ready)
        with running(process):
            yield Clamd(process, port, signatures)


def ask(port: int, command: bytes) -> bytes:
    """One command of clamd's protocol over its own connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"z" + command + b"\0")
        answer = b""
        while part := connection.recv(4096):
            answer += part
    return answer.rstrip(b"\0")
