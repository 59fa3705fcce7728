"""Clients that send or read slowly: pages answer meanwhile, honest ones finish, others are cut."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive_service.bench.slow_clients import behind_nginx
from archive_service.services import Services
from archive_service.web.session import COOKIE
from tests.services.process import program
from tests.worlds.archive import open_home
from tests.worlds.browsers import cookie_of

PATIENCE_S = 60
SLOW = 40  # twice as many as there are threads
ONE_BYTE_S = 0.5


class Served:
    """One ``archive serve`` with few threads and little patience."""

    def __init__(self, home: Path, **web: str) -> None:
        given = {f"ARCHIVE_WEB__{name.upper()}": value for name, value in web.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "archive_service.main", "serve", "--listen", "127.0.0.1:0"],
            env=os.environ
            | {"ARCHIVE_HOME": str(home), "ARCHIVE_JOBS__URL": "local://?workers=0"}
            | {"ARCHIVE_WEB__PROCESSES": "1", "ARCHIVE_WEB__THREADS": "4"}
            | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.place = urlsplit(self.process.stdout.readline().strip()).netloc

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)


@contextmanager
def serving(home: Path, **web: str) -> Iterator[Served]:
    served = Served(home, **web)
    try:
        yield served
    finally:
        served.end()


def connected(place: str) -> socket.socket:
    host, _, port = place.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def head(method: str, path: str, length: int | None, **more: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


def answered(line: socket.socket) -> tuple[int, bytes]:
    """Status and all of the answer."""
    came = b""
    while not _is_whole(came) and (piece := line.recv(1 << 16)):
        came += piece
    return int(came.split(b" ", 2)[1]), came


def _is_whole(came: bytes) -> bool:
    told, end, body = came.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", told)
    return bool(end) and length is not None and len(body) >= int(length[1])


def page(place: str) -> int:
    with urllib.request.urlopen(f"http://{place}/sign-in", timeout=PATIENCE_S) as answer:
        assert b"<form" in answer.read()
        return int(answer.status)


@contextmanager
def dripping(lines: list[socket.socket]) -> Iterator[None]:
    """A byte each now and then, until the block ends."""
    ending = threading.Event()

    def drip() -> None:
        while not ending.wait(ONE_BYTE_S):
            for line in lines:
                try:
                    line.send(b"x")
                except OSError:
                    continue

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


SENDERS = {
    "form": head("POST", "/sign-in", 2000, Content_Type="application/x-www-form-urlencoded"),
    "in chunks": (
        head("POST", "/sign-in", None, Content_Type="text/plain", Transfer_Encoding="chunked")
        + b"7D0\r\n"
    ),
    "head": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
}


def hold_and_cut(place: str, held: ExitStack, *kinds: str) -> None:
    """Slow senders of every kind hold nobody up, and are cut off."""
    lines = [held.enter_context(connected(place)) for _ in range(SLOW)]
    for line, sender in zip(lines, itertools.cycle(SENDERS[kind] for kind in kinds)):
        line.sendall(sender)
    with dripping(lines):
        for _ in range(10):
            assert page(place) == 200
        assert {answered(line)[0] for line in lines} == {408}
    assert page(place) == 200


def test_pages_answer_while_slow_senders_are_held_and_these_are_cut(home: Path) -> None:
    with serving(home, stall_s="4", head_s="4") as served, ExitStack() as held:
        hold_and_cut(served.place, held, *SENDERS)


def test_pages_answer_while_answers_are_read_slowly(home: Path) -> None:
    with serving(home) as served, ExitStack() as held:
        for _ in range(SLOW):
            line = held.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            host, _, port = served.place.rpartition(":")
            line.connect((host, int(port)))
            line.sendall(head("GET", "/static/vendor/fonts/none", None) * 200)
        assert page(served.place) == 200


@pytest.fixture
def cookie(home: Path) -> str:
    with open_home(home) as services:
        return f"{COOKIE}={cookie_of(services, 'bach')}"


def token_of(services: Services) -> str:
    from archive_service import access
    from archive_service.accounts.acts import find_account
    from archive_service.accounts.sessions import add_token
    from tests.worlds.archive import OPERATOR

    with services.unit_of_work() as uow:
        account = find_account(uow.session, "bach")
        assert account is not None
        token = add_token(account, scopes=sorted(access.ACTS), actor=OPERATOR, uow=uow)
        uow.commit()
    return token


def asked(place: str, method: str, path: str, token: str, **headers: str) -> tuple[int, bytes]:
    with connected(place) as line:
        line.sendall(
            head(method, path, 0, Authorization=f"Bearer {token}", Connection="close", **headers)
        )
        return answered(line)


def begun(place: str, token: str, size: int) -> str:
    """Where the pieces of a new upload go."""
    status, told = asked(
        place,
        "POST",
        "/api/v1/uploads",
        token,
        Upload_Length=str(size),
        Upload_Metadata="filename YS5wZGY=",
    )
    assert status == 201, told
    return told.lower().split(b"location: ")[1].split(b"\r\n")[0].decode()


def piece_head(upload: str, token: str, length: int, offset: int = 0) -> bytes:
    return head(
        "PATCH",
        urlsplit(upload).path,
        length,
        Authorization=f"Bearer {token}",
        Content_Type="application/offset+octet-stream",
        Upload_Offset=str(offset),
        Connection="close",
    )


def received(place: str, upload: str, token: str) -> int:
    _, told = asked(place, "HEAD", urlsplit(upload).path, token)
    return int(told.lower().split(b"upload-offset: ")[1].split(b"\r\n")[0])


def test_honest_uploads_end_however_slow_and_what_came_of_others_stays(home: Path) -> None:
    with open_home(home) as services:
        token = token_of(services)
    size = 9 << 20
    with serving(home, stall_s="3", slowest_bytes_per_s="1000") as served, ExitStack() as held:
        uploads = [begun(served.place, token, size) for _ in range(8)]
        lines = [held.enter_context(connected(served.place)) for _ in uploads]
        for upload, line in zip(uploads, lines, strict=True):
            line.sendall(piece_head(upload, token, size))
        for _ in range(9):
            for line in lines:
                line.sendall(b"y" * (1 << 20))
            assert page(served.place) == 200
        assert {answered(line)[0] for line in lines} == {204}
        assert {received(served.place, upload, token) for upload in uploads} == {size}

        broken, stalled = (begun(served.place, token, size) for _ in range(2))
        with connected(served.place) as line:
            line.sendall(piece_head(broken, token, size) + b"z" * 100_000)
        with connected(served.place) as line:
            line.sendall(piece_head(stalled, token, size) + b"z" * 200_000)
            status, told = answered(line)
        assert (status, json.loads(told.split(b"\r\n\r\n", 1)[1])["code"]) == (408, "body-slow")
        assert received(served.place, stalled, token) == 200_000
        until = time.monotonic() + PATIENCE_S
        while received(served.place, broken, token) < 100_000 and time.monotonic() < until:
            time.sleep(0.1)
        assert received(served.place, broken, token) == 100_000


def test_a_long_body_is_refused_before_it_comes(home: Path, cookie: str) -> None:
    with serving(home) as served:
        for path, more, status in (
            ("/api/v1/submissions", {}, 401),
            ("/api/v1/submissions", {"Cookie": cookie, "Content_Type": "application/json"}, 413),
            ("/fonds", {"Cookie": cookie, "Content_Type": "text/plain"}, 413),
        ):
            with connected(served.place) as line:
                line.sendall(head("POST", path, 300 << 20, **more))
                assert answered(line)[0] == status
            with connected(served.place) as line:
                line.sendall(head("POST", path, 300 << 20, **more) + b"{" * (4 << 20))
                assert answered(line)[0] == status


def test_the_same_holds_behind_the_shipped_nginx(home: Path, tmp_path: Path) -> None:
    with (
        serving(home, stall_s="4", head_s="4", proxies="1") as served,
        behind_nginx(program("nginx", "/usr/sbin/nginx"), served.place, tmp_path) as url,
        ExitStack() as held,
    ):
        hold_and_cut(urlsplit(url).netloc, held, "form", "in chunks")
