"""Pages while very many clients send slowly: of the bare server, or through the shipped nginx."""

import http.client
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive_service import shipped
from archive_service.accounts.sessions import add_token
from archive_service.bench import home as homes
from archive_service.bench.asking import Asking, p95_of
from archive_service.bench.measure import machine
from archive_service.bench.people import make_peopled
from archive_service.bench.station import serving
from archive_service.domain.people.account import Account, Actor
from archive_service.errors import BackendError

REFERENCE = "the same pages, nobody else being there"
_CODE = Path(__file__).parents[2]
_SITE = shipped.DEPLOY / "nginx.conf"
_START_S = 60.0
_BYTE_EVERY_S = 9.0
_UPLOAD_BYTES = 16 << 20
_UPLOAD_PIECE = 2048  # once a second
_FORM = "application/x-www-form-urlencoded"
_PAGES = {"own": "/my-case-files", "search": "/search?q=h%E1%BB%93+s%C6%A1", "submit": "/submit"}


class NginxNotStartedError(BackendError):
    """nginx ended or did not answer; its words are on stderr."""


def run(*, sockets: int, uploads: int, seconds: float, nginx: str = "") -> dict[str, Any]:
    """Ask for pages for so long while nobody else is there, then while slow clients are held.

    Args:
        sockets: clients that announce a form and send a byte of it every nine seconds; those that
            are cut off come again.
        uploads: honest ones that send 2 KiB a second.
        nginx: the program to start before the archive with ``deploy/nginx.conf``.
    """
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="archive-bench-")))
        people = make_peopled(place / "home")
        token = _token(place / "home", people.officer)
        address, _ = stack.enter_context(serving(place / "home"))
        if nginx:
            (place / "nginx").mkdir()
            there = urlsplit(address).netloc
            address = stack.enter_context(behind_nginx(nginx, there, place / "nginx"))
        cookie = people.officer_cookie
        alone, _ = _asked(address, cookie, seconds)
        with _Slow(address, token, sockets=sockets, uploads=uploads) as slow:
            time.sleep(3)
            held, refused = _asked(address, cookie, seconds)
    ours, reference = p95_of(held), p95_of(alone)
    return {
        "name": "slow-clients",
        "machine": machine(),
        "through": "nginx" if nginx else "the bare server",
        "sockets": sockets,
        "uploads": uploads,
        "ours": {
            "page_p95_ms": ours,
            "pages": len(held),
            "refused": refused,
            "cut": slow.cut,
            "uploads_refused": slow.uploads_refused,
            "uploaded_bytes": slow.uploaded_bytes,
        },
        "reference": {"name": REFERENCE, "page_p95_ms": reference, "pages": len(alone)},
        "ratio": round(ours / reference, 3),
        "runs": 1,
    }


def _asked(address: str, cookie: str, seconds: float) -> tuple[list[float], int]:
    with Asking(address, cookie, lambda: _PAGES) as asking:
        time.sleep(seconds)
    return asking.spent_ms, asking.refused


class _Slow:
    """Slow clients, as long as the block lasts."""

    def __init__(self, address: str, token: str, *, sockets: int, uploads: int) -> None:
        host, _, port = urlsplit(address).netloc.rpartition(":")
        self._place, self._token = (host, int(port)), token
        self._ending = threading.Event()
        self.cut = self.uploads_refused = self.uploaded_bytes = 0
        self._threads = [threading.Thread(target=self._drip, args=(sockets,), name="drip")]
        self._threads += [
            threading.Thread(target=self._upload, name=f"upload {n}") for n in range(uploads)
        ]

    def __enter__(self) -> "_Slow":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _drip(self, count: int) -> None:
        head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: {_FORM}\r\n".encode()
        lines: list[socket.socket] = []
        while True:
            for line in list(lines):
                try:
                    line.send(b"x")
                except OSError:  # it was answered and closed
                    lines.remove(line)
                    line.close()
                    self.cut += 1
            while len(lines) < count:
                line = socket.create_connection(self._place)
                line.sendall(head + b"Content-Length: 5000\r\n\r\n")
                lines.append(line)
            if self._ending.wait(_BYTE_EVERY_S):
                break
        for line in lines:
            line.close()

    def _upload(self) -> None:
        where = f"{self._place[0]}:{self._place[1]}"
        own = {"Authorization": f"Bearer {self._token}"}
        begin = http.client.HTTPConnection(where)
        facts = {"Upload-Length": str(_UPLOAD_BYTES), "Upload-Metadata": "filename YS5wZGY="}
        begin.request("POST", "/api/v1/uploads", headers=own | facts)
        target = urlsplit(begin.getresponse().getheader("Location", "")).path
        begin.close()
        line = http.client.HTTPConnection(where)
        line.putrequest("PATCH", target)
        for name, value in own.items():
            line.putheader(name, value)
        line.putheader("Content-Type", "application/offset+octet-stream")
        line.putheader("Upload-Offset", "0")
        line.putheader("Content-Length", str(_UPLOAD_BYTES))
        line.endheaders()
        try:
            while not self._ending.wait(1.0):
                line.send(b"x" * _UPLOAD_PIECE)
                self.uploaded_bytes += _UPLOAD_PIECE
        except OSError:
            self.uploads_refused += 1
        line.close()


def _token(home: Path, officer: Actor) -> str:
    with homes.opened(home) as services, services.unit_of_work() as uow:
        account = uow.session.get_one(Account, officer.account_id)
        scopes = ["submission:create"]
        token = add_token(account, scopes=scopes, actor=homes.OPERATOR, uow=uow)
        uow.commit()
    return token


@contextmanager
def behind_nginx(program: str, upstream: str, place: Path) -> Iterator[str]:
    """The URL of the shipped configuration before ``upstream``, until the block ends; without TLS.

    Raises:
        NginxNotStartedError: there is no answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{free.getsockname()[1]}"
    _configure(place, upstream, here)
    command = [program, "-p", str(place), "-e", f"{place}/error.log", "-c", f"{place}/nginx.conf"]
    with subprocess.Popen(command) as running:
        try:
            until = time.monotonic() + _START_S
            while not _answers(here):
                if running.poll() is not None or time.monotonic() > until:
                    raise NginxNotStartedError(program=program)
                time.sleep(0.1)
            yield f"http://{here}/"
        finally:
            running.terminate()


def _configure(place: Path, upstream: str, here: str) -> None:
    site = _SITE.read_text("utf-8").replace("/opt/archive", str(_CODE))
    for ours, theirs in (
        ("server 127.0.0.1:8000;", f"server {upstream};"),
        ("listen 443 ssl http2;", f"listen {here};"),
        ("listen 80;", f"listen unix:{place}/plain;"),
        ("/var/log/nginx/", f"{place}/"),
    ):
        site = site.replace(ours, theirs)
    site = "\n".join(line for line in site.splitlines() if "ssl_" not in line)
    (place / "site.conf").write_text(site, "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {place}/{kind};" for kind in kinds)
    (place / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;\n"
        "worker_rlimit_nofile 8192; events { worker_connections 4096; }\n"
        f"http {{ access_log off; {temporary} include {place}/site.conf; }}\n"
    )


def _answers(here: str) -> bool:
    line = http.client.HTTPConnection(here, timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
