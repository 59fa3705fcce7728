"""One call of the application: begun in a thread, its answer taken piece by piece."""

import contextvars
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

_PIECE_BYTES = 256 << 10


class Answer:
    """Every method but the constructor runs in a thread, one at a time, not always in the same."""

    def __init__(self, application: WSGIApplication, environ: dict[str, Any]) -> None:
        self._application, self._environ = application, environ
        self._context = contextvars.copy_context()
        self._found: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] = iter(())
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_over = False

    def begin(self) -> bytes:
        """Call the application; the first piece of its body."""
        return self._context.run(self._begin)

    def more(self) -> bytes:
        """The next piece; ``is_over`` tells whether it was the last one."""
        return self._context.run(self._more)

    def close(self) -> None:
        """End the answer, whole or not."""
        close = getattr(self._found, "close", None)
        if close is not None:
            self._context.run(close)

    def _begin(self) -> bytes:
        start: StartResponse = self._start  # type: ignore[assignment]  # without write(), which is old
        self._found = self._application(self._environ, start)
        self._pieces = iter(self._found)
        return self._more()

    def _more(self) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while size < _PIECE_BYTES:
            piece = next(self._pieces, None)
            if piece is None:
                self.is_over = True
                break
            pieces.append(piece)
            size += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _start(self, status: str, headers: list[tuple[str, str]], _wrong: Any = None) -> None:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
