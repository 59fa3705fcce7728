"""A real application over a real home, listening on this machine for a real browser."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from wsgiref.types import WSGIApplication

from playwright.sync_api import BrowserContext
from werkzeug.serving import WSGIRequestHandler, make_server

from archive_service.accounts.acts import find_account
from archive_service.accounts.sessions import tell_opened
from archive_service.app import create_app
from archive_service.services import Services
from archive_service.web.session import COOKIE
from tests.worlds.archive import open_home
from tests.worlds.browsers import cookie_of


@dataclass(frozen=True)
class Site:
    """Where it listens, and the services behind it."""

    url: str
    services: Services

    def enter(self, context: BrowserContext, account: str) -> None:
        """Sign the account in, in every page of this profile."""
        token = cookie_of(self.services, account)
        with self.services.unit_of_work() as uow:  # others sign in by the form: see ``tell_opened``
            person = find_account(uow.session, account)
            assert person is not None
            tell_opened(person, token, uow=uow)
            uow.commit()
        context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - Werkzeug's name
        """Say nothing: what matters is asserted."""


@contextmanager
def served(home: Path) -> Iterator[Site]:
    """The site of a home, until the block ends."""
    with open_home(home) as services, listening(services) as site:
        yield site


@contextmanager
def listening(services: Services) -> Iterator[Site]:
    """The site over services that are open already."""
    with answering(create_app(services)) as url:
        yield Site(url, services)


@contextmanager
def answering(
    app: WSGIApplication, secured: ssl.SSLContext | None = None, *, port: int = 0
) -> Iterator[str]:
    """Whatever answers requests, listening on this machine; its address."""
    server = make_server(
        "127.0.0.1", port, app, threaded=True, request_handler=_Quiet, ssl_context=secured
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if secured else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
