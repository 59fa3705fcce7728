"""A time-stamp authority over HTTP (RFC 3161): ``python -m tests.services.tsa PORT FOLDER``."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.services.process import Process, Server, accepts, free_port, running

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class TimestampAuthority(Server):
    """The demo authority's stamps over HTTP."""

    port: int
    folder: Path  # of the demo authority: its root is ``root.crt``

    @property
    def url(self) -> str:
        """The setting ``timestamp.url``."""
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def run_tsa(authority: Path | None = None) -> Iterator[TimestampAuthority]:
    """Stamps of the demo authority in this folder, or of a new one; it needs no program."""
    from archive_service.signing.trust.demo_authority import DemoAuthority

    with tempfile.TemporaryDirectory(prefix="archive-tsa-") as made:
        folder = Path(made)
        place = authority or folder / "authority"
        DemoAuthority.open_or_make(place)
        port = free_port()
        command = [sys.executable, "-m", "tests.services.tsa", str(port), str(place)]
        process = Process(
            "tsa",
            command,
            folder=folder,
            ready=lambda: accepts(port),
            env={"PYTHONPATH": str(REPOSITORY)},
        )
        with running(process):
            yield TimestampAuthority(process, port, place)


def serve(port: int, authority: Path) -> None:
    """Answer time-stamp queries until the process ends."""
    from asn1crypto import tsp

    from archive_service.signing.timestamp import demo_stamper
    from archive_service.signing.trust.demo_authority import DemoAuthority

    stamper = demo_stamper(DemoAuthority(authority))

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            if not 0 < size <= LIMIT_BYTES:
                self.send_error(400)
                return
            try:
                query = tsp.TimeStampReq.load(self.rfile.read(size))
                body = stamper.request_tsa_response(query).dump()
            except (ValueError, TypeError, KeyError):
                self.send_error(400)
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Quiet."""

    ThreadingHTTPServer(("127.0.0.1", port), Answer).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
