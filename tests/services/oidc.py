"""An identity provider (OpenID Connect): oidc-provider, certified, from npm, on loopback.

Who signs in there is told by the address: ``login_hint`` is the subject, and a comma and words
after it are the ``amr`` that its ID token tells.
"""

import json
import secrets
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import RSAKey

from tests.services.install import Part, ensure, from_npm, need
from tests.services.process import Process, Server, free_port, run_folder, running

OIDC_PROVIDER = Part("oidc-provider", "9.13.3", from_npm("oidc-provider"))
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
CLIENT, OTHER_CLIENT = "archive", "another-system"


@dataclass(frozen=True, slots=True)
class OidcProvider(Server):
    """The provider; its clients may be sent back to any of ``backs``."""

    port: int
    secret: str
    _orders: Path

    @property
    def issuer(self) -> str:
        """The setting ``oidc.issuer``."""
        return f"http://127.0.0.1:{self.port}"

    def change_keys(self) -> None:
        """Start again with another key: nothing signed by the old one is proved any more."""
        orders = json.loads(self._orders.read_text("utf-8"))
        self._orders.write_text(json.dumps(orders | {"keys": [_new_key()]}), "utf-8")
        self.restart()


@contextmanager
def run_oidc_provider(
    backs: Sequence[str] = ("http://localhost/sign-in/provider/back",),
) -> Iterator[OidcProvider]:
    """A provider with two clients, and with every person whom somebody names."""
    port, secret = free_port(), secrets.token_urlsafe(24)
    with run_folder("oidc", beside_tests=True) as folder:
        node, modules = need("node", "nodejs"), ensure(OIDC_PROVIDER) / "node_modules"
        orders = folder / "orders.json"
        orders.write_text(
            json.dumps(
                {
                    "provider": str(modules / "oidc-provider" / "lib" / "index.js"),
                    "port": port,
                    "secret": secret,
                    "clients": [CLIENT, OTHER_CLIENT],
                    "backs": list(backs),
                    "keys": [_new_key()],
                }
            ),
            "utf-8",
        )
        told = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
        process = Process(
            "oidc",
            [node, str(SCRIPT), str(orders)],
            folder=folder,
            ready=lambda: urllib.request.urlopen(told, timeout=2).close(),
        )
        with running(process):
            yield OidcProvider(process, port, secret, orders)


def _new_key() -> dict[str, object]:
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": secrets.token_hex(4)})
    return dict(key.as_dict(private=True))
