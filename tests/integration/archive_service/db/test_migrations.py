"""Databases of the first release, rows in every table, upgraded on both kinds of server."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    insert,
    inspect,
    select,
)

from archive_service.app import create_app
from archive_service.audit import verify_events
from archive_service.db.migrate import (
    DatabaseNewerError,
    DatabaseTooOldError,
    bring_to,
    current,
    is_set_up,
    newest,
    upgrade,
)
from archive_service.db.opening_months import is_month
from archive_service.db.unit_of_work import Database
from archive_service.domain.tables import METADATA
from archive_service.setup.acts import init_archive
from ingest.submissions.acts import accept, submit
from tests.services.servers import PostgreSql
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.clients import OPEN_CODE, do_all, program_of
from tests.worlds.old_databases import (
    FIRST,
    begun,
    moved_to_first,
    next_release,
    tables_of,
    typed,
)
from tests.worlds.papers.bad_input import small_case
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.servers.databases import KINDS, opened

NEW_CODE = "H40.18.2025.09.QLCT"
ROWS = 3
NAMESPACE = UUID("00000000-0000-4000-8000-00000000c0de")
MORNING = dt.datetime(2026, 7, 1, 1, 2, 3, 456789, tzinfo=dt.UTC)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'archive.db'}"
    else:
        server: PostgreSql = request.getfixturevalue("postgresql")
        url = server.new_database()
    database = opened(url)
    yield database
    database.close()


def value(column: Column[Any], number: int) -> object:
    """Something plausible, another in each row."""
    kind = typed(column).type
    for foreign in column.foreign_keys:
        return value(foreign.column, number)
    if isinstance(kind, Uuid):
        return uuid5(NAMESPACE, f"{column.table.name} {number}")
    if isinstance(kind, Enum):
        return (
            kind.enums[number % len(kind.enums)]
            if kind.enum_class is None
            else list(kind.enum_class)[number % len(kind.enums)]
        )
    if isinstance(kind, String):
        words = f"{number} {column.name} ở {column.table.name}"
        return words[: kind.length]
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Integer | Float):
        return number
    if isinstance(kind, JSON):
        return {"số": number, "danh sách": ["ệ", None]}
    if isinstance(kind, Date):
        return MORNING.date()
    if isinstance(kind, LargeBinary):
        return bytes([number])
    moment = MORNING + dt.timedelta(days=number)
    naive = isinstance(kind, DateTime) and not hasattr(kind, "process_bind_param")
    return moment.replace(tzinfo=None) if naive else moment


def fill(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Rows in every table; what is read back, by table."""
    for table in tables_of(connection):
        plain = Table(table.name, MetaData(), *[typed(column) for column in table.columns])
        for number in range(1, ROWS + 1):
            row = {column.name: value(column, number) for column in table.columns}
            connection.execute(insert(plain).values(row))
    return {table.name: rows_of(connection, table) for table in tables_of(connection)}


def rows_of(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    columns = [typed(column) for column in table.columns]
    plain = Table(table.name, MetaData(), *columns)
    return sorted((tuple(row) for row in connection.execute(select(plain))), key=repr)


def test_every_row_of_the_first_version_is_there_in_the_newest(database: Database) -> None:
    with begun(database) as connection:
        bring_to(connection, FIRST)
        old_tables = tables_of(connection)
        before = fill(connection)
    with next_release():
        assert upgrade(database.engine)
        assert is_set_up(database.engine)
        assert not upgrade(database.engine)
    with database.engine.connect() as connection:
        after = {table.name: rows_of(connection, table) for table in old_tables}
        assert inspect(connection).has_table("visitor")
    assert len(before) > 100
    assert {len(rows) for rows in before.values()} == {ROWS}
    assert after == before


def test_a_home_of_the_first_version_works_on_after_the_upgrade(
    home: Path, database: Database, tmp_path: Path
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    with open_home(home) as services:
        before = program_of(create_app(services), services, "lan").get(f"/case-files/{OPEN_CODE}")
        moved_to_first(services.database, database)
    write_settings(home, read_settings(home) | {"database": {"url": url}})
    with next_release(), open_home(home) as services:
        init_archive(services, actor=OPERATOR)
        assert current(services.database.engine) == newest() != FIRST
        archivist = program_of(create_app(services), services, "lan")
        assert archivist.get(f"/case-files/{OPEN_CODE}").get_json() == before.get_json()
        small_case(tmp_path / "new", code=NEW_CODE)
        (submission,) = submit(tmp_path / "new", actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=person(services, "lan"))
        do_all(services)
        assert archivist.get(f"/case-files/{NEW_CODE}").get_json()["state"] == "stored"
        with services.read_only() as session:
            assert verify_events(session).ok


def test_the_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    upgrade(database.engine)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_whole}
        )
        assert compare_metadata(context, METADATA) == []


def _is_whole(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or not is_month(name or "")


def test_whether_the_tables_are_there_is_told_without_alembic(tmp_path: Path) -> None:
    upgraded = opened(f"sqlite:///{tmp_path / 'archive.db'}")
    upgrade(upgraded.engine)
    upgraded.close()
    script = """
import sys
from archive_service.db.migrate import is_set_up
from tests.worlds.servers.databases import opened
assert is_set_up(opened(sys.argv[1]).engine)
print([name for name in sys.modules if name.startswith("alembic")])
"""
    line = [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'archive.db'}"]
    root = Path(__file__).resolve().parents[4]
    done = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    upgrade(database.engine)
    with begun(database) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for act in (current, is_set_up, upgrade):
        with pytest.raises(DatabaseNewerError) as told:
            act(database.engine)
        assert told.value.facts == {"revision": "9999", "newest": newest()}


def test_a_database_from_before_the_first_release_is_told_what_to_do(database: Database) -> None:
    upgrade(database.engine)
    with begun(database) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0019'")
    for act in (current, is_set_up, upgrade):
        with pytest.raises(DatabaseTooOldError) as told:
            act(database.engine)
        assert told.value.facts == {"revision": "0019", "oldest": FIRST}


def test_an_upgrade_that_fails_leaves_the_old_tables(database: Database) -> None:
    with begun(database) as connection:
        bring_to(connection, FIRST)
        connection.exec_driver_sql("CREATE TABLE visitor (id INTEGER)")  # in its way
    with next_release(), pytest.raises(Exception, match="visitor"):
        upgrade(database.engine)
    assert current(database.engine) == FIRST
