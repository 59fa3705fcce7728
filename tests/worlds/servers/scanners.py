"""Malware that every scanner knows, and daemons that lie, hang, or speak for clamd."""

import io
import socket
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.services.clamd import EICAR

__all__ = ["EICAR", "Speaker", "infected_zip", "speaking"]


def infected_zip(*, depth: int = 1) -> bytes:
    """The EICAR test file inside a ZIP, or inside ZIPs."""
    data = EICAR
    for level in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{level}.com", data)
        data = packed.getvalue()
    return data


class Speaker:
    """A daemon of clamd's protocol whose answers the test chooses.

    ``version`` answers VERSION; ``judge`` a whole stream, with the bytes that go out as they are.
    With ``hangs`` it takes what comes and says nothing.
    """

    def __init__(self, judge: Callable[[bytes], bytes], *, version: str) -> None:
        self.judge = judge
        self.version = version
        self.hangs = False
        self.scanned: list[bytes] = []
        self.over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"clamd://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """No more connections; those that hang are let go."""
        self.over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as said, suppress(OSError, struct.error):
            command = bytearray()
            while not command.endswith(b"\0"):
                command += said.read(1)
            if self.hangs:
                self.over.wait(20)
            elif command == b"zVERSION\0":
                line.sendall(self.version.encode() + b"\0")
            else:
                data = _stream(said)
                self.scanned.append(data)
                line.sendall(self.judge(data))


def _stream(said: io.BufferedReader) -> bytes:
    data = b""
    while size := struct.unpack("!L", said.read(4))[0]:
        data += said.read(size)
    return data


def honest(data: bytes) -> bytes:
    """What clamd says of plain files."""
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"


@contextmanager
def speaking(
    judge: Callable[[bytes], bytes] = honest, *, version: str = "ClamAV 1.4.6/27400/Mon"
) -> Iterator[Speaker]:
    """A speaker on loopback, closed afterwards."""
    speaker = Speaker(judge, version=version)
    try:
        yield speaker
    finally:
        speaker.close()
