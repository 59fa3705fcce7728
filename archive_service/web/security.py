"""Cookies and caches: the same for every request."""

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from archive_service.accounts.sessions import is_from
from archive_service.errors import NotAllowedError
from archive_service.settings import PROXY_SEEN, Settings

_FROM_EVERYWHERE = {"static", "check_copy.show", "health.healthz", "health.readyz"}
_NOTE_S = 3600  # between two notes of a proxy that no setting tells of


class NetworkShutOutError(NotAllowedError):
    """It was asked from a network that is not among those of ``web.admitted``."""


def install(app: Flask, settings: Settings) -> None:
    """Bind cookies; pages and files are never kept by a cache."""
    app.config.update(
        SESSION_COOKIE_NAME="archive_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.web.secure_cookies,
    )
    if proxies := settings.web.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    else:
        app.before_request(partial(_note_proxy, settings.home / PROXY_SEEN))
    app.after_request(_with_headers)


def require_admitted(networks: Sequence[str]) -> None:
    """Nobody is answered from elsewhere, signed in or not; what anybody may ask stays open.

    Raises:
        NetworkShutOutError
    """
    address = request.remote_addr or ""
    if request.endpoint not in _FROM_EVERYWHERE and not is_from(address, networks):
        raise NetworkShutOutError(address=address)


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
