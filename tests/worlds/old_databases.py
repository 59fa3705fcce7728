"""Databases as the first release has them, and a release to come that changes their tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, insert, select

from archive_service.db.engine import WRITING
from archive_service.db.migrate import VERSIONS, bring_to
from archive_service.db.unit_of_work import Database
from archive_service.domain.tables import METADATA

FIRST = "0020"
_NEXT = Path(__file__).with_name("next_release")


@contextmanager
def next_release() -> Iterator[None]:
    """The product as a release to come, whose migration makes the table ``visitor``."""
    VERSIONS.append(_NEXT)
    try:
        yield
    finally:
        VERSIONS.remove(_NEXT)


def begun(database: Database) -> Any:
    """A writing transaction."""
    return database.engine.execution_options(**{WRITING: True}).begin()


def tables_of(connection: Connection) -> list[Table]:
    """As the database has them, in an order in which rows can be put in."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def typed(column: Column[Any]) -> Column[Any]:
    """The column as our models know it: SQLite itself cannot tell a UUID from a text."""
    table = METADATA.tables.get(column.table.name)
    known = None if table is None else table.c.get(column.name)
    return Column(column.name, column.type if known is None else known.type)


def moved_to_first(source: Database, target: Database) -> None:
    """The rows of a database in one as the first release makes it."""
    with begun(target) as connection:
        bring_to(connection, FIRST)
        for table in tables_of(connection):
            columns = [typed(column) for column in table.columns]
            plain = Table(table.name, MetaData(), *columns)
            with source.engine.connect() as reading:
                rows = [row._asdict() for row in reading.execute(select(plain))]
            if rows:
                connection.execute(insert(plain), rows)
