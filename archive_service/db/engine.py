"""Engines: SQLite with WAL and full durability, or PostgreSQL; one code path above them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError
from sqlalchemy.pool import ConnectionPoolEntry

from archive_service.errors import BackendError, InputError

WRITING = "archive_writing"  # execution option of a unit of work that will write


class DatabaseUrlError(InputError):
    """The database URL names no database that this product knows."""


class DatabaseLibraryError(BackendError):
    """The URL is known, but the library that speaks to such a server is not installed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many connections a process has to a server, and how long each thing may take there.

    0 seconds in one of the last three: no bound. SQLite, which is a file, has none of them.
    """

    pool_size: int = 5  # kept open
    pool_overflow: int = 10  # opened beside them under load, and closed afterwards
    pool_timeout_s: float = 30.0  # for a free one
    connect_timeout_s: int = 10
    statement_timeout_s: float = 300.0
    lock_timeout_s: float = 60.0
    idle_timeout_s: float = 600.0  # within a transaction, between two statements


def resolve_url(url: str, home: Path) -> URL:
    """``url`` with a relative SQLite path put under ``home``.

    Raises:
        DatabaseUrlError: not ``sqlite`` and not ``postgresql+psycopg``.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlError(scheme=url.partition(":")[0]) from None
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise DatabaseUrlError(scheme=parsed.drivername)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed.set(database=str(home / parsed.database))
    return parsed


def open_engine(url: URL, bounds: Bounds | None = None) -> Engine:
    """An engine whose transactions are explicit and, on SQLite, begin with the write lock.

    Its errors never quote the parameters of a statement: a password's hash may be among them.

    Raises:
        DatabaseLibraryError: the driver of a PostgreSQL URL is not installed.
    """
    if url.get_backend_name() != "sqlite":
        try:
            return _postgresql(url, bounds or Bounds())
        except ModuleNotFoundError as missing:
            raise DatabaseLibraryError(scheme=url.drivername, library=missing.name) from None
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": 60.0},
        hide_parameters=True,
        json_deserializer=_read_json,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _refuse_unkeepable)
    return engine


def _read_json(text: str) -> Any:  # Any: whatever JSON holds
    """Most cells are empty, and a parser takes as long to find that out as for a short list."""
    if text == "[]":
        return []
    return {} if text == "{}" else json.loads(text)


def _postgresql(url: URL, bounds: Bounds) -> Engine:
    """Bounded in connections and in time; a connection is tried before it is given out."""
    timeouts = {
        "statement_timeout": bounds.statement_timeout_s,
        "lock_timeout": bounds.lock_timeout_s,
        "idle_in_transaction_session_timeout": bounds.idle_timeout_s,
    }
    options = [f"-c {name}={int(seconds * 1000)}" for name, seconds in timeouts.items()]
    options += [f"-c tcp_{name.removeprefix('tcp_')}={value}" for name, value in _ALIVE.items()]
    given = url.query.get("options", "")  # what the administrator wants comes last, and wins
    wanted = given if isinstance(given, str) else " ".join(given)
    engine = create_engine(
        url,
        pool_size=bounds.pool_size,
        max_overflow=bounds.pool_overflow,
        pool_timeout=bounds.pool_timeout_s,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "application_name": "archive",
            "connect_timeout": bounds.connect_timeout_s,
            "options": " ".join([*options, "-c timezone=UTC", _NO_JIT, wanted]).strip(),
        }
        | {name: value for name, value in _ALIVE.items() if name not in url.query},
    )
    event.listen(engine, "connect", _set_up_postgresql)
    event.listen(engine, "before_cursor_execute", _refuse_unkeepable)
    return engine


# Statements here take milliseconds; to compile one takes fifty, at each slice anew.
_NO_JIT = "-c jit=off"

# A server whose machine vanished is noticed within about a minute, and by the server one of ours:
# what that one had locked would hold up the others for ``idle_timeout_s``.
_ALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms; the same of what was sent and not yet answered
}


def _set_up_postgresql(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """A sum of large whole numbers is one too, as on SQLite, and no ``Decimal``."""
    from psycopg.adapt import Loader

    class WholeNumbers(Loader):
        """Reads the server's ``numeric``, which no column of ours is."""

        def load(self, data: Any) -> int | float:  # Any: bytes, or a view of them
            text = bytes(data)
            return int(text) if text.lstrip(b"-").isdigit() else float(text)

    raw: Any = connection
    raw.adapters.register_loader("numeric", WholeNumbers)


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    raw: Any = connection
    raw.isolation_level = None  # we begin ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=60000",
        "secure_delete=ON",  # what a row held is overwritten as it goes
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A unit of work that writes takes the lock first, so it is never refused half-way."""
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _refuse_unkeepable(
    _connection: Connection,
    _cursor: object,
    statement: str,
    parameters: Any,  # as SQLAlchemy hands them over: one row's, or many rows'
    _context: object,
    _many: bool,  # noqa: FBT001 - the signature is SQLAlchemy's
) -> None:
    """What drivers stumble over in errors of their own, and what SQLite takes and loses.

    A text with a NUL in it comes back from SQLite by half.
    """
    for row in parameters if isinstance(parameters, list) else (parameters,):
        for value in row.values() if isinstance(row, dict) else row or ():
            if (reason := _unkeepable(value)) is not None:
                raise DataError(statement, None, ValueError(reason))


def _unkeepable(value: object) -> str | None:
    if isinstance(value, str):
        if "\0" in value:
            return "a text holds the character NUL"
        if not value.isascii() and _SURROGATE.search(value):
            return "a text holds half of a character"
    elif isinstance(value, int) and not -_MOST_INTEGER <= value < _MOST_INTEGER:
        return "a number has more than 64 bits"
    return None


_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_INTEGER = 1 << 63
