"""ClamAV's daemon: files go to it as streams (INSTREAM), nothing is read from a shared disk."""

import select
import socket
import struct
import time
from typing import IO
from urllib.parse import unquote, urlsplit

from archive_service.errors import InputError
from archive_service.formats.malware import (
    MalwareState,
    NotScanned,
    ScannerUnavailableError,
    Verdict,
)

CONNECT_S = 3.0
_PORT = 3310
_CHUNK_BYTES = 128 << 10
_ANSWER_BYTES = 4096  # no answer to one file is longer
_VERSION_S = 10.0  # how long scans name the version they heard; a newer one is only named late
_TOO_LONG = "INSTREAM size limit exceeded"
# What clamd calls found where it was told to speak up (AlertEncrypted, AlertExceedsMax).
_NOT_LOOKED_THROUGH = {
    "Heuristics.Encrypted": NotScanned.ENCRYPTED,
    "Heuristics.Limits.Exceeded": NotScanned.LIMITS,
}


class ScannerAddressError(InputError):
    """The address of the scanner is none."""


class Clamd:
    """``Scanner`` over a daemon; each file has a connection of its own.

    What clamd does not tell: without ``AlertExceedsMax yes`` it answers OK for what lies beyond
    its ``MaxFileSize``, ``MaxScanSize``, ``MaxRecursion`` and ``MaxScanTime``, and without
    ``AlertEncrypted yes`` for archives that it cannot open. Signatures that do not come with
    ``daily`` change nothing in its version.
    """

    def __init__(
        self, address: tuple[str, int] | str, *, limit_bytes: int, timeout_s: float
    ) -> None:
        self._address = address
        self._limit_bytes = limit_bytes
        self._timeout_s = timeout_s
        self._heard: tuple[float, str] | None = None

    def signatures(self) -> str:
        """See ``Scanner.signatures``."""
        with _Line(self._address, self._timeout_s) as line:
            line.say(b"zVERSION\0")
            version = line.answer()
        if not version.startswith("ClamAV "):
            raise self._unavailable(version)
        self._heard = (time.monotonic(), version)
        return version

    def scan(self, source: IO[bytes]) -> Verdict:
        """See ``Scanner.scan``."""
        version = self._version()
        with _Line(self._address, self._timeout_s) as line:
            answer = self._answer(line, source)
        engine = version.partition("/")[0]
        if answer is None or answer.startswith(_TOO_LONG):
            return _not_scanned(NotScanned.TOO_LARGE, engine, version)
        verdict = answer.removeprefix("stream: ")
        if verdict == "OK" and verdict != answer:
            return Verdict(MalwareState.CLEAN, engine, signatures=version)
        found, _, word = verdict.rpartition(" ")
        if word != "FOUND" or not found or verdict == answer:
            raise self._unavailable(answer)
        for beginning, reason in _NOT_LOOKED_THROUGH.items():
            if found.startswith(beginning):
                return _not_scanned(reason, engine, version)
        return Verdict(MalwareState.INFECTED, engine, found[:200], version)

    def _answer(self, line: "_Line", source: IO[bytes]) -> str | None:
        """What it says of the stream; ``None`` where more came than is sent to it."""
        line.say(b"zINSTREAM\0")
        sent = 0
        while chunk := source.read(_CHUNK_BYTES):
            sent += len(chunk)
            if sent > self._limit_bytes:
                return None
            if line.has_answer():
                early = line.answer()
                if early.endswith(" OK"):  # of a file that it has not seen
                    raise self._unavailable(early)
                return early
            line.say(struct.pack("!L", len(chunk)), chunk)
        line.say(bytes(4))
        return line.answer()

    def _version(self) -> str:
        heard = self._heard
        if heard is not None and time.monotonic() - heard[0] < _VERSION_S:
            return heard[1]
        return self.signatures()

    def _unavailable(self, answer: str) -> ScannerUnavailableError:
        return ScannerUnavailableError(scanner=_shown(self._address), reason=answer[:200])


class _Line:
    """One connection; every trouble of it is ``ScannerUnavailableError``."""

    def __init__(self, address: tuple[str, int] | str, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s

    def __enter__(self) -> "_Line":
        try:
            if isinstance(self._address, str):
                self._socket = socket.socket(socket.AF_UNIX)
                self._socket.settimeout(CONNECT_S)
                self._socket.connect(self._address)
            else:
                self._socket = socket.create_connection(self._address, timeout=CONNECT_S)
        except OSError as trouble:
            raise self._silent(trouble) from None
        self._socket.settimeout(self._timeout_s)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, *parts: bytes) -> None:
        """Send it all; where the other side has hung up after a word, that is left to be read."""
        try:
            for part in parts:
                self._socket.sendall(part)
        except (BrokenPipeError, ConnectionResetError) as trouble:
            if not self.has_answer():
                raise self._silent(trouble) from None
        except OSError as trouble:
            raise self._silent(trouble) from None

    def has_answer(self) -> bool:
        """Whether something came, or it hung up."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def answer(self) -> str:
        """Its whole answer, which ends with a NUL."""
        until = time.monotonic() + self._timeout_s
        answer = b""
        try:
            while b"\0" not in answer:
                self._socket.settimeout(max(until - time.monotonic(), 0.001))
                part = self._socket.recv(_ANSWER_BYTES)
                answer += part
                if not part or len(answer) > _ANSWER_BYTES:
                    raise ConnectionError(f"broke off: {answer[:100].decode('utf-8', 'replace')}")
        except OSError as trouble:
            raise self._silent(trouble) from None
        return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()

    def _silent(self, trouble: OSError) -> ScannerUnavailableError:
        reason = str(trouble) or type(trouble).__name__
        return ScannerUnavailableError(scanner=_shown(self._address), reason=reason)


def open_clamd(url: str, *, limit_bytes: int, timeout_s: float) -> Clamd:
    """The daemon at ``clamd://host:port`` or ``clamd:///path/to.socket``; it is not asked yet.

    Args:
        limit_bytes: what is larger is not scanned; at most clamd's own ``StreamMaxLength``,
            ``MaxFileSize`` and ``MaxScanSize``.
        timeout_s: how long one step of it may take: seconds.

    Raises:
        ScannerAddressError: another scheme, or neither a host nor a path.
    """
    parts = urlsplit(url)
    if parts.scheme != "clamd":
        raise ScannerAddressError(url=url)
    try:
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        raise ScannerAddressError(url=url) from None
    if host:
        return Clamd((host, port), limit_bytes=limit_bytes, timeout_s=timeout_s)
    if len(parts.path) < 2:
        raise ScannerAddressError(url=url)
    return Clamd(unquote(parts.path), limit_bytes=limit_bytes, timeout_s=timeout_s)


def _not_scanned(reason: NotScanned, engine: str, version: str) -> Verdict:
    return Verdict(MalwareState.NOT_SCANNED, engine, "", version, reason.value)


def _shown(address: tuple[str, int] | str) -> str:
    return address if isinstance(address, str) else f"{address[0]}:{address[1]}"
