"""The body of a request: read as slowly as it comes, kept in a file, at a bounded length."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from archive_service.server.pace import Pace

Receive = Callable[[], Awaitable[dict[str, Any]]]
_MEMORY_BYTES = 64 << 10  # of a body that waits in memory, not on disk


class Ending(StrEnum):
    """Why reading stopped."""

    WHOLE = "whole"
    ENOUGH = "enough"  # as much as was asked for: there is more
    LONG = "long"
    SLOW = "slow"
    GONE = "gone"  # the client


class Body:
    """What has come of a body and was not yet handed on."""

    def __init__(self, receive: Receive, folder: Path, disk: Executor) -> None:
        self._receive, self._folder, self._disk = receive, folder, disk
        self.file: IO[bytes] = self._new_file()
        self.size = 0

    def hand_on(self) -> tuple[IO[bytes], int]:
        """What is here, from its beginning; the next bytes begin anew."""
        file, size = self.file, self.size
        file.seek(0)
        self.file, self.size = self._new_file(), 0
        return file, size

    async def read(self, pace: Pace, *, enough: int, most: int) -> Ending:
        """Read until ``enough`` is here; what would make it longer than ``most`` is lost."""
        while self.size < enough:
            try:
                async with asyncio.timeout(max(0.0, pace.left_s())):
                    message = await self._receive()
            except TimeoutError:
                return Ending.SLOW
            if message["type"] != "http.request":
                return Ending.GONE
            piece: bytes = message.get("body", b"")
            pace.came(len(piece))
            if self.size + len(piece) > most:
                return Ending.LONG
            await self._keep(piece)
            if not message.get("more_body", False):
                return Ending.WHOLE
        return Ending.ENOUGH

    async def pass_over(self, limit_s: float) -> None:
        """Read on without keeping anything, so that a client that still sends hears the answer."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    message = await self._receive()
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            return

    def close(self) -> None:
        """Forget what is here."""
        self.file.close()

    async def _keep(self, piece: bytes) -> None:
        if self.size + len(piece) <= _MEMORY_BYTES:
            self.file.write(piece)
        else:
            await asyncio.get_running_loop().run_in_executor(self._disk, self.file.write, piece)
        self.size += len(piece)

    def _new_file(self) -> IO[bytes]:
        return tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES, dir=str(self._folder))
