"""Shows that one very large PDF goes in by both doors and out by range, and memory stays flat."""

import base64
import http.client
import json
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from archive_service.bench.home import opened
from archive_service.bench.material import TYPED_CASE_FILE, TYPED_DOCUMENT, make_case_files
from archive_service.bench.measure import machine
from archive_service.bench.memory import CHILD_LIMIT_MIB, OWN_LIMIT_MIB, RANGE_BYTES
from archive_service.bench.peaks import ByRole
from archive_service.bench.people import make_peopled
from archive_service.bench.station import BenchServerError, serving
from archive_service.bench.walk import Steps, Walk, watched
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.draft import Draft
from archive_service.errors import BackendError
from archive_service.web.session import COOKIE
from ingest.drafts import acts as drafts_acts

PIECE_BYTES = 8 << 20  # as upload.js sends
_TIMEOUT_S = 3600.0
_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')

REFERENCE = "limits of the product"
GB = 10**9
_STILL_S = 2.0  # what the processes hold before anything comes
_PARSER = "parser"


class BenchAnswerError(BackendError):
    """The served archive answered what the bench did not expect."""


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
        metadata = (f"{name} {base64.b64encode(v.encode()).decode()}" for name, v in names.items())
        size = file.stat().st_size
        begun, _ = self._ask(
            "POST",
            "/api/v1/uploads",
            {"Upload-Length": str(size), "Upload-Metadata": ",".join(metadata)},
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
            content = answer.read()
        finally:
            line.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise BenchAnswerError(path=path, status=answer.status, said=content[:300].decode())
        for kept in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = kept.partition(";")[0].partition("=")
            self._cookies[name] = value
        return {name.lower(): value for name, value in answer.getheaders()}, content


def run(size_bytes: int) -> dict[str, Any]:
    """One PDF of about so many bytes by a folder, checked, stored, read by range; and by upload.

    The upload is an officer's: in pieces from a browser into a draft, handed in and checked. Four
    times as much disk must be free; nothing is left there.

    Raises:
        BenchServerError, BenchAnswerError: the served archive ended, refused something, or hung.
    """
    peaks, steps = ByRole(), Steps()
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place:
        home = Path(place, "home")
        people = make_peopled(home)
        (folder,) = make_case_files(Path(place, "from"), count=1, files=1, file_bytes=size_bytes)
        (file,) = folder.glob("*.pdf")
        size_bytes = file.stat().st_size
        with serving(home) as (address, alive), opened(home) as services:
            walk = Walk(services, people, address, alive)
            with watched(peaks, halfway=False):
                time.sleep(_STILL_S)
            with watched(peaks, halfway=True):
                kept = walk.submit(folder, steps)
                walk.keep(kept, steps)
                with steps.timed("range_read"):
                    _read_range(walk, kept)
                _upload(walk, file, steps)
    return _figures(size_bytes, steps, peaks)


def _read_range(walk: Walk, kept: UUID) -> None:
    """From the middle of the stored file, as the viewer does."""
    with walk.services.read_only() as session:
        row = session.get_one(CaseFile, kept)
        (file,) = (
            digital_object for document in row.documents for digital_object in document.files
        )
        path = f"/api/v1/case-files/{row.code}/files/{file.id}"
        middle = file.size_bytes // 2
    length = min(RANGE_BYTES, middle)
    if Browser(walk.address, walk.people.archivist_cookie).part(path, middle, length) != length:
        raise BenchServerError(code="range")


def _upload(walk: Walk, file: Path, steps: Steps) -> None:
    """The same file by the officer's page: in pieces, into a draft, handed in, checked."""
    services, officer = walk.services, walk.people.officer
    browser = Browser(walk.address, walk.people.officer_cookie)
    draft = drafts_acts.open_empty(services, actor=officer)
    browser.open(f"/drafts/{draft}")
    with steps.timed("uploaded"):
        upload = browser.upload(file, into=str(draft))
    with steps.timed("taken_into_draft"):
        browser.tell(f"/drafts/{draft}/files", {"upload": upload, "name": file.name})
    with steps.timed("draft_read"):
        walk.until(lambda: _is_read(walk, draft))
    _fill(walk, draft)
    sent = drafts_acts.send(services, draft, actor=officer)
    with steps.timed("draft_checked"):
        walk.until_checked(sent)


def _is_read(walk: Walk, draft: UUID) -> bool:
    with walk.services.read_only() as session:
        reads = session.get_one(Draft, draft).reads
    return bool(reads) and all(read.get("done") for read in reads.values())


def _fill(walk: Walk, draft: UUID) -> None:
    """What its reading did not propose."""
    officer = walk.people.officer
    (document,) = walk.submission(draft).case_file().documents
    for row, fields in ((0, TYPED_CASE_FILE), (document.row, TYPED_DOCUMENT)):
        for name, value in fields.items():
            shown = drafts_acts.show(walk.services, draft, actor=officer).declared
            known = shown.fields if row == 0 else shown.documents[0].fields
            was = known.get(name, "")
            drafts_acts.put_field(walk.services, draft, row, name, value, was=was, actor=officer)


def _figures(size_bytes: int, steps: Steps, peaks: ByRole) -> dict[str, Any]:
    parsers = [held for role, held in peaks.whole.items() if role.endswith(_PARSER)]
    others = [held for role, held in peaks.whole.items() if not role.endswith(_PARSER)]
    own, child = max(others), max(parsers)
    return {
        "name": "intake --large-pdf",
        "machine": machine(),
        "size_bytes": size_bytes,
        "ours": {"own_mib": round(own, 1), "child_mib": round(child, 1)},
        "reference": {
            "name": REFERENCE,
            "own_mib": OWN_LIMIT_MIB,
            "child_mib": CHILD_LIMIT_MIB,
        },
        "processes": peaks.as_document(),
        "seconds": {name: round(spent, 1) for name, spent in steps.spent_s.items()},
        "ratio": round(max(own / OWN_LIMIT_MIB, child / CHILD_LIMIT_MIB), 3),
        "runs": 1,
    }


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb", buffering=0) as source:
        while piece := source.read(PIECE_BYTES):
            yield piece
