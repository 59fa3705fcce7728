"""An S3 server's neighbour that passes requests on, and lies, breaks off or hangs when told to."""

import datetime as dt
import http.client
import http.server
import os
import random
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from tests.services.s3 import S3Server

LONGEST_HANG_S = 90.0
_SLOW_PIECES = 5
_NOT_PASSED = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Lie(StrEnum):
    """What is done to one request or to its answer."""

    FLIPPED = "flipped"  # one bit of the answer is turned
    CUT = "cut"  # all of it is announced, half of it comes
    SHORT = "short"  # half of it is announced and comes, with the status of the whole
    SLOW = "slow"  # in pieces, with pauses
    HANGS = "hangs"  # no answer, until the proxy is closed or the client gives up
    BUSY = "busy"  # 503
    SPOILT = "spoilt"  # a bit of what is written is turned on the way
    LOST = "lost"  # "200" to a write that never comes to the server
    ROTTEN = "rotten"  # "200" to a write whose bytes are kept with one bit turned


# All but those that would keep a test waiting.
_LIES = {
    "GET": (Lie.FLIPPED, Lie.CUT, Lie.SHORT, Lie.SLOW, Lie.BUSY),
    "PUT": (Lie.SPOILT, Lie.LOST, Lie.ROTTEN, Lie.BUSY),
}


@dataclass
class Rule:
    """Which requests are lied to, and how often; ``times`` counts down, ``None`` is always."""

    lie: Lie
    key: str = ""  # a regular expression that is found in the path
    method: str = "GET"
    times: int | None = None
    ranges: bool | None = None  # only requests with a range, or only those without
    told: int = 0  # how often it was done


@dataclass
class _Deadly:
    """After which of these requests a process is to be killed; ``pid`` is read then."""

    at: int
    pid: Path
    methods: Collection[str]
    writes: int = 0


@dataclass
class LyingProxy:
    """Use in a ``with`` statement; without rules it changes nothing."""

    server: S3Server
    rules: list[Rule] = field(default_factory=list)
    slow_s: float = 0.05
    ahead: dt.timedelta = dt.timedelta(0)  # of the server's clock goes what is told of it
    requests: int = 0
    _deadly: _Deadly | None = None
    _by_chance: tuple[random.Random, float] | None = None
    _told: Counter[Lie] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        handler = type("_BoundHandler", (_Handler,), {"proxy": self})
        self._http = _Server(("127.0.0.1", 0), handler)
        self.port = int(self._http.server_address[1])
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def url(self, url: str) -> str:
        """The same bucket through this proxy."""
        return url.replace(f"@{self.server.address}/", f"@127.0.0.1:{self.port}/")

    @contextmanager
    def lying(self, lie: Lie, key: str = "", **more: Any) -> Iterator[Rule]:
        """Lie within the block; the rule tells how often it was done."""
        rule = Rule(lie, key, **more)
        self.rules.append(rule)
        try:
            yield rule
        finally:
            self.rules.remove(rule)

    @contextmanager
    def lying_by_chance(self, chance: random.Random, *, share: float) -> Iterator[Counter[Lie]]:
        """Within the block lie to this share of all requests, in every way; which and how often."""
        self._by_chance = (chance, share)
        self._told = Counter()
        try:
            yield self._told
        finally:
            self._by_chance = None

    def kill_after(self, write: int, pid: Path, methods: Collection[str] = ("PUT", "POST")) -> None:
        """Kill the process whose id stands in ``pid`` once the server has taken so many writes."""
        self._deadly = _Deadly(write, pid, methods)

    def spare(self) -> None:
        """Kill nobody any more."""
        self._deadly = None

    def lie_for(self, method: str, path: str, *, ranged: bool) -> Lie | None:
        """What is to be done to this request."""
        with self._lock:
            self.requests += 1
            for rule in self.rules:
                asked = rule.method == method and re.search(rule.key, unquote(path)) is not None
                if not asked or rule.times == 0 or rule.ranges not in (None, ranged):
                    continue
                if rule.times is not None:
                    rule.times -= 1
                rule.told += 1
                return rule.lie
            if self._by_chance is not None:
                return self._drawn(method, *self._by_chance)
        return None

    def _drawn(self, method: str, chance: random.Random, share: float) -> Lie | None:
        if chance.random() >= share or method not in _LIES:
            return None
        lie = chance.choice(_LIES[method])
        self._told[lie] += 1
        return lie

    def was_taken(self, method: str) -> None:
        """Count a request that the server took, if it is one of those that count."""
        with self._lock:
            if (deadly := self._deadly) is None or method not in deadly.methods:
                return
            deadly.writes += 1
            if deadly.writes == deadly.at:
                os.kill(int(deadly.pid.read_text()), signal.SIGKILL)

    def keep_rotten(self, path: str, headers: Message, body: bytes) -> None:
        """Let the server hold these bytes with one bit turned, under the name of the right ones."""
        import io

        from minio.retention import Retention
        from minio.time import from_iso8601utc

        bucket, _, key = unquote(urlsplit(path).path).lstrip("/").partition("/")
        until = from_iso8601utc(headers.get("x-amz-object-lock-retain-until-date"))
        mode = headers.get("x-amz-object-lock-mode")
        self.server.client().put_object(
            bucket,
            key,
            io.BytesIO(turned(body)),
            len(body),
            metadata={"sha256": headers.get("x-amz-meta-sha256", "")},
            retention=Retention(mode, until) if mode and until else None,
        )

    def wait(self, seconds: float) -> None:
        """A pause that ends with the proxy."""
        self._closing.wait(seconds)


def turned(body: bytes, *, mask: int = 1) -> bytes:
    """The same length, one bit in the middle turned; another mask turns another one."""
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ mask]) + body[at + 1 :] if body else body


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed or gave up is no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    proxy: ClassVar[LyingProxy]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Silent."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        ranged = "Range" in self.headers
        lie = self.proxy.lie_for(self.command, self.path, ranged=ranged)
        if lie is Lie.HANGS:
            self.proxy.wait(LONGEST_HANG_S)
            self.close_connection = True
        elif lie is Lie.BUSY:
            self._answer(503, [], b"")
        elif lie is Lie.LOST:
            self._answer(200, [("ETag", '"0"')], b"")
        elif lie is Lie.ROTTEN and not self._is_refused():
            self.proxy.keep_rotten(self.path, self.headers, body)
            self._answer(200, [("ETag", '"0"')], b"")
        else:
            self._forward(turned(body) if lie is Lie.SPOILT else body, lie)

    def _is_refused(self) -> bool:
        """Whether something lies there that nothing may be put over: rot does not change that."""
        if "If-None-Match" not in self.headers:
            return False
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        listed = self.proxy.server.client().list_objects(bucket, prefix=key, recursive=True)
        return any(found.object_name == key for found in listed)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - the base's names

    def _forward(self, body: bytes, lie: Lie | None) -> None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.proxy.server.port, timeout=60)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "connection":
                    upstream.putheader(name, value)
            upstream.endheaders(body or None)
            answer = upstream.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):  # nobody there: as if the client had asked it
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        finally:
            upstream.close()
        if answer.status < 300:
            self.proxy.was_taken(self.command)
        headers = [(name, self._told(name, value)) for name, value in answer.getheaders()]
        if self.command == "HEAD":
            self._answer(answer.status, headers, b"", told=answer.headers.get("Content-Length"))
        elif answer.status >= 300:
            self._answer(answer.status, headers, data)
        else:
            self._answer(answer.status, headers, data, lie=lie)

    def _told(self, name: str, value: str) -> str:
        if name.lower() != "date":
            return value
        return format_datetime(parsedate_to_datetime(value) + self.proxy.ahead, usegmt=True)

    def _answer(
        self,
        status: int,
        headers: list[tuple[str, str]],
        data: bytes,
        *,
        told: str | None = None,
        lie: Lie | None = None,
    ) -> None:
        announced = len(data)
        if lie is Lie.FLIPPED:
            data = turned(data, mask=2)  # else what was kept rotten would be read as it ought to be
        elif lie in (Lie.CUT, Lie.SHORT):
            data = data[: len(data) // 2]
            announced = announced if lie is Lie.CUT else len(data)
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _NOT_PASSED:
                self.send_header(name, value)
        self.send_header("Content-Length", told or str(announced))
        self.end_headers()
        if lie is Lie.SLOW:
            size = max(len(data) // _SLOW_PIECES, 1)
            for start in range(0, len(data), size):
                self.wfile.write(data[start : start + size])
                self.wfile.flush()
                self.proxy.wait(self.proxy.slow_s)
        else:
            self.wfile.write(data)
        self.wfile.flush()
        if lie is Lie.CUT:
            self.close_connection = True


@contextmanager
def lying_proxy(server: S3Server) -> Iterator[LyingProxy]:
    """A proxy in front of this server, gone afterwards."""
    with LyingProxy(server) as proxy:
        yield proxy
