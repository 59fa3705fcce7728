"""Tables as JSON lines: whole, typed, and the same into any database."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select

from archive_service.db.engine import WRITING, open_engine, resolve_url
from archive_service.db.migrate import bring_to, newest
from archive_service.domain.tables import METADATA
from archive_service.recovery.backup.dump import (
    LEFT_OUT,
    DumpDamagedError,
    iter_parts,
    load_table,
    snapshot,
    table_forms,
)
from tests.services.servers import PostgreSql
from tests.worlds.old_databases import next_release


def dumped(engine: Engine) -> dict[str, list[bytes]]:
    """Every table as its lines."""
    with snapshot(engine) as connection:
        return {
            form.name: b"".join(data for data, _ in iter_parts(connection, form)).splitlines()
            for form in table_forms()
        }


def loaded(engine: Engine, lines: dict[str, list[bytes]]) -> Engine:
    """The rows in a new database."""
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        bring_to(connection, "head")
        for form in table_forms():
            load_table(connection, form, lines[form.name])
    return engine


def rows_of(engine: Engine) -> dict[str, list[str]]:
    """All rows as the product reads them."""
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(row) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
            if table.name not in LEFT_OUT
        }


def database(file: Path) -> Engine:
    return open_engine(resolve_url(f"sqlite:///{file}", file.parent))


def test_a_database_comes_back_row_by_row(home: Path, tmp_path: Path) -> None:
    first = database(home / "archive.db")
    lines = dumped(first)
    again = loaded(database(tmp_path / "again.db"), lines)
    assert rows_of(again) == rows_of(first)
    assert dumped(again) == lines
    assert sum(map(len, lines.values())) > 50


def test_sqlite_to_postgresql_and_back_is_the_same(
    home: Path, tmp_path: Path, postgresql: PostgreSql
) -> None:
    first = database(home / "archive.db")
    server = open_engine(resolve_url(postgresql.new_database(), home))
    middle = dumped(loaded(server, dumped(first)))
    last = loaded(database(tmp_path / "last.db"), middle)
    server.dispose()
    assert middle == dumped(first)
    assert rows_of(last) == rows_of(first)


def test_a_dump_of_an_older_form_is_brought_to_the_newest(home: Path, tmp_path: Path) -> None:
    """As a backup of this release, read by a later one."""
    first = database(home / "archive.db")
    lines = dumped(first)
    engine = database(tmp_path / "older.db")
    writing = engine.execution_options(**{WRITING: True})
    this_release = newest()
    with next_release(), writing.begin() as connection:
        bring_to(connection, this_release)
        for form in table_forms():
            load_table(connection, form, lines[form.name])
        bring_to(connection, "head")
        assert inspect(connection).has_table("visitor")
    assert rows_of(engine) == rows_of(first)


def test_nobody_is_signed_in_after_a_restore() -> None:
    assert "web_session" not in {form.name for form in table_forms()}


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"no json", b'["a","b"]'])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: bytes) -> None:
    engine = database(tmp_path / "empty.db")
    form = next(form for form in table_forms() if form.name == "act")
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        bring_to(connection, "head")
        with pytest.raises(DumpDamagedError):
            load_table(connection, form, [line])
