"""Files to a client: whole and verified, or one range, in bounded memory either way."""

import itertools
import json
from collections.abc import Iterator
from typing import IO

from flask import Response, request
from werkzeug.datastructures import Range
from werkzeug.http import dump_options_header

from archive_service.api.errors import problem
from archive_service.document import Document
from archive_service.problem import HttpRefusedError
from archive_service.readable import Readable
from archive_service.request import services
from archive_service.storage.reader import VerifiedReader

_PIECE_BYTES = 256 * 1024
_SMALL_BYTES = 8 * 1024 * 1024  # read at once, so that a damaged copy can be passed over
# What a browser shows by itself and runs nothing of; everything else is downloaded.
_SHOWN = ("application/pdf", "image/jpeg", "image/png", "image/tiff", "text/plain")

# PRONOM's names of forms that browsers play by another one.
_PLAYED_AS = {"application/mp4": "video/mp4", "audio/x-wav": "audio/wav"}


def send(file: Readable) -> Response:
    """The file, or the range asked for; 304 where the client has it, 416 outside of it."""
    headers = _headers(file)
    etag = f'"{file.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers=headers)
    wanted = _wanted(file.size_bytes)
    if wanted is None or request.headers.get("If-Range", etag) != etag:
        return _whole(file, headers)
    span = wanted.range_for_length(file.size_bytes)
    if span is None:
        refused = problem(HttpRefusedError(416))
        refused.headers["Content-Range"] = f"bytes */{file.size_bytes}"
        return refused
    start, stop = span
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size_bytes}"
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        return Response(status=206, headers=headers)
    if file.size_bytes <= _SMALL_BYTES:
        return Response(file.read(services())[start:stop], status=206, headers=headers)
    # Of a large file a part is not verified: that would read all of it for each page turned.
    source = file.open(services(), offset=start, length=stop - start)
    return _streamed(source, stop - start, headers, status=206)


def _wanted(size_bytes: int) -> Range | None:
    """The one range of bytes asked for; ``None`` where all is to be sent (RFC 9110, 14.2)."""
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    start = wanted.ranges[0][0]
    if start < -size_bytes < 0:  # a suffix longer than the file: all of it
        return Range("bytes", [(-size_bytes, None)])
    return wanted


def send_bytes(data: bytes, *, name: str, media_type: str) -> Response:
    """Some bytes at hand as a file."""
    headers = {
        "Content-Type": media_type,
        "Content-Disposition": disposition(name, media_type),
        "Cache-Control": "private, no-store",
    }
    return Response(data, headers=headers)


def send_pieces(data: bytes, *, name: str, etag: str) -> Response:
    """A PDF at hand: the range asked for, 304 where the client has it, or all of it."""
    response = send_bytes(data, name=name, media_type="application/pdf")
    response.set_etag(etag)
    response.make_conditional(request, accept_ranges=True, complete_length=len(data))
    return response


def send_json_list(head: dict[str, str], name: str, items: Iterator[Document]) -> Response:
    """``head`` and under ``name`` the items as one JSON object; memory holds one item at a time.

    What fails at the first item is still a refusal in words; later it breaks the transfer off.
    """
    first = list(itertools.islice(items, 1))

    def pieces() -> Iterator[str]:
        yield f"{json.dumps(head, ensure_ascii=False)[:-1]}, {json.dumps(name)}: ["
        for number, item in enumerate(itertools.chain(first, items)):
            yield (", " if number else "") + json.dumps(item.as_json(), ensure_ascii=False)
        yield "]}\n"

    return Response(pieces(), mimetype="application/json")


def disposition(name: str, media_type: str) -> str:
    """``Content-Disposition`` with the name in UTF-8 (RFC 6266)."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    kind = "inline" if media_type.partition(";")[0] in _SHOWN else "attachment"
    return dump_options_header(kind, {"filename": plain, "filename*": _extended(name)})


def _extended(name: str) -> str:
    from urllib.parse import quote

    return f"UTF-8''{quote(name, safe='')}"


def _whole(file: Readable, headers: dict[str, str]) -> Response:
    headers["Content-Length"] = str(file.size_bytes)
    if request.method == "HEAD":
        return Response(status=200, headers=headers)
    if file.size_bytes <= _SMALL_BYTES:
        return Response(file.read(services()), headers=headers)
    source = file.open(services())
    # A last piece that does not match its digest never comes: the client sees a broken transfer.
    verified: IO[bytes] = VerifiedReader(source, size=file.size_bytes, sha256=file.sha256)  # type: ignore[assignment]  # reads alone
    return _streamed(verified, file.size_bytes, headers, status=200, also=source)


def _headers(file: Readable) -> dict[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.sha256}"',
        "Content-Type": _PLAYED_AS.get(file.media_type, file.media_type),
        "Content-Disposition": disposition(file.name, file.media_type),
        "Cache-Control": "private, no-store",
    }
    if file.media_type != "application/pdf":  # browsers show no PDF in a sandbox
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return headers


def _streamed(
    source: IO[bytes],
    length: int,
    headers: dict[str, str],
    *,
    status: int,
    also: IO[bytes] | None = None,
) -> Response:
    def pieces() -> Iterator[bytes]:
        left = length
        while left and (piece := source.read(min(_PIECE_BYTES, left))):
            left -= len(piece)
            yield piece

    response = Response(pieces(), status=status, headers=headers)
    response.call_on_close((also or source).close)
    return response
