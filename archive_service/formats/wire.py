"""Messages between a process and its child over a socket: eight bytes of length, then as many."""

import socket
import struct
import time
from collections.abc import Callable

_HEAD = struct.Struct("!Q")


class MessageTooLongError(ValueError):
    """It says that it is longer than what is taken."""


def send(line: socket.socket, message: bytes) -> None:
    """Write the whole message; raises ``ConnectionError`` where nobody is there."""
    line.sendall(_HEAD.pack(len(message)) + message)


def receive(
    line: socket.socket,
    *,
    within_s: float | None = None,
    most_bytes: int | None = None,
    goes_on: Callable[[], bool] = lambda: False,
) -> bytes:
    """One whole message.

    Args:
        within_s: seconds until it begins, and as many again until it is there.
        goes_on: whether as many more are given, asked each time that they are over.

    Raises:
        TimeoutError: it is not there in time.
        EOFError, ConnectionError: nobody is there any more.
        MessageTooLongError: over ``most_bytes``.
    """
    (size,) = _HEAD.unpack(_exactly(line, _HEAD.size, within_s, goes_on))
    if most_bytes is not None and size > most_bytes:
        raise MessageTooLongError(size)
    return bytes(_exactly(line, size, within_s, goes_on))


def _exactly(
    line: socket.socket, size: int, within_s: float | None, goes_on: Callable[[], bool]
) -> bytearray:
    until = None if within_s is None else time.monotonic() + within_s
    got = bytearray(size)
    view, at = memoryview(got), 0
    while at < size:
        line.settimeout(None if until is None else max(until - time.monotonic(), 0.001))
        try:
            count = line.recv_into(view[at:])
        except TimeoutError:
            if within_s is None or not goes_on():
                raise
            until = time.monotonic() + within_s
            continue
        if not count:
            raise EOFError
        at += count
    return got
