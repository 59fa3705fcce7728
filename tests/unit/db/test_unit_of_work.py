"""A unit of work stands whole or not at all, takes the lock first, and chains in commit order."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.event import listen
from sqlalchemy.exc import IntegrityError, OperationalError

from archive_service import audit, clock
from archive_service.audit import record_event
from archive_service.db.engine import DatabaseUrlError, open_engine, resolve_url
from archive_service.db.unit_of_work import (
    Database,
    DatabaseUnreachableError,
    StaleWriteError,
    ValueNotStorableError,
)
from archive_service.domain.account import WORKER, Account, Role
from archive_service.domain.audit_event import AuditEvent
from archive_service.domain.tables import METADATA


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = opened(tmp_path / "archive.db")
    METADATA.create_all(database.engine)
    yield database
    database.close()


def opened(path: Path) -> Database:
    return Database(open_engine(make_url(f"sqlite:///{path}")), audit.chain_pending)


def add_account(database: Database, name: str = "bach") -> None:
    with database.unit_of_work() as uow:
        uow.session.add(Account(name=name, role=Role.READER, created_at=clock.now()))
        uow.commit()


def names(database: Database) -> list[str]:
    with database.read_only() as session:
        return list(session.scalars(select(Account.name).order_by(Account.name)))


def test_without_a_commit_nothing_stands(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.session.add(Account(name="bach", role=Role.READER, created_at=clock.now()))
        record_event(uow.session, "account:added", subject_id=None, actor=WORKER)
        uow.session.flush()
    assert names(database) == []
    with database.read_only() as session:
        assert audit.last_number(session) == 0


def add_and_fail(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.session.add(Account(name="bach", role=Role.READER, created_at=clock.now()))
        uow.session.flush()
        raise ZeroDivisionError


def test_an_error_rolls_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail(database)
    assert names(database) == []


def test_outside_its_block_it_has_no_session(database: Database) -> None:
    unit = database.unit_of_work()
    with pytest.raises(RuntimeError):
        _ = unit.session
    with unit:
        assert unit.session is not None


def test_what_is_changed_in_a_view_is_thrown_away(database: Database) -> None:
    add_account(database)
    with database.read_only() as session:
        session.scalars(select(Account)).one().display_name = "changed"
    with database.read_only() as session:
        assert session.scalars(select(Account)).one().display_name != "changed"


@pytest.mark.parametrize("early", [False, True], ids=["at the commit", "at a flush before it"])
def test_the_second_of_two_editors_is_told(database: Database, *, early: bool) -> None:
    add_account(database)
    with database.read_only() as one, database.read_only() as other:
        first = one.scalars(select(Account)).one()
        second = other.scalars(select(Account)).one()
        one.expunge_all()
        other.expunge_all()
    edit(database, first, "Trần Văn Bách")
    with pytest.raises(StaleWriteError):
        edit(database, second, "Người khác", flush=early)
    with database.read_only() as session:
        assert session.scalars(select(Account)).one().display_name == "Trần Văn Bách"


def edit(database: Database, account: Account, name: str, *, flush: bool = False) -> None:
    """As somebody does who read the account a while ago."""
    with database.unit_of_work() as uow:
        uow.session.add(account)
        account.display_name = name
        if flush:
            uow.session.flush()
        uow.commit()


def test_a_name_taken_a_moment_earlier_is_a_conflict(database: Database) -> None:
    add_account(database)
    with pytest.raises(StaleWriteError):
        add_account(database)


def test_a_writer_holds_the_lock_from_its_first_statement(
    database: Database, tmp_path: Path
) -> None:
    add_account(database)
    impatient = opened(tmp_path / "archive.db")
    with database.unit_of_work() as uow:
        uow.session.scalar(select(Account.name))  # it only reads, so far
        with impatient.engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout=0")
            with pytest.raises(OperationalError, match="locked"):
                other.execute(text("UPDATE account SET display_name = 'x'"))
    impatient.close()


def test_a_reader_waits_for_nobody_and_keeps_its_view(database: Database) -> None:
    add_account(database)
    with database.read_only() as session:
        assert list(session.scalars(select(Account.name))) == ["bach"]
        add_account(database, "lan")
        assert list(session.scalars(select(Account.name))) == ["bach"]
    assert names(database) == ["bach", "lan"]


def test_a_reader_takes_no_lock(database: Database) -> None:
    add_account(database)
    with database.read_only() as session:
        session.scalar(select(Account.name))
        add_account(database, "lan")


def test_commits_are_durable_and_keys_are_held_to(database: Database) -> None:
    with database.engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert told == ["wal", 2, 1]  # 2: FULL


def test_a_database_that_is_gone_is_trouble_with_a_backend(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    database = opened(folder / "archive.db")
    folder.rmdir()
    with pytest.raises(DatabaseUnreachableError), database.unit_of_work() as uow:
        uow.session.scalar(select(Account.name))
    with pytest.raises(DatabaseUnreachableError), database.read_only() as session:
        session.scalar(select(Account.name))
    database.close()


def limit_values(connection: sqlite3.Connection, _entry: object) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4096)


def test_a_value_too_long_for_the_database_is_the_senders_to_shorten(database: Database) -> None:
    database.engine.dispose()
    listen(database.engine, "connect", limit_values)
    with pytest.raises(ValueNotStorableError):
        add_account(database, "b" * 5000)
    with pytest.raises(ValueNotStorableError), database.unit_of_work() as uow:
        uow.session.scalar(select(Account.name).where(Account.name == "b" * 5000))
    with pytest.raises(ValueNotStorableError), database.read_only() as session:
        session.scalar(select(Account.name).where(Account.name == "b" * 5000))


def test_an_error_of_the_database_never_quotes_what_was_written(database: Database) -> None:
    add_account(database)
    secret = "$argon2id$the-hash-of-a-password"
    taken = Account(name="bach", role=Role.READER, created_at=clock.now(), password_hash=secret)
    with database.read_only() as session:
        session.add(taken)
        with pytest.raises(IntegrityError) as told:
            session.flush()
    assert secret not in str(told.value)


def test_only_known_databases_are_opened(tmp_path: Path) -> None:
    for url in ("mysql://host/name", "no url at all"):
        with pytest.raises(DatabaseUrlError):
            resolve_url(url, tmp_path)
    assert resolve_url("sqlite:///archive.db", tmp_path).database == str(tmp_path / "archive.db")


def write_events(path: Path, writer: str, count: int) -> None:
    database = opened(path)
    for number in range(count):
        with database.unit_of_work() as uow:
            for part in range(2):
                record_event(
                    uow.session,
                    "test:written",
                    subject_id=writer,
                    actor=WORKER,
                    data={"number": number, "part": part},
                )
            uow.commit()
    database.close()


def require_one_chain(database: Database, writers: int, count: int) -> None:
    with database.read_only() as session:
        assert audit.verify_events(session).ok
        events = list(session.scalars(select(AuditEvent).order_by(AuditEvent.number)))
    assert [event.number for event in events] == list(range(1, writers * count * 2 + 1))
    for first, second in zip(events[::2], events[1::2], strict=True):  # a unit's stand together
        assert (first.subject_id, first.data["number"]) == (
            second.subject_id,
            second.data["number"],
        )
    for writer in {event.subject_id for event in events}:
        own = [event.data["number"] for event in events if event.subject_id == writer]
        assert own == sorted(own)


def test_threads_write_one_chain(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    threads = [threading.Thread(target=write_events, args=(path, str(n), 10)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    require_one_chain(database, 4, 10)


def test_processes_write_one_chain(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    context = multiprocessing.get_context("fork")
    database.close()
    processes = [context.Process(target=write_events, args=(path, str(n), 10)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    require_one_chain(database, 3, 10)
