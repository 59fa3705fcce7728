"""A time-stamp service over HTTP whose certificate, clock and answers a test chooses."""

import datetime as dt
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto import algos, tsp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.worlds.simulated_signing import Hierarchy, Party


@dataclass
class StampService:
    """Stamps by ``by``, as of ``at`` or of now; ``None`` of ``by``: it is away."""

    hierarchy: Hierarchy
    port: int
    by: Party | None
    at: dt.datetime | None = None
    changes: Callable[[Any], Any] = lambda query: query  # what it answers instead of what is asked

    @property
    def url(self) -> str:
        """The setting ``timestamp.url``."""
        return f"http://127.0.0.1:{self.port}/"

    def trusted_in(self, home: Path) -> None:
        """Lay its root into the trust of a home."""
        (home / "trust").mkdir(exist_ok=True)
        pem = self.hierarchy.root.certificate.public_bytes(Encoding.PEM)
        (home / "trust" / f"stamps-{self.port}.crt").write_bytes(pem)

    def lasts(self, days: int) -> None:
        """From now on its certificate is one that ends in so many days."""
        self.by = self.hierarchy.stamping(dt.datetime.now(dt.UTC) + dt.timedelta(days=days))

    def answer(self, asked: bytes) -> bytes | None:
        """The body of the answer; ``None`` while it is away."""
        if self.by is None:
            return None
        query = self.changes(tsp.TimeStampReq.load(asked))
        stamper = self.hierarchy.stamper(self.at, self.by)
        return bytes(stamper.request_tsa_response(query).dump())


@contextmanager
def stamp_service(
    *, days: int, name: str = "Thử nghiệm", strong: bool = False
) -> Iterator[StampService]:
    """A service of an authority of its own; its certificate ends in so many days.

    ``strong``: its certificates are signed by SHA-512.
    """

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = service.answer(self.rfile.read(int(self.headers["Content-Length"])))
            if body is None:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    service = StampService(
        Hierarchy(name, curve=ec.SECP521R1() if strong else ec.SECP256R1()),
        server.server_port,
        None,
    )
    service.lasts(days)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def token_over(
    hierarchy: Hierarchy, digest: bytes, at: dt.datetime, by: Party, algorithm: str = "sha256"
) -> bytes:
    """A token as the service of a past day gave it."""
    named = algos.DigestAlgorithm({"algorithm": algorithm})
    imprint = tsp.MessageImprint({"hash_algorithm": named, "hashed_message": digest})
    query = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True})
    answer = hierarchy.stamper(at, by).request_tsa_response(query)
    return bytes(answer["time_stamp_token"].dump())
