"""A network between two archives that cuts, loses and doubles: one request of many, as told."""

import http.client
import http.server
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

_NOT_PASSED = {"connection", "transfer-encoding", "keep-alive", "host"}


class Fault(StrEnum):
    """What is done to the request whose turn it is."""

    CUT = "cut"  # it never arrives
    HALF = "half"  # half of its body arrives, or ``share`` of it
    LOST = "lost"  # it arrives, its answer does not
    DOUBLED = "doubled"  # it arrives twice, and is answered the second time
    HALF_ANSWER = "half-answer"  # half of the answer's body comes back


@dataclass
class BrokenNetwork:
    """Use in a ``with`` statement; ``url`` leads to ``server``; without a fault all passes."""

    server: str
    fault: Fault | None = None
    at: int = 0  # the number of the request, from 1
    share: float = 0.5  # of the body that is cut
    every: int = 0  # so many-th from that one on, of those that come for the first time; 0: no more
    meanwhile: Callable[[], None] = lambda: None  # done once half of that request is through
    requests: list[str] = field(default_factory=list)  # method and path, as they came
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        handler = type("_BoundHandler", (_Handler,), {"network": self})
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def turn(self, told: str) -> Fault | None:
        """What becomes of the next request."""
        with self._lock:
            is_new = told not in self.requests
            self.requests.append(told)
            if not self.every:
                return self.fault if len(self.requests) == self.at else None
            later = len(set(self.requests)) - self.at
            return self.fault if is_new and later >= 0 and not later % self.every else None


class _Handler(http.server.BaseHTTPRequestHandler):
    network: ClassVar[BrokenNetwork]
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        fault = self.network.turn(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if fault is Fault.CUT:
            self._break()
            return
        if fault is Fault.HALF:
            self._half(body)
            self.network.meanwhile()
            self._break()
            return
        if fault is Fault.DOUBLED:
            self._asked(body)
        try:
            status, headers, answer = self._asked(body)
        except (OSError, http.client.HTTPException):  # the server is away
            self._break()
            return
        if fault is Fault.LOST:
            self.network.meanwhile()
            self._break()
            return
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in {*_NOT_PASSED, "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer[: len(answer) // 2] if fault is Fault.HALF_ANSWER else answer)
        if fault is Fault.HALF_ANSWER:
            self._break()

    do_GET = do_PUT = do_POST = do_PATCH = _pass  # noqa: N815 - names of the standard library

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        asking = http.client.HTTPConnection(urlsplit(self.network.server).netloc, timeout=60)
        try:
            asking.request(self.command, self.path, body=body or None, headers=self._headers())
            answer = asking.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            asking.close()

    def _half(self, body: bytes) -> None:
        """The whole length is announced, half of it comes; then the line is dead."""
        asking = http.client.HTTPConnection(urlsplit(self.network.server).netloc, timeout=60)
        asking.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in self._headers().items():
            asking.putheader(name, value)
        asking.endheaders()
        asking.send(body[: int(len(body) * self.network.share)])
        if asking.sock is not None:
            asking.sock.shutdown(socket.SHUT_WR)
            asking.sock.settimeout(10)
            with suppress(OSError):
                asking.sock.recv(1)  # whatever it says to that is not heard
        asking.close()

    def _headers(self) -> dict[str, str]:
        return {
            name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED
        }

    def _break(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Say nothing: what matters is asserted."""
