"""Many case files out of few: their rows once more, with everything that hangs on them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection, Integer, String, Table, UniqueConstraint, func, select, text

from archive_service.db.many_rows import blank_row, write_rows
from archive_service.domain.tables import METADATA
from archive_service.services import Services

# What stands once however much is held; the rest is copied.
ONCE = {"account", "agency", "agency_identifier", "fonds", "schedule", "enrolled_copy"}
_TRAIL = ("audit_event", "audit_segment")  # their keys are numbers, which must go on


class Seeds:
    """The rows of today as a pattern; ``add`` lays down copies of them, as often as it is called.

    Every id is new and leads to the copies of what it led to. The copies hold no bytes, and the
    chain of the audit trail does not hold: both are for measuring alone.
    """

    def __init__(self, connection: Connection) -> None:
        tables = [it for it in METADATA.sorted_tables if it.name not in ONCE and _has_id(it)]
        self._held = {table: _rows(connection, table) for table in tables}
        self._copied = {row[_key(table)] for table, rows in self._held.items() for row in rows}
        self._copiers = {
            table: _Copier(table, rows, self._copied) for table, rows in self._held.items()
        }
        self._trail = {name: _rows(connection, METADATA.tables[name]) for name in _TRAIL}
        self._made = 0

    @property
    def case_files(self) -> int:
        """How many a single copy of the pattern has."""
        return len(self._held[METADATA.tables["case_file"]])

    def add(self, connection: Connection, times: int) -> None:
        """The whole pattern ``times`` times more."""
        numbers = range(self._made + 1, self._made + times + 1)
        for table, rows in self._held.items():
            copier = self._copiers[table]
            write_rows(connection, table, (copier.copy(row, n) for n in numbers for row in rows))
        starts = (_last(connection, "audit_event"), _last(connection, "audit_segment"))
        trail = _Trail(self._trail["audit_event"], self._trail["audit_segment"], self._copied)
        write_rows(connection, METADATA.tables["audit_event"], trail.events(starts[0], numbers))
        write_rows(connection, METADATA.tables["audit_segment"], trail.segments(starts, numbers))
        self._made += times


def gather_statistics(services: Services) -> None:
    """As PostgreSQL does by itself some time later; SQLite has none, in a bench as in use."""
    if services.database.engine.dialect.name == "postgresql":
        with services.database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


def lay_down(services: Services, tables: Iterable[tuple[str, Iterable[dict[str, Any]]]]) -> None:
    """Rows into tables by their names, all in one transaction; then what the server plans by.

    What a row does not name has its column's default.
    """
    engine = services.database.engine
    on_server = engine.dialect.name == "postgresql"
    with engine.begin() as connection:
        if on_server:  # one statement a table, however long it takes
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        for name, rows in tables:
            table = METADATA.tables[name]
            blank = blank_row(table)
            write_rows(connection, table, (blank | row for row in rows))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if on_server:
            connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE" if on_server else "ANALYZE"))


@dataclass(frozen=True)
class _Trail:
    """Events and segments that go on where others end."""

    of_events: list[dict[str, Any]]
    of_segments: list[dict[str, Any]]
    copied: set[UUID]

    def events(self, last: int, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Copies of the events; each speaks of the copy of what it spoke of."""
        known = {str(it): it for it in self.copied}
        for turn, number in enumerate(numbers):
            for ordinal, row in enumerate(self.of_events, start=1):
                at = last + turn * len(self.of_events) + ordinal
                subject = known.get(row["subject_id"] or "")
                about = row["subject_id"] if subject is None else str(_fresh(subject, number))
                yield row | {"number": at, "subject_id": about, "sha256": f"{at:064x}"}

    def segments(self, starts: tuple[int, int], numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Copies of the segments, all of them written out."""
        for turn in range(len(numbers)):
            above = starts[0] + turn * len(self.of_events)
            for ordinal, row in enumerate(self.of_segments, start=1):
                at = starts[1] + turn * len(self.of_segments) + ordinal
                ends = {
                    "first_event": above + row["first_event"],
                    "last_event": above + row["last_event"],
                }
                yield row | ends | {"number": at, "sha256": f"{at:064x}", "written": True}


@dataclass(eq=False)
class _Copier:
    """Makes rows of one table that stand beside the old ones."""

    table: Table
    rows: list[dict[str, Any]]
    copied: set[UUID]
    _above: Iterator[int] = field(init=False)
    _groups: list[list[str]] = field(init=False)
    _known: dict[str, UUID] = field(init=False)

    def __post_init__(self) -> None:
        numbers = [found for row in self.rows for found in row.values() if type(found) is int]
        self._above = itertools.count(max(numbers, default=0) + 1)
        self._groups = _unique_groups(self.table)
        self._known = {str(it): it for it in self.copied}

    def copy(self, row: dict[str, Any], number: int) -> dict[str, Any]:
        """The ``number``-th copy of a row; ids are those that every table gives it."""
        fresh = {name: self._renewed(found, number) for name, found in row.items()}
        for group in self._groups:
            if all(row[name] == fresh[name] for name in group):
                self._tell_apart(fresh, group)
        return fresh

    def _renewed(self, found: object, number: int) -> object:
        if isinstance(found, UUID):
            return _fresh(found, number) if found in self.copied else found
        if isinstance(found, str) and len(found) == 36 and found in self._known:
            return str(_fresh(self._known[found], number))
        return found

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


def _fresh(found: UUID, number: int) -> UUID:
    return uuid5(found, str(number))


def _last(connection: Connection, name: str) -> int:
    number = METADATA.tables[name].c.number
    return connection.scalar(select(func.max(number))) or 0


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
    return [dict(row) for row in connection.execute(select(table)).mappings()]
