"""Many rows out of few: whole case files once more, with everything that hangs on them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection, Integer, String, Table, UniqueConstraint, insert, select

from archive_service.domain.tables import METADATA

# What stands once however much is held; the rest is copied.
ONCE = {"account", "agency", "agency_identifier", "fonds", "schedule", "enrolled_copy"}
BATCH = 1000


def multiply(connection: Connection, times: int) -> None:
    """Copy every row ``times`` times; ids are new, and lead to the copies of what they led to."""
    tables = [one for one in METADATA.sorted_tables if one.name not in ONCE and _has_id(one)]
    held = {table: _rows(connection, table) for table in tables}
    copied = {row[_key(table)] for table, rows in held.items() for row in rows}
    for table, rows in held.items():
        copier = _Copier(table, rows, copied)
        fresh = (copier.copy(row, number) for number in range(1, times + 1) for row in rows)
        while batch := list(itertools.islice(fresh, BATCH)):
            connection.execute(insert(table), batch)
    _more_events(connection, times)


@dataclass(eq=False)
class _Copier:
    """Makes rows of one table that stand beside the old ones."""

    table: Table
    rows: list[dict[str, Any]]
    copied: set[UUID]
    _above: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        numbers = [found for row in self.rows for found in row.values() if type(found) is int]
        self._above = itertools.count(max(numbers, default=0) + 1)

    def copy(self, row: dict[str, Any], number: int) -> dict[str, Any]:
        """The ``number``-th copy of a row; ids are those that every table gives it."""
        fresh = {
            name: uuid5(found, f"{len(self.copied)} {number}")
            if _is_one(found, self.copied)
            else found
            for name, found in row.items()
        }
        for group in _unique_groups(self.table):
            if all(row[name] == fresh[name] for name in group):
                self._tell_apart(fresh, group)
        return fresh

    def _tell_apart(self, fresh: dict[str, Any], group: list[str]) -> None:
        for name in group:
            kind = self.table.c[name].type
            if isinstance(kind, Integer) and isinstance(fresh[name], int):
                fresh[name] = next(self._above)
                return
            if isinstance(kind, String) and isinstance(fresh[name], str):
                mark = f".{uuid4().hex[:12]}"
                fresh[name] = f"{fresh[name][: (kind.length or 200) - len(mark)]}{mark}"
                return


def _is_one(found: object, copied: set[UUID]) -> bool:
    return isinstance(found, UUID) and found in copied


def _unique_groups(table: Table) -> list[list[str]]:
    rules = [rule for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    groups = [list(rule.columns) for rule in rules]
    groups += [list(index.columns) for index in table.indexes if index.unique]
    return [[column.name for column in group] for group in groups]


def _has_id(table: Table) -> bool:
    """Whether its rows are known by ids that were drawn."""
    (first, *others) = table.primary_key.columns
    return not others and first.type.python_type is UUID


def _key(table: Table) -> str:
    return next(iter(table.primary_key.columns)).name


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table))]


def _more_events(connection: Connection, times: int) -> None:
    """The audit trail gets longer; its chain does not hold, which no list looks at."""
    events = METADATA.tables["audit_event"]
    rows = _rows(connection, events)
    fresh = [
        row | {"number": row["number"] + len(rows) * number}
        for number in range(1, times + 1)
        for row in rows
    ]
    for row in fresh:
        row["sha256"] = f"{row['number']:064x}"
    connection.execute(insert(events), fresh)
