"""Many rows of one table laid down as fast as the database takes them."""

import itertools
import json
from collections.abc import Iterable
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import DBAPIError

_AT_ONCE = 1000


def write_rows(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Lay down rows that have a value for each column, in the caller's transaction.

    Raises:
        DBAPIError: as any statement would.
    """
    if connection.dialect.name == "postgresql":
        _stream(connection, table, rows)
        return
    left = iter(rows)
    while batch := list(itertools.islice(left, _AT_ONCE)):
        connection.execute(insert(table), batch)


def blank_row(table: Table) -> dict[str, object]:
    """Each column with its default, or ``None``: what a row that is laid down begins as."""
    found: dict[str, object] = {}
    for column in table.columns:
        default: Any = column.default
        value = None if default is None else default.arg
        found[column.name] = value(None) if callable(value) else value
    return found


def _stream(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """PostgreSQL's COPY, some ten times as quick as statements."""
    names = [column.name for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    raw: Any = connection.connection.driver_connection  # psycopg's
    copying = f'COPY "{table.name}" ({columns}) FROM STDIN'
    driver = connection.dialect.loaded_dbapi
    try:
        with raw.cursor() as cursor, cursor.copy(copying) as out:
            for row in rows:
                out.write_row([_plain(row[name]) for name in names])
    except driver.Error as trouble:  # as the engine tells those of its own statements
        raise DBAPIError.instance(
            copying, None, trouble, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from trouble


def _plain(value: object) -> object:
    """As COPY takes it."""
    if isinstance(value, Enum):
        return value.value
    return json.dumps(value) if isinstance(value, dict | list) else value
