"""An archive whose people sign in at an identity provider, and browsers that go there and back."""

import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from archive_service import clock
from archive_service.sections import OidcSettings
from archive_service.services import Services
from tests.services.oidc import CLIENT, OidcProvider

OURS = "http://localhost/"


def with_issuer(services: Services, issuer: str, **more: Any) -> Services:
    """The same archive, with a provider in its settings."""
    given = services.settings.oidc.model_dump()
    given |= {"issuer": issuer, "client_id": CLIENT} | more
    oidc = OidcSettings.model_validate(given)
    return replace(services, settings=services.settings.model_copy(update={"oidc": oidc}))


def with_provider(services: Services, provider: OidcProvider, **more: Any) -> Services:
    """The same, of a real one."""
    return with_issuer(services, provider.issuer, client_secret=provider.secret, **more)


class _ToUs(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if newurl.startswith(OURS):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def answer_of(address: str, who: str, **changed: str) -> str:
    """Where the provider sends the browser of who signs in there: a path of ours.

    ``who``: the subject, and after commas how they signed in; ``changed``: of our question.
    """
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query)) | {"login_hint": who} | changed
    browser = urllib.request.build_opener(_ToUs, urllib.request.HTTPCookieProcessor(CookieJar()))
    with pytest.raises(urllib.error.HTTPError) as sent:
        browser.open(parts._replace(query=urlencode(asked)).geturl(), timeout=20)
    place = str(sent.value.headers["Location"])
    assert place.startswith(OURS), (place, sent.value.read()[:500])
    return place.removeprefix(OURS.rstrip("/"))


def ask(client: FlaskClient, wanted: str = "") -> str:
    """The address at the provider that the page to sign in leads to."""
    asked = client.get("/sign-in/provider", query_string={"next": wanted} if wanted else {})
    assert asked.status_code == 303, asked.text
    return str(asked.headers["Location"])


def sign_in_there(client: FlaskClient, who: str, wanted: str = "") -> TestResponse:
    """What the browser is shown when it comes back."""
    return client.get(answer_of(ask(client, wanted), who))


@dataclass
class LyingProvider:
    """A provider that answers as it is told to; its keys are its own."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: _key("one"))
    metadata: dict[str, Any] = field(default_factory=dict)
    id_token: str = ""
    keys: list[Mapping[str, Any]] = field(default_factory=list)

    def token(self, of: str, /, *, signed_by: RSAKey | None = None, **changed: Any) -> str:
        """A good ID token for this nonce, but for what is changed; ``None``: left out."""
        now = int(clock.now().timestamp())
        said = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "huong",
            "nonce": of,
            "iat": now,
            "exp": now + 300,
        }
        said = {name: value for name, value in (said | changed).items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "one"}, said, signed_by or self.key)

    def told(self, path: str) -> Any:
        """What is answered at a path."""
        if path == "/.well-known/openid-configuration":
            names = {
                "authorization_endpoint": "auth",
                "token_endpoint": "token",
                "jwks_uri": "jwks",
            }
            places = {name: f"{self.issuer}/{at}" for name, at in names.items()}
            return {"issuer": self.issuer} | places | self.metadata
        if path == "/jwks":
            return {"keys": self.keys or [self.key.as_dict(private=False)]}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token}


def _key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@contextmanager
def lying_provider() -> Iterator[LyingProvider]:
    """One on loopback, until the block ends."""
    liar = LyingProvider()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = dumps(liar.told(self.path)).encode()
            self.send_response(http.client.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    liar.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
