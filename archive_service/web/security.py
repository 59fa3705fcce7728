"""Cookies, caches, bodies and tries: the limits of every request."""

import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from flask import Flask, Request, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from archive_service.settings import PROXY_SEEN, Settings

ANONYMOUS_BYTES = 64 * 1024  # of a request body while nobody is signed in: a form, no file
FORM_BYTES = 8 * 1024 * 1024  # of all fields of a form that are no files; kept in memory
SIGN_IN_TRIES = "10 per minute; 100 per hour"  # refused ones, for an address
_ENVELOPE_BYTES = 64 * 1024 * 1024  # of a multipart body beside its files
_SPOOL_BYTES = 1 << 20  # of an uploaded file kept in memory before it goes to disk

_NOTE_S = 3600  # between two notes of a proxy that no setting tells of

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")


def install(app: Flask, settings: Settings) -> None:
    """Bind cookies, bodies and tries; pages and files are never kept by a cache."""
    limits = settings.limits
    app.config.update(
        SESSION_COOKIE_NAME="archive_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.web.secure_cookies,
        MAX_CONTENT_LENGTH=limits.submission_bytes + _ENVELOPE_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=2 * limits.file_count + 1000,  # an upload has an id and a path
    )
    app.request_class = _request_class(settings.home / "work")
    limiter.init_app(app)
    if proxies := settings.web.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    else:
        app.before_request(partial(_note_proxy, settings.home / PROXY_SEEN))
    app.after_request(_with_headers)


def bound_body() -> None:
    """Who is not signed in sends a form and no more; registered once it is known who asks."""
    if g.actor is None:
        request.max_content_length = ANONYMOUS_BYTES


def _note_proxy(note: Path) -> None:
    """A proxy that no setting tells of: whoever runs the archive is to hear of it."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        with suppress(OSError):  # a home that cannot be written says so elsewhere
            if not note.is_file() or time.time() - note.stat().st_mtime > _NOTE_S:
                note.touch()


def _with_headers(response: Response) -> Response:
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _request_class(folder: Path) -> type[Request]:
    """Requests whose uploaded files are spooled beside staging, not into the system's memory."""

    class SpoolingRequest(Request):
        def _get_file_stream(
            self,
            total_content_length: int | None,  # noqa: ARG002 - the signature is Werkzeug's
            content_type: str | None,  # noqa: ARG002 - likewise
            filename: str | None = None,  # noqa: ARG002 - likewise
            content_length: int | None = None,  # noqa: ARG002 - likewise
        ) -> IO[bytes]:
            folder.mkdir(parents=True, exist_ok=True)
            return tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES, dir=str(folder))

    return SpoolingRequest
