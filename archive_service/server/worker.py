"""gunicorn's asynchronous worker, which also ends connections that bring no head or take no bytes.

It has no such limits itself: with a few thousand silent sockets no descriptor would be left.
"""

import asyncio
import os
import resource
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol, BodyReceiver
from gunicorn.workers import gasgi

from archive_service.server.asked import HEAD_S

_FLUSH_S = 30.0  # for the end of an answer, once the connection is to close
_DESCRIPTORS = 65536


class Receiver(BodyReceiver):  # type: ignore[misc]  # gunicorn has no types
    """Hands on what came before a client was gone: of an upload in pieces it is kept."""

    async def receive(self) -> dict[str, Any]:
        """See ASGI."""
        message: dict[str, Any] = self._pop_chunk() if self._chunks else await super().receive()
        return message


class Protocol(ASGIProtocol):  # type: ignore[misc]  # likewise
    """One connection; 408 where the first head is not here in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        loop = self.worker.loop
        self._head_due = loop.call_later(float(os.environ[HEAD_S]), self._end_without_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._head_due.cancel()
        super().connection_lost(exc)

    def _on_headers_complete(self) -> Any:
        self._head_due.cancel()
        is_held_back = super()._on_headers_complete()
        self._body_receiver = Receiver(self._current_request, self)
        return is_held_back

    def _end_without_head(self) -> None:
        self._send_error_response(408, "Request Timeout")
        self._close_transport()
        self._request_ready.set()

    def _close_transport(self) -> None:
        super()._close_transport()
        self.worker.loop.call_later(_FLUSH_S, self.transport.abort)


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]  # likewise
    """Serves with ``Protocol``, and may hold as many connections as the system lets it."""

    def init_process(self) -> None:
        """See ``gunicorn.workers.base.Worker``."""
        gasgi.ASGIProtocol = Protocol  # the worker names it nowhere else
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, _DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        super().init_process()
