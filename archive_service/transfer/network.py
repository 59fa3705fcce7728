"""The server of another archive as we ask it: with our token, at its pinned certificate.

Nothing but its own words decides: no redirect is followed, and no other address is called.
"""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import urllib3

from archive_service.errors import BackendError, ConflictError
from archive_service.storage.reader import CHUNK_BYTES

_AT = "/api/v1/transfers/incoming"
_PIECE = "application/offset+octet-stream"
_XML = "application/xml"
_PDF = "application/pdf"
_LARGEST_ANSWER = 160 << 20  # bytes of a reply
_LATER = (429, 503, 507)
_LONGEST_WAIT_S = 24 * 3600
_TOLD = 300  # letters of what it says


class PartnerSilentError(BackendError):
    """The other archive's server does not answer, or breaks off; tried again."""

    code = "partner-silent"


class PartnerLaterError(BackendError):
    """It asks to come back later: ``retry_after_s``; ``said`` is its own word for why."""

    code = "partner-later"


class PartnerRefusedError(ConflictError):
    """It refuses: ``status``, its ``said`` code and its ``words``."""

    code = "partner-refused"


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


class _Piece:
    """A stretch of a file as the body of a request; read as it goes, never held as a whole."""

    def __init__(self, path: Path, offset: int, length: int, spend: Callable[[int], None]) -> None:
        self._file = path.open("rb")
        self._file.seek(offset)
        self._left, self._spend = length, spend

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as soon as they may go."""
        wanted = min(self._left, CHUNK_BYTES if size < 0 else size)
        piece = self._file.read(wanted)
        self._left -= len(piece)
        self._spend(len(piece))
        return piece

    def close(self) -> None:
        """Of the file."""
        self._file.close()


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
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "vi"}
        self._throttle = throttle or Throttle(0)
        common: dict[str, Any] = {
            "port": parts.port,
            "timeout": urllib3.Timeout(connect=timeout_s, read=timeout_s),
            "maxsize": connections,
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
        """DELIVERY of the other side."""
        return self._asked("PUT", f"/{transfer_id}/manifest", document, kind=_XML)

    def standing(self, transfer_id: UUID) -> dict[str, Any]:
        """The same, as it is now."""
        return self._asked("GET", f"/{transfer_id}")

    def wanted(self, transfer_id: UUID, *, after: int) -> list[dict[str, Any]]:
        """Some PACKAGEs after an ordinal; none at the end."""
        told = self._asked("GET", f"/{transfer_id}/packages?after={after}")
        found: list[dict[str, Any]] = told["packages"]
        return found

    def package(self, transfer_id: UUID, ordinal: int) -> dict[str, Any]:
        """One PACKAGE."""
        return self._asked("GET", f"/{transfer_id}/packages/{ordinal}")

    def send_piece(
        self, transfer_id: UUID, ordinal: int, path: Path, *, offset: int, length: int
    ) -> dict[str, Any]:
        """PACKAGE after a stretch of it came."""
        body = _Piece(path, offset, length, self._throttle.spend)
        headers = {"Upload-Offset": str(offset), "Content-Length": str(length)}
        try:
            return self._asked(
                "PATCH", f"/{transfer_id}/packages/{ordinal}", body, kind=_PIECE, **headers
            )
        finally:
            body.close()

    def complete(self, transfer_id: UUID) -> dict[str, Any]:
        """DELIVERY, now that all of it is there."""
        return self._asked("POST", f"/{transfer_id}/complete")

    def put_register(self, transfer_id: UUID, document: bytes) -> dict[str, Any]:
        """DELIVERY once it has our register, signed XML."""
        return self._asked("PUT", f"/{transfer_id}/register", document, kind=_XML)

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

    def _asked(
        self, method: str, path: str, body: Any = None, *, kind: str = "", **headers: str
    ) -> dict[str, Any]:
        data = self._answer(method, path, body, kind=kind, **headers)
        try:
            told = json.loads(data)
        except ValueError:
            raise PartnerSilentError(host=self.host, reason="json") from None
        if not isinstance(told, dict):
            raise PartnerSilentError(host=self.host, reason="json")
        return told

    def _answer(
        self, method: str, path: str, body: Any = None, *, kind: str = "", **headers: str
    ) -> bytes:
        told = self._headers | headers | ({"Content-Type": kind} if kind else {})
        try:
            answer = self._pool.urlopen(
                method,
                f"{self._base}{_AT}{path}",
                body=body,
                headers=told,
                redirect=False,
                preload_content=False,
            )
            data: bytes = answer.read(_LARGEST_ANSWER + 1)
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as silent:
            raise PartnerSilentError(host=self.host, reason=_reason(silent)) from None
        if len(data) > _LARGEST_ANSWER:
            raise PartnerSilentError(host=self.host, reason="too-long")
        if 200 <= answer.status < 300:
            return data
        said, words = _problem(data)
        if answer.status in _LATER:
            wait_s = _seconds(answer.headers.get("Retry-After", ""))
            raise PartnerLaterError(host=self.host, said=said, retry_after_s=wait_s)
        if answer.status >= 500 and not said:
            raise PartnerSilentError(host=self.host, reason=f"HTTP {answer.status}")
        raise PartnerRefusedError(host=self.host, status=answer.status, said=said, words=words)


def _reason(silent: Exception) -> str:
    """What went wrong, without an address or a word of ours in it."""
    inner = getattr(silent, "reason", None) or silent
    return type(inner if isinstance(inner, Exception) else silent).__name__


def _problem(data: bytes) -> tuple[str, str]:
    """Code and words of a problem document; empty where it is none."""
    try:
        told = json.loads(data)
        return str(told["code"])[:100], str(told["message"])[:_TOLD]
    except (ValueError, KeyError, TypeError):
        return "", ""


def _seconds(told: str) -> int:
    return min(max(int(told), 1), _LONGEST_WAIT_S) if told.isdecimal() else 60
