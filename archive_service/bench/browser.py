"""What a browser does with a served archive: pages, uploads in pieces, answers to its scripts."""

import base64
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive_service.errors import BackendError
from archive_service.web.session import COOKIE

PIECE_BYTES = 8 << 20  # as upload.js sends
_TIMEOUT_S = 3600.0
_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


class BenchAnswerError(BackendError):
    """The served archive answered what the bench did not expect."""

    code = "bench-answer"


class Browser:
    """A signed-in person's; cookies are kept, and acts carry the token of the page before them."""

    def __init__(self, address: str, cookie: str) -> None:
        self._host = urlsplit(address).netloc
        self._cookies = {COOKIE: cookie}
        self._token = ""

    def open(self, path: str) -> bytes:
        """A page."""
        _, body = self._ask("GET", path)
        if found := _TOKEN.search(body):
            self._token = found[1].decode("ascii")
        return body

    def upload(self, file: Path, *, into: str) -> str:
        """Send a file in pieces by tus; the id of the finished upload."""
        names = {"filename": file.name, "into": into}
        told = (f"{name} {base64.b64encode(v.encode()).decode()}" for name, v in names.items())
        size = file.stat().st_size
        begun, _ = self._ask(
            "POST",
            "/api/v1/uploads",
            {"Upload-Length": str(size), "Upload-Metadata": ",".join(told)},
        )
        place = urlsplit(begun["location"]).path
        offset = 0
        for piece in _pieces(file):
            headers = {
                "Content-Type": "application/offset+octet-stream",
                "Upload-Offset": str(offset),
            }
            answer, _ = self._ask("PATCH", place, headers, piece)
            offset = int(answer["upload-offset"])
        return place.rpartition("/")[2]

    def tell(self, path: str, facts: dict[str, Any]) -> Any:
        """What the page's script says in JSON, and what it is answered."""
        headers = {"Content-Type": "application/json"}
        _, body = self._ask("POST", path, headers, json.dumps(facts).encode())
        return json.loads(body)

    def part(self, path: str, start: int, length: int) -> int:
        """How many bytes of a file came, of ``length`` from ``start``."""
        range_ = f"bytes={start}-{start + length - 1}"
        _, body = self._ask("GET", path, {"Range": range_})
        return len(body)

    def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[dict[str, str], bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {"Cookie": cookies, "X-CSRFToken": self._token, "Tus-Resumable": "1.0.0"}
        line = http.client.HTTPConnection(self._host, timeout=_TIMEOUT_S)
        try:
            line.request(method, path, body or None, sent | (headers or {}))
            answer = line.getresponse()
            told = answer.read()
        finally:
            line.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise BenchAnswerError(path=path, status=answer.status, said=told[:300].decode())
        for kept in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = kept.partition(";")[0].partition("=")
            self._cookies[name] = value
        return {name.lower(): value for name, value in answer.getheaders()}, told


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb", buffering=0) as source:
        while piece := source.read(PIECE_BYTES):
            yield piece
