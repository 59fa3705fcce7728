"""Locks that end with the process which holds them, by names, for all machines of one database.

On PostgreSQL they are advisory locks of a connection of their own; on SQLite, which only processes
of one machine open, they are locks on single bytes of a file beside the database.
"""

import fcntl
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from archive_service.db.troubles import in_our_words

Answer = TypeVar("Answer")

LOCK_FILE = "package-writers.lock"
_FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux: type, whence, start, length, process
_TRY = {
    False: text("SELECT pg_try_advisory_lock(:key)"),
    True: text("SELECT pg_try_advisory_lock_shared(:key)"),
}
_GIVE = {
    False: text("SELECT pg_advisory_unlock(:key)"),
    True: text("SELECT pg_advisory_unlock_shared(:key)"),
}


@contextmanager
def trying(engine: Engine, names: Mapping[str, bool]) -> Iterator[bool]:
    """Whether all of them are ours while the block lasts; nobody is waited for.

    Args:
        names: of locks; ``True``: to be shared with others who want no more than that.

    Raises:
        DatabaseUnreachableError: the database does not answer.
    """
    keys = {lock_number(name): shared for name, shared in names.items()}
    tried = _on_server if engine.dialect.name == "postgresql" else _in_file
    with tried(engine, keys) as is_ours:
        yield is_ours


@contextmanager
def _on_server(engine: Engine, keys: Mapping[int, bool]) -> Iterator[bool]:
    connection = asked(engine.connect).execution_options(isolation_level="AUTOCOMMIT")
    held: list[int] = []
    with connection:
        try:
            for key, shared in keys.items():
                if asked(connection.execute, _TRY[shared], {"key": key}).scalar():
                    held.append(key)
            yield len(held) == len(keys)
        finally:
            for shared in (False, True):
                let_go(connection, _GIVE[shared], [key for key in held if keys[key] is shared])


@contextmanager
def _in_file(engine: Engine, keys: Mapping[int, bool]) -> Iterator[bool]:
    file = lock_file(engine)
    if file is None:  # a database in memory has no other process
        yield True
        return
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield all(_is_taken(descriptor, key, shared=shared) for key, shared in keys.items())
    finally:
        os.close(descriptor)  # a lock of this kind belongs to what was opened


def _is_taken(descriptor: int, key: int, *, shared: bool) -> bool:
    kind = fcntl.F_RDLCK if shared else fcntl.F_WRLCK
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, region(kind, key))
    except (BlockingIOError, PermissionError):
        return False
    return True


def lock_number(name: str) -> int:
    """62 bits: a number of a lock on the server, and a place in a file."""
    return int.from_bytes(sha256(name.encode()).digest()[:8]) >> 2


def let_go(connection: Connection, give: TextClause, keys: Sequence[int]) -> None:
    """A connection that cannot be told goes for good: its locks end with it."""
    try:
        for key in keys:
            connection.execute(give, {"key": key})
    except SQLAlchemyError:
        connection.invalidate()


def asked(ask: Callable[..., Answer], *given: object) -> Answer:
    """What the server answers; ``DatabaseUnreachableError`` where it does not."""
    try:
        return ask(*given)
    except SQLAlchemyError as error:
        if (archive_error := in_our_words(error)) is not None:
            raise archive_error from error
        raise


def region(kind: int, key: int) -> bytes:
    """One byte of the file, locked as ``kind`` says; the system fills in what there is."""
    return struct.pack(_FLOCK, kind, os.SEEK_SET, key, 1, 0)


def kind_of(content: bytes) -> int:
    """What the system says of a region that was asked for."""
    kind: int = struct.unpack(_FLOCK, content)[0]
    return kind


def lock_file(engine: Engine) -> Path | None:
    """Beside the database; ``None`` for one in memory."""
    name = engine.url.database
    return Path(name).with_name(LOCK_FILE) if name and name != ":memory:" else None
