"""Engines: SQLite with WAL and full durability, or PostgreSQL; one code path above them."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from archive_service.errors import BackendError, InputError

WRITING = "archive_writing"  # execution option of a unit of work that will write


class DatabaseUrlError(InputError):
    """The database URL names no database that this product knows."""

    code = "database-url"


class DatabaseLibraryError(BackendError):
    """The URL is known, but the library that speaks to such a server is not installed."""

    code = "database-library"


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


def open_engine(url: URL, *, pool_size: int = 5) -> Engine:
    """An engine whose transactions are explicit and, on SQLite, begin with the write lock.

    Its errors never quote the parameters of a statement: a password's hash may be among them.

    Raises:
        DatabaseLibraryError: the driver of a PostgreSQL URL is not installed.
    """
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(url, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True)
        except ModuleNotFoundError as missing:
            raise DatabaseLibraryError(scheme=url.drivername, library=missing.name) from None
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 60.0}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    raw: Any = connection
    raw.isolation_level = None  # we begin ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=60000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A unit of work that writes takes the lock first, so it is never refused half-way."""
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
