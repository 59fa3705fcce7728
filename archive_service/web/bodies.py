"""Bodies of requests: how long they may be, told before they are read, and where files wait."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from flask import Flask, Request, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property

from archive_service import access
from archive_service.problem import HttpRefusedError
from archive_service.request import Body, Taken, taken_by
from archive_service.server.asked import ASKED, Asked
from archive_service.settings import LimitSettings

ANONYMOUS_BYTES = 64 << 10  # while nobody is signed in: a form, no file
_FORM_BYTES = 1 << 20  # fields and JSON are kept in memory
_LIST_BYTES = 4 << 20  # of 20,000 files, each with its name
_PAPER_BYTES = 256 << 20
_ENVELOPE_BYTES = 16 << 20  # of a multipart body beside its files, where these may be 20,000
_FORM_PARTS = 2000
_READ_BYTES = 64 << 10  # that Werkzeug's parser reads at once
_SPOOL_BYTES = 1 << 20  # of all files of a form that wait in memory, not on disk


def install(app: Flask, limits: LimitSettings, work_folder: Path) -> None:
    """Files wait beside staging, not in the system's memory; no body is longer than the longest."""
    app.config.update(MAX_CONTENT_LENGTH=_most_bytes(Body.FILES, limits))
    app.request_class = _request_class(work_folder)


def refuse_broken() -> None:
    """Tell in words of a body that the server read, and that came too slowly or too long.

    Raises:
        HttpRefusedError: 408 or 413.
    """
    asked: Asked | None = request.environ.get(ASKED)
    if asked is not None and asked.refused:
        raise HttpRefusedError(asked.refused)


def bound(limits: LimitSettings) -> Response | None:
    """Refuse a body that is longer than its route takes; registered once it is known who asks.

    A server that has not read the body yet hears here that it may, and calls again with it.

    Raises:
        ActNotAllowedError: only who may do the act of this route sends as much.
        HttpRefusedError: its announced length is too long; nothing of it was read. What announces
            none is refused as it is read.
    """
    taken = _taken()
    body = taken.body if _may_send(taken) else Body.FORM
    lists = body in (Body.LIST, Body.FILES)
    most = _most_bytes(body, limits)
    if request.is_json or request.mimetype == "application/x-www-form-urlencoded":
        most = min(most, _LIST_BYTES if lists else _FORM_BYTES)
    if g.actor is None:
        most = min(most, ANONYMOUS_BYTES)
    request.max_content_length = most
    request.max_form_memory_size = _ENVELOPE_BYTES if body is Body.FILES else _FORM_BYTES
    request.max_form_parts = 2 * limits.file_count + 1000 if lists else _FORM_PARTS
    if (request.content_length or 0) > most:
        require_sender()
        raise HttpRefusedError(413)
    asked: Asked | None = request.environ.get(ASKED)
    if asked is None:
        return None
    asked.most_bytes = most
    return Response(status=204)


def require_sender() -> None:
    """Who may not do what this route takes more than a form for is told that, and nothing else.

    Raises:
        ActNotAllowedError
    """
    taken = _taken()
    if g.actor is not None and taken.acts and not _may_send(taken):
        access.require(g.actor, taken.acts[0])


def _taken() -> Taken:
    return taken_by(current_app.view_functions.get(request.endpoint or ""))


def _may_send(taken: Taken) -> bool:
    return g.actor is not None and any(access.may(g.actor, act) for act in taken.acts)


def _most_bytes(body: Body, limits: LimitSettings) -> int:
    return {
        Body.FORM: _FORM_BYTES,
        Body.LIST: _LIST_BYTES,
        Body.PAPER: _PAPER_BYTES,
        Body.FILES: limits.submission_bytes + _ENVELOPE_BYTES,
    }[body]


@dataclass(slots=True)
class Waiting:
    """What all files of a form wait in, one after another, and how long it is."""

    bytes: IO[bytes]
    size: int = 0


class SentFile(io.RawIOBase):
    """One file of a form: a stretch of what all files of the form wait in.

    Thousands of files take one descriptor and a bounded part of memory. They are written one after
    another; the last one alone may grow.
    """

    def __init__(self, waiting: "Waiting", start: int, size: int = 0) -> None:
        self._waiting, self._start, self._size, self._at = waiting, start, size, 0

    def again(self) -> "SentFile":
        """A reader of its own over the same bytes."""
        return SentFile(self._waiting, self._start, self._size)

    def readable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def writable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def seekable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See ``io.IOBase``."""
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        """See ``io.IOBase``."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # of bytes alone
        """See ``io.RawIOBase``."""
        wanted = min(len(buffer), max(0, self._size - self._at))
        self._waiting.bytes.seek(self._start + self._at)
        piece = self._waiting.bytes.read(wanted)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        """See ``io.RawIOBase``."""
        return self.read(max(0, self._size - self._at))

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # of bytes alone
        """See ``io.RawIOBase``."""
        self._waiting.bytes.seek(self._start + self._at)
        self._waiting.bytes.write(piece)
        self._waiting.size += len(piece)
        self._at += len(piece)
        self._size = max(self._size, self._at)
        return len(piece)


class _Envelope(io.RawIOBase):
    """A multipart body as its parser reads it: what is no file of it stays in memory, so is bound.

    The parser itself bounds each field, and not how many there are, nor their heads.
    """

    def __init__(self, source: IO[bytes], waiting: Waiting, most_bytes: int) -> None:
        self._source, self._waiting, self._most_bytes, self._came = source, waiting, most_bytes, 0

    def read(self, size: int = -1, /) -> bytes:
        """See ``io.RawIOBase``; ``RequestEntityTooLarge`` once it is too long."""
        piece = self._source.read(size)
        self._came += len(piece)
        if self._came - self._waiting.size > self._most_bytes:
            raise RequestEntityTooLarge
        return piece


def _request_class(folder: Path) -> type[Request]:
    class SpoolingRequest(Request):
        @cached_property
        def waiting(self) -> Waiting:
            return Waiting(tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES, dir=str(folder)))

        def _get_stream_for_parsing(self) -> IO[bytes]:
            source = super()._get_stream_for_parsing()
            if self.mimetype != "multipart/form-data":
                return source
            most = (self.max_form_memory_size or 0) + _READ_BYTES
            return cast("IO[bytes]", _Envelope(source, self.waiting, most))

        def _get_file_stream(
            self,
            total_content_length: int | None,  # noqa: ARG002 - the signature is Werkzeug's
            content_type: str | None,  # noqa: ARG002 - likewise
            filename: str | None = None,  # noqa: ARG002 - likewise
            content_length: int | None = None,  # noqa: ARG002 - likewise
        ) -> IO[bytes]:
            return cast("IO[bytes]", SentFile(self.waiting, self.waiting.size))

        def close(self) -> None:
            super().close()
            if "waiting" in self.__dict__:
                self.waiting.bytes.close()

    return SpoolingRequest
