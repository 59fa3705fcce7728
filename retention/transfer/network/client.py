"""The server of another archive as we ask it: with our token, at its pinned certificate.

Nothing but its own words decides: no redirect is followed, and no other address is called.
"""

import base64
import errno
import io
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import urllib3

from archive_service.errors import BackendError, ConflictError
from archive_service.evidence.witness.rules import ADD_AT, CERTIFICATE, KEPT_AT, SIZE_TYPE
from archive_service.log import logger
from archive_service.storage.reader import CHUNK_BYTES
from retention.transfer.network.batch_format import MEDIA_TYPE, Part, head_of

_AT = "/api/v1/transfers/incoming"
_WITNESS = "/api/v1/witness"
_TEXT = "text/plain"
_PIECE = "application/offset+octet-stream"
_XML = "application/xml"
_PDF = "application/pdf"
_LARGEST_ANSWER = 160 << 20  # bytes of a reply
_LATER = (429, 503, 507)
_LONGEST_WAIT_S = 24 * 3600
_READ_BYTES_PER_S = 100_000  # of a manifest: some 300 packages
_TOLD = 300  # letters of what it says
NOT_TRUSTED = ("certificate", "certificate-other")  # reasons for its silence that people end


class PartnerSilentError(BackendError):
    """The other archive's server does not answer, or breaks off; tried again.

    Its ``reason`` is one of ``labels.partner-silence``, so that it is told in words.
    """


class PartnerLaterError(BackendError):
    """It asks to come back later: ``retry_after_s``; ``said`` is its own word for why."""


class PartnerRefusedError(ConflictError):
    """It refuses: ``status``, its ``said`` code and its ``words``."""


class Throttle:
    """So many bytes a second, of all threads together; 0: no limit."""

    def __init__(
        self,
        bytes_per_s: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._now, self._sleep = bytes_per_s, now, sleep
        self._lock = threading.Lock()
        self._free_at = 0.0

    def spend(self, size_bytes: int) -> None:
        """Wait until these bytes may go."""
        if not self._rate:
            return
        with self._lock:
            begins = max(self._free_at, self._now())
            self._free_at = begins + size_bytes / self._rate
        self._sleep(max(begins - self._now(), 0))


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many bytes of a file."""

    path: Path
    offset: int
    length: int


class _Body:
    """Stretches of files as the body of a request; read as it goes, never held as a whole."""

    def __init__(
        self, stretches: Iterable[Stretch], spend: Callable[[int], None], head: bytes = b""
    ) -> None:
        self._stretches, self._spend = iter(stretches), spend
        self._file: IO[bytes] = io.BytesIO(head)
        self._left = len(head)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as soon as they may go; as many as are asked for, but at the end."""
        wanted = CHUNK_BYTES if size < 0 else size
        found: list[bytes] = []
        while wanted and (data := self._next(wanted)):
            found.append(data)
            wanted -= len(data)
        content = b"".join(found)
        self._spend(len(content))
        return content

    def close(self) -> None:
        """Of the file that is being read."""
        self._file.close()

    def _next(self, size: int) -> bytes:
        while not self._left:
            stretch = next(self._stretches, None)
            if stretch is None:
                return b""
            self._file.close()
            self._file = stretch.path.open("rb", buffering=0)
            self._file.seek(stretch.offset)
            self._left = stretch.length
        data = self._file.read(min(self._left, size))
        if not data:
            raise OSError(errno.ENODATA, "a file is shorter than it was", self._file.name)
        self._left -= len(data)
        return data


class PartnerServer:
    """One other archive; safe for several threads.

    Raises of every method:
        PartnerSilentError, PartnerLaterError, PartnerRefusedError
    """

    def __init__(
        self,
        url: str,
        *,
        token: str,
        tls_sha256: str = "",
        timeout_s: float,
        connections: int = 1,
        throttle: Throttle | None = None,
    ) -> None:
        parts = urlsplit(url)
        self.host, self._base = parts.hostname or "", parts.path.rstrip("/")
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        self._headers = {"Accept-Language": "vi"} | bearer
        self._throttle = throttle or Throttle(0)
        self._timeout_s = timeout_s
        common: dict[str, Any] = {
            "port": parts.port,
            "maxsize": connections + 1,  # one asks what is wanted next, the others send
            "block": True,
            "retries": False,
            "blocksize": CHUNK_BYTES,
        }
        self._pool: urllib3.HTTPConnectionPool
        if parts.scheme == "http":
            self._pool = urllib3.HTTPConnectionPool(self.host, **common)
        elif tls_sha256:  # this one certificate, whoever issued it and whatever it names
            pinned: dict[str, Any] = {"assert_fingerprint": tls_sha256, "cert_reqs": "CERT_NONE"}
            self._pool = urllib3.HTTPSConnectionPool(self.host, **common, **pinned)
        else:
            self._pool = urllib3.HTTPSConnectionPool(self.host, **common, cert_reqs="CERT_REQUIRED")

    def close(self) -> None:
        """End the connections."""
        self._pool.close()

    def put_manifest(self, transfer_id: UUID, document: bytes) -> dict[str, Any]:
        """DELIVERY of the other side, which has longer to answer the more there is to read."""
        return self._put_xml(f"/{transfer_id}/manifest", document)

    def standing(self, transfer_id: UUID) -> dict[str, Any]:
        """The same, as it is now."""
        return self._asked("GET", f"/{transfer_id}")

    def wanted(self, transfer_id: UUID, *, after: int) -> list[dict[str, Any]]:
        """Some PACKAGEs after an ordinal; none at the end."""
        answer = self._asked("GET", f"/{transfer_id}/packages?after={after}")
        found: list[dict[str, Any]] = answer["packages"]
        return found

    def package(self, transfer_id: UUID, ordinal: int) -> dict[str, Any]:
        """One PACKAGE."""
        return self._asked("GET", f"/{transfer_id}/packages/{ordinal}")

    def send_piece(self, transfer_id: UUID, ordinal: int, piece: Stretch) -> dict[str, Any]:
        """PACKAGE after a stretch of it came."""
        body = _Body([piece], self._throttle.spend)
        headers = {"Upload-Offset": str(piece.offset), "Content-Length": str(piece.length)}
        with closing(body):
            return self._asked(
                "PATCH", f"/{transfer_id}/packages/{ordinal}", body, kind=_PIECE, headers=headers
            )

    def send_batch(
        self, transfer_id: UUID, parts: Sequence[tuple[Part, Path]]
    ) -> list[dict[str, Any]]:
        """PACKAGEs after whole ones came in one body, in their order."""
        head = head_of([part for part, _ in parts])
        size_bytes = sum(part.size_bytes for part, _ in parts)
        stretches = (Stretch(path, 0, part.size_bytes) for part, path in parts)
        body = _Body(stretches, self._throttle.spend, head)
        headers = {"Content-Length": str(len(head) + size_bytes)}
        with closing(body):
            answer = self._asked(
                "POST", f"/{transfer_id}/packages", body, kind=MEDIA_TYPE, headers=headers
            )
        found: list[dict[str, Any]] = answer["packages"]
        return found

    def complete(self, transfer_id: UUID) -> dict[str, Any]:
        """DELIVERY, now that all of it is there."""
        return self._asked("POST", f"/{transfer_id}/complete")

    def put_register(self, transfer_id: UUID, document: bytes) -> dict[str, Any]:
        """DELIVERY once it has our register, signed XML; likewise."""
        return self._put_xml(f"/{transfer_id}/register", document)

    def answer(self, transfer_id: UUID) -> bytes:
        """Its newest answer to a register, signed XML."""
        return self._answer("GET", f"/{transfer_id}/answer")

    def reply(self, transfer_id: UUID) -> bytes:
        """Its newest reply, signed XML."""
        return self._answer("GET", f"/{transfer_id}/reply")

    def minutes(self, transfer_id: UUID) -> bytes:
        """The minutes that it sealed: a PDF."""
        return self._answer("GET", f"/{transfer_id}/minutes")

    def put_minutes(self, transfer_id: UUID, document: bytes) -> dict[str, Any]:
        """DELIVERY once it has the minutes with our signature."""
        return self._asked("PUT", f"/{transfer_id}/minutes", document, kind=_PDF)

    def send_notice(self, transfer_id: UUID, document: bytes) -> dict[str, Any]:
        """DELIVERY after a notice, signed XML."""
        return self._asked("POST", f"/{transfer_id}/notices", document, kind=_XML)

    def add_checkpoint(self, asking: str, certificate: bytes) -> str | int:
        """Its cosignature of our checkpoint; or how long the log is that it keeps of ours."""
        headers = {CERTIFICATE: base64.b64encode(certificate).decode()}
        status, kind, data = self._fetch(
            "POST", f"{_WITNESS}{ADD_AT}", asking.encode(), kind=_TEXT, headers=headers
        )
        size = data[:20].decode("ascii", "replace").strip()
        if (
            status == 409
            and kind.get("Content-Type", "").startswith(SIZE_TYPE)
            and size.isdecimal()
        ):
            return int(size)
        return self._done(status, kind, data).decode("utf-8", "replace")

    def kept_checkpoint(self, origin: str) -> str:
        """The last checkpoint of ours that it keeps, with its cosignature."""
        answer = self._fetch("GET", f"{_WITNESS}{KEPT_AT}?{urlencode({'origin': origin})}")
        return self._done(*answer).decode("utf-8", "replace")

    def _put_xml(self, at: str, document: bytes) -> dict[str, Any]:
        patience_s = self._timeout_s + len(document) / _READ_BYTES_PER_S
        return self._asked("PUT", at, document, kind=_XML, patience_s=patience_s)

    def _asked(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "",
        patience_s: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        data = self._answer(method, path, body, kind=kind, patience_s=patience_s, headers=headers)
        try:
            content = json.loads(data)
        except ValueError:
            raise PartnerSilentError(host=self.host, reason="not-ours") from None
        if not isinstance(content, dict):
            raise PartnerSilentError(host=self.host, reason="not-ours")
        return content

    def _answer(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "",
        patience_s: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        found = self._fetch(
            method, f"{_AT}{path}", body, kind=kind, patience_s=patience_s, headers=headers
        )
        return self._done(*found)

    def _fetch(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "",
        patience_s: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        patience = urllib3.Timeout(connect=self._timeout_s, read=patience_s or self._timeout_s)
        facts = self._headers | dict(headers or {}) | ({"Content-Type": kind} if kind else {})
        try:
            answer = self._pool.urlopen(
                method,
                f"{self._base}{path}",
                body=body,
                headers=facts,
                timeout=patience,
                redirect=False,
                preload_content=False,
            )
            data: bytes = answer.read(_LARGEST_ANSWER + 1)
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as silent:
            names = ", ".join(type(error).__name__ for error in (silent, _within(silent)))
            logger().info("partner-silent", host=self.host, wrong=names)
            raise PartnerSilentError(host=self.host, reason=_reason(silent)) from None
        if len(data) > _LARGEST_ANSWER:
            raise PartnerSilentError(host=self.host, reason="too-long")
        return answer.status, answer.headers, data

    def _done(self, status: int, headers: Mapping[str, str], data: bytes) -> bytes:
        if 200 <= status < 300:
            return data
        code, words = _problem(data)
        if status in _LATER:
            wait_s = _seconds(headers.get("Retry-After", ""))
            raise PartnerLaterError(host=self.host, said=code, retry_after_s=wait_s)
        if status >= 500 and not code:
            raise PartnerSilentError(host=self.host, reason=f"http:{status}")
        raise PartnerRefusedError(host=self.host, status=status, said=code, words=words)


def _reason(silent: Exception) -> str:
    """What went wrong, a word of ``labels.partner-silence``."""
    within = _within(silent)
    match silent:
        case urllib3.exceptions.NameResolutionError():
            return "name-unknown"
        case urllib3.exceptions.NewConnectionError():
            return "no-connection"
        case urllib3.exceptions.SSLError():
            return _not_secure(within)
    late = isinstance(silent, urllib3.exceptions.TimeoutError) or isinstance(within, TimeoutError)
    return "timed-out" if late else "cut"


def _within(silent: Exception) -> Exception:
    """What the library wraps, else the same."""
    return next((arg for arg in silent.args if isinstance(arg, Exception)), silent)


def _not_secure(wrong: Exception) -> str:
    if isinstance(wrong, urllib3.exceptions.SSLError):  # of its own: the pinned one is another
        return "certificate-other"
    if isinstance(wrong, ssl.SSLEOFError):
        return "cut"
    return "certificate" if isinstance(wrong, ValueError) else "not-secure"


def _problem(data: bytes) -> tuple[str, str]:
    """Code and words of a problem document; empty where it is none."""
    try:
        content = json.loads(data)
        return str(content["code"])[:100], str(content["message"])[:_TOLD]
    except (ValueError, KeyError, TypeError):
        return "", ""


def _seconds(text: str) -> int:
    return min(max(int(text), 1), _LONGEST_WAIT_S) if text.isdecimal() else 60
