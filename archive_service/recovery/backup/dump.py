"""Tables as JSON lines and back, the same from and into every database."""

import base64
import datetime as dt
import enum
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table, select

from archive_service import clock
from archive_service.db.migrate import damage_told
from archive_service.domain.base import UtcMoment
from archive_service.domain.tables import METADATA
from archive_service.errors import IntegrityViolationError
from archive_service.packaging.catalogue import as_json

# Browsers that signed in, and tries to, do not come back to life; an index is always filled anew,
# and with it doubtful words are counted.
LEFT_OUT = frozenset(
    {
        "web_session",
        "known_browser",
        "passkey_question",
        "sign_in_try",
        "index_in_use",
        "doubtful_page",
    }
)
PART_BYTES = 4 << 20  # a table is cut so; a part that did not change is not written again
_ROWS = 1000  # rows fetched or inserted together

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "moment": UtcMoment(),
    "date": sa.Date(),
    "uuid": sa.Uuid(),
    "json": sa.JSON(none_as_null=True),
    "bool": sa.Boolean(),
    "int": sa.BigInteger(),
    "float": sa.Float(),
    "bytes": sa.LargeBinary(),
    "text": sa.String(),
}
_KINDS: tuple[tuple[type, str], ...] = (
    (dt.datetime, "moment"),
    (dt.date, "date"),
    (UUID, "uuid"),
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (bytes, "bytes"),
    (enum.Enum, "text"),
    (str, "text"),
)


class DumpDamagedError(IntegrityViolationError):
    """A line of a dump that is no row of its table."""


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table as a dump tells it: its name, and each column with the kind of its values."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def order(self) -> list[str]:
        """Names of the columns, as the values of a row follow each other."""
        return [name for name, _ in self.columns]


def table_forms() -> list[TableForm]:
    """Every table that is dumped, each after those that its rows point to."""
    return [
        TableForm(table.name, tuple((column.name, _kind(column)) for column in table.columns))
        for table in METADATA.sorted_tables
        if table.name not in LEFT_OUT
    ]


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One view of the whole database, whatever is committed meanwhile; nobody is kept waiting."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    with damage_told(), engine.connect() as connection:
        yield connection


def iter_parts(connection: Connection, form: TableForm) -> Iterator[tuple[bytes, int]]:
    """The rows of a table as JSON lines, in parts of bounded size, each with its count of rows."""
    lines, size = [], 0
    for line in _lines(connection, form):
        lines.append(line)
        size += len(line)
        if size >= PART_BYTES:
            yield b"".join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines), len(lines)


def load_table(connection: Connection, form: TableForm, lines: Iterable[bytes]) -> int:
    """Insert the rows of a dump into an empty table; returns how many.

    Raises:
        DumpDamagedError: a line that is no row of this table.
    """
    own = _pointing_to_itself(connection, form.name)
    keys = sa.inspect(connection).get_pk_constraint(form.name)["constrained_columns"]
    table = sa.Table(
        form.name,
        sa.MetaData(),
        *(sa.Column(name, _TYPES[kind], primary_key=name in keys) for name, kind in form.columns),
    )
    count = 0
    later: list[dict[str, Any]] = []
    for rows in _in_batches(_row(form, line) for line in lines):
        for row in rows:
            if any(row[name] is not None for name in own):
                later.append(dict(row))
                row.update(dict.fromkeys(own))
        connection.execute(table.insert(), rows)
        count += len(rows)
    for row in later:  # now all those are there that they point to
        here = [table.c[name] == row[name] for name in keys]
        connection.execute(table.update().where(*here).values({name: row[name] for name in own}))
    return count


def _kind(column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.JSON):
        return "json"
    python_type = column.type.python_type
    return next(kind for base, kind in _KINDS if issubclass(python_type, base))


def _lines(connection: Connection, form: TableForm) -> Iterator[bytes]:
    table: Table = METADATA.tables[form.name]
    columns = [table.c[name] for name in form.order]
    found = connection.execution_options(yield_per=_ROWS).execute(
        select(*columns).order_by(*table.primary_key.columns)
    )
    for row in found:
        values = [_plain(value) for value in row]
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:  # Any: whatever a column holds
    return base64.b64encode(value).decode() if isinstance(value, bytes) else as_json(value)


def _row(form: TableForm, line: bytes) -> dict[str, Any]:
    try:
        values = json.loads(line)
        pairs = zip(form.columns, values, strict=True)
        return {name: _typed(kind, value) for (name, kind), value in pairs}
    except (ValueError, TypeError, AttributeError) as wrong:
        raise DumpDamagedError(table=form.name, reason=str(wrong)) from None


def _typed(kind: str, value: Any) -> Any:  # Any: whatever JSON holds
    if value is None:
        return None
    match kind:
        case "moment":
            return clock.parse_iso(value)
        case "date":
            return dt.date.fromisoformat(value)
        case "uuid":
            return UUID(value)
        case "bytes":
            return base64.b64decode(value)
        case _:
            return value


def _pointing_to_itself(connection: Connection, table: str) -> list[str]:
    keys = sa.inspect(connection).get_foreign_keys(table)
    return [
        name
        for key in keys
        if key["referred_table"] == table
        for name in key["constrained_columns"]
    ]


def _in_batches(rows: Iterable[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def form_of(document: Mapping[str, Any]) -> TableForm:
    """The form of a table as a manifest tells it."""
    columns = tuple((str(name), str(kind)) for name, kind in document["columns"])
    return TableForm(str(document["name"]), columns)
