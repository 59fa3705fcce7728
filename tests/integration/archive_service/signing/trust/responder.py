"""A responder that tells of revoked certificates."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answers = dict[str, Callable[[], bytes]]


class Responder:
    """An authority's machine: what it answers is put into ``answers``, what was asked is kept."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.asked: list[str] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told.asked.append(self.path)
                made = told.answers.get(self.path)
                self.send_response(200 if made else 503)
                self.end_headers()
                if made:
                    self.wfile.write(made())

            do_POST = do_GET  # noqa: N815 - the server's own name

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
