"""What tables hold, in figures that tell whether a migration kept it: rows, and a digest of all."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, MetaData, Table, inspect, select

from archive_service.db.opening_months import is_month

_REVISION = "alembic_version"
_TOGETHER = 1000  # rows fetched at once
_RING = 1 << 256


@dataclass(frozen=True, slots=True)
class TableFigures:
    """Rows of a table and a digest of them all, in whatever order they come."""

    rows: int
    digest: str


def tables_of(connection: Connection) -> dict[str, Table]:
    """Every table as the database has it now."""
    found = MetaData()
    found.reflect(connection)
    return {
        table.name: table
        for table in found.sorted_tables
        if table.name != _REVISION and not is_month(table.name)
    }


def figures_of(connection: Connection, tables: Mapping[str, Table]) -> dict[str, TableFigures]:
    """The figures of these columns, read with these types; what is no longer there is left out."""
    there = inspect(connection)
    names = set(there.get_table_names())
    figures = {}
    for name, table in tables.items():
        if name not in names:
            continue
        left = {column["name"] for column in there.get_columns(name)}
        columns = [column for column in table.columns if column.name in left]
        if len(columns) == len(table.columns):
            figures[name] = _figures(connection, columns)
    return figures


def differing(
    before: Mapping[str, TableFigures], after: Mapping[str, TableFigures]
) -> dict[str, tuple[int, int | None]]:
    """Table -> rows before and after, of those that changed; ``None``: it, or a column, is gone."""
    return {
        name: (old.rows, after[name].rows if name in after else None)
        for name, old in before.items()
        if after.get(name) != old
    }


def _figures(connection: Connection, columns: list[Column[object]]) -> TableFigures:
    """Digests of rows are added up: no database sorts two versions of a table alike."""
    count = total = 0
    rows = connection.execute(select(*columns), execution_options={"yield_per": _TOGETHER})
    for row in rows:
        count += 1
        digest = hashlib.sha256(repr(tuple(row)).encode()).digest()
        total = (total + int.from_bytes(digest)) % _RING
    return TableFigures(count, f"{total:064x}")
