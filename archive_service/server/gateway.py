"""An application of threads behind sockets that need none: no slow client holds a thread.

A body is read whole before the application is called; a longer one than a form waits until the
application has said, by its head alone, that it may come. What is sent in resumable pieces (tus)
is handed on as it comes, so that what has arrived stays. Answers leave piece by piece.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, TypeVar
from wsgiref.types import WSGIApplication

from archive_service.server.answer import Answer
from archive_service.server.asked import ASKED, Asked
from archive_service.server.body import Body, Ending, Receive
from archive_service.server.environ import Scope, environ_of
from archive_service.server.pace import Pace, Patience

_T = TypeVar("_T")
Send = Callable[[dict[str, Any]], Awaitable[None]]
_AT_ONCE_BYTES = 64 << 10  # a body that is read before anybody is asked
_PIECE_BYTES = 8 << 20  # of a resumable upload that is handed on at once
_FORM_BYTES = 4 << 20  # a longer body may take as long as an upload
_LINGER_S = 5.0
_RESUMABLE = "application/offset+octet-stream"
_STATUS = {Ending.LONG: 413, Ending.SLOW: 408}


class Gateway:
    """An ASGI application over a WSGI one."""

    def __init__(
        self, application: WSGIApplication, *, threads: int, folder: Path, patience: Patience
    ) -> None:
        self._application, self._folder, self._patience = application, folder, patience
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._disk = ThreadPoolExecutor(2, thread_name_prefix="body")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a connection of another kind is closed."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        head = {name.decode("latin-1").lower(): value for name, value in scope["headers"]}
        length = head.get("content-length", b"")
        if not head.keys() & {"content-length", "transfer-encoding"} or length == b"0":
            await self._answer(environ_of(scope, io.BytesIO(), None), send)
            return
        body = Body(receive, self._folder, self._disk)
        try:
            await self._with_body(scope, head, body, send)
        finally:
            body.close()

    async def _with_body(
        self, scope: Scope, head: dict[str, bytes], body: Body, send: Send
    ) -> None:
        announced = int(head["content-length"]) if "content-length" in head else None
        ended, most = Ending.ENOUGH, _AT_ONCE_BYTES
        if announced is None or announced <= _AT_ONCE_BYTES:
            pace = Pace(self._patience, self._patience.form_s)
            ended = await body.read(pace, enough=most, most=1 << 62)
        if ended is Ending.ENOUGH:
            asked = Asked()
            environ = environ_of(scope, io.BytesIO(), announced)
            environ[ASKED] = asked
            if await self._refused(environ, asked, body, send):
                return
            most = asked.most_bytes
            long = min(most, announced or most) > _FORM_BYTES
            pace = Pace(self._patience, self._patience.upload_s if long else self._patience.form_s)
            if self._is_resumable(scope, head):
                await self._piece_by_piece(scope, head, body, pace, most, send)
                return
            ended = await body.read(pace, enough=1 << 62, most=most)
        elif self._is_resumable(scope, head) and body.size:
            await self._piece_by_piece(scope, head, body, pace, most, send, ended)
            return
        await self._end(scope, body, ended, send)

    async def _end(self, scope: Scope, body: Body, ended: Ending, send: Send) -> None:
        """Answer what came whole, refuse what did not, and nobody where nobody is left."""
        if ended in _STATUS:
            environ = environ_of(scope, io.BytesIO(), None)
            environ[ASKED] = Asked(refused=_STATUS[ended])
            await self._answer(environ, send, unread=body)
        elif ended is not Ending.GONE:
            await self._handed_on(scope, body, send)

    async def _handed_on(self, scope: Scope, body: Body, send: Send) -> None:
        file, size = body.hand_on()
        try:
            await self._answer(environ_of(scope, file, size), send)
        finally:
            file.close()

    @staticmethod
    def _is_resumable(scope: Scope, head: dict[str, bytes]) -> bool:
        kind, offset = head.get("content-type", b""), head.get("upload-offset", b"")
        is_number = offset.isdigit() and len(offset) <= 18
        return scope["method"] == "PATCH" and kind.decode("latin-1") == _RESUMABLE and is_number

    async def _piece_by_piece(
        self,
        scope: Scope,
        head: dict[str, bytes],
        body: Body,
        pace: Pace,
        most: int,
        send: Send,
        ended: Ending = Ending.ENOUGH,
    ) -> None:
        """Each piece is a request of its own to the application; the last answer is the answer."""
        offset, came = int(head["upload-offset"]), 0
        while True:
            if ended is Ending.ENOUGH:
                left = most - came
                ended = await body.read(pace, enough=min(_PIECE_BYTES, left), most=left)
            file, size = body.hand_on()
            answer = self._call_with_piece(scope, file, size, offset + came)
            came += size
            try:
                piece = await self._run(answer.begin)
                taken = 200 <= answer.status < 300
                if taken and ended is Ending.ENOUGH:
                    continue
                if taken and ended in _STATUS:
                    await self._end(scope, body, ended, send)
                elif ended is not Ending.GONE:
                    unread = body if ended is not Ending.WHOLE else None
                    await self._give(answer, piece, send, unread=unread)
                return
            finally:
                await self._run(answer.close)
                file.close()

    def _call_with_piece(self, scope: Scope, file: IO[bytes], size: int, offset: int) -> Answer:
        environ = environ_of(scope, file, size)
        environ["HTTP_UPLOAD_OFFSET"] = str(offset)
        return Answer(self._application, environ)

    async def _refused(self, environ: dict[str, Any], asked: Asked, body: Body, send: Send) -> bool:
        """Whether the application wants no such body; then it was answered so."""
        answer = Answer(self._application, environ)
        try:
            piece = await self._run(answer.begin)
            if not asked.most_bytes:
                await self._give(answer, piece, send, unread=body)
                return True
        finally:
            await self._run(answer.close)
        return False

    async def _answer(
        self, environ: dict[str, Any], send: Send, *, unread: Body | None = None
    ) -> None:
        answer = Answer(self._application, environ)
        try:
            await self._give(answer, await self._run(answer.begin), send, unread=unread)
        finally:
            await self._run(answer.close)

    async def _give(
        self, answer: Answer, piece: bytes, send: Send, *, unread: Body | None = None
    ) -> None:
        """Send the answer at the pace of whoever reads it."""
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )
        pace = Pace(self._patience, float("inf"))
        while True:
            last = answer.is_over and unread is None
            message = {"type": "http.response.body", "body": piece, "more_body": not last}
            try:
                async with asyncio.timeout(max(0.0, pace.left_s())):
                    await send(message)
            except TimeoutError:
                raise asyncio.CancelledError from None  # ends the connection without an error
            if answer.is_over:
                break
            pace.came(len(piece))
            piece = await self._run(answer.more)
        if unread is not None:
            await unread.pass_over(_LINGER_S)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _run(self, act: Callable[[], _T]) -> _T:
        """In a thread; whoever is cut off meanwhile waits until the thread is through with it."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, act)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise
