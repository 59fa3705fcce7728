"""What SQLite alone promises: the lock at the first statement, full durability, its own limits."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError

from archive_service import clock
from archive_service.db.engine import DatabaseUrlError, resolve_url
from archive_service.db.unit_of_work import (
    Database,
    DatabaseUnreachableError,
    ValueNotStorableError,
)
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Account, Role
from tests.worlds.servers.databases import make_tables, opened


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'archive.db'}"
    make_tables(url)
    database = opened(url)
    yield database
    database.close()


def add_account(database: Database, name: str) -> None:
    with database.writing() as session:
        session.add(Account(name=name, role=Role.READER, created_at=clock.now()))


def test_a_writer_holds_the_lock_from_its_first_statement(
    database: Database, tmp_path: Path
) -> None:
    add_account(database, "bach")
    impatient = opened(f"sqlite:///{tmp_path / 'archive.db'}")
    with database.unit_of_work() as uow:
        uow.session.scalar(select(Account.name))  # it only reads, so far
        with impatient.engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout=0")
            with pytest.raises(OperationalError, match="locked"):
                other.execute(text("UPDATE account SET display_name = 'x'"))
    impatient.close()


def test_commits_are_durable_and_keys_are_held_to(database: Database) -> None:
    with database.engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert told == ["wal", 2, 1]  # 2: FULL


def test_a_database_that_is_gone_is_trouble_with_a_backend(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    database = opened(f"sqlite:///{folder / 'archive.db'}")
    folder.rmdir()
    with pytest.raises(DatabaseUnreachableError), database.unit_of_work() as uow:
        uow.session.scalar(select(Account.name))
    with pytest.raises(DatabaseUnreachableError), database.read_only() as session:
        session.scalar(select(Account.name))
    database.close()


def add_large_job(database: Database) -> None:
    now = clock.now()
    with database.writing() as session:
        row = Job(name="build", run_at=now, created_at=now, checkpoint={"pages": "b" * 5000})
        session.add(row)


def limit_values(connection: sqlite3.Connection, _entry: object) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4096)


def test_a_value_too_long_for_the_database_is_the_senders_to_shorten(database: Database) -> None:
    database.engine.dispose()
    listen(database.engine, "connect", limit_values)
    with pytest.raises(ValueNotStorableError):
        add_large_job(database)
    with pytest.raises(ValueNotStorableError), database.unit_of_work() as uow:
        uow.session.scalar(select(Account.name).where(Account.name == "b" * 5000))
    with pytest.raises(ValueNotStorableError), database.read_only() as session:
        session.scalar(select(Account.name).where(Account.name == "b" * 5000))


def test_a_pattern_too_long_to_look_for_is_no_silence(database: Database) -> None:
    add_account(database, "bach")  # who reads no row compares nothing
    with pytest.raises(ValueNotStorableError), database.read_only() as session:
        session.scalar(select(Account.name).where(Account.name.like("a" * 60_000)))


def test_only_known_databases_are_opened(tmp_path: Path) -> None:
    for url in ("mysql://host/name", "no url at all"):
        with pytest.raises(DatabaseUrlError):
            resolve_url(url, tmp_path)
    assert resolve_url("sqlite:///archive.db", tmp_path).database == str(tmp_path / "archive.db")
