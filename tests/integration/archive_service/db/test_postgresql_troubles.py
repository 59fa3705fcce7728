"""What a PostgreSQL server refuses, ends or never answers, and what goes on afterwards."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, make_url, select, text
from sqlalchemy.orm import Session

from archive_service import audit, clock
from archive_service.audit import record_event
from archive_service.db.engine import Bounds
from archive_service.db.migrate import is_set_up, upgrade
from archive_service.db.renewal import renew, take_place
from archive_service.db.unit_of_work import (
    Database,
    DatabaseUnreachableError,
    StaleWriteError,
    take_write_lock,
)
from archive_service.domain.people.account import WORKER, Account, Role
from tests.services.servers import PostgreSql, run_postgresql
from tests.worlds.servers.databases import make_tables, opened

QUICK = Bounds(pool_size=1, pool_overflow=1, pool_timeout_s=0.2, lock_timeout_s=0.3)


@pytest.fixture
def url(postgresql: PostgreSql) -> Iterator[str]:
    url = postgresql.new_database()
    make_tables(url)
    yield url
    postgresql.drop_database(url)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = opened(url, QUICK)
    yield database
    database.close()


def add_account(
    database: Database, name: str, *, meanwhile: Callable[[], object] = lambda: None
) -> None:
    with database.writing() as session:
        session.add(Account(name=name, role=Role.READER, created_at=clock.now()))
        session.flush()
        meanwhile()
        record_event(session, "account:added", subject_id=name, actor=WORKER)


def count(database: Database) -> int:
    with database.read_only() as session:
        return session.scalars(select(func.count()).select_from(Account)).one()


def test_a_server_that_dies_in_a_transaction_loses_it_and_no_other() -> None:
    with run_postgresql(durable=True) as server:
        url = server.new_database()
        make_tables(url)
        database = opened(url, QUICK)
        add_account(database, "before")
        with pytest.raises(DatabaseUnreachableError):
            add_account(database, "lost", meanwhile=server.kill)
        with pytest.raises(DatabaseUnreachableError):
            count(database)
        server.restart()
        add_account(database, "after")
        with database.read_only() as session:
            names = set(session.scalars(select(Account.name)))
            assert audit.verify_events(session).ok
        assert names == {"before", "after"}
        database.close()


def test_a_connection_that_an_administrator_ended_costs_one_unit_of_work(
    database: Database, url: str
) -> None:
    with pytest.raises(DatabaseUnreachableError):
        add_account(database, "lost", meanwhile=lambda: end_all(url))
    add_account(database, "lan")
    assert count(database) == 1


def end_all(url: str) -> None:
    """Every connection to this database but the one that says so."""
    database = opened(url)
    with database.engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    database.close()


def test_a_connection_that_ended_in_the_pool_is_never_given_out(
    database: Database, url: str
) -> None:
    add_account(database, "lan")
    end_all(url)
    assert count(database) == 1


def test_who_finds_no_connection_free_is_told_in_time(database: Database) -> None:
    with database.read_only() as session, database.read_only() as two:
        assert session.scalar(select(1)) == two.scalar(select(1))
        with pytest.raises(DatabaseUnreachableError):
            count(database)
    assert count(database) == 0


def test_a_server_without_a_connection_left_is_unreachable(
    postgresql: PostgreSql, url: str
) -> None:
    name = make_url(url).database
    postgresql.execute("CREATE ROLE guest LOGIN IN ROLE archive CONNECTION LIMIT 1")
    postgresql.execute(f'GRANT ALL ON DATABASE "{name}" TO guest')
    guest = url.replace("archive@", "guest@")
    first, second = opened(guest), opened(guest)
    with first.read_only() as session:
        session.scalar(select(1))
        with pytest.raises(DatabaseUnreachableError, match="too many connections"):
            count(second)
    first.close()
    second.close()


def test_a_statement_that_takes_too_long_is_ended(url: str) -> None:
    database = opened(url, Bounds(statement_timeout_s=0.2))
    with pytest.raises(DatabaseUnreachableError), database.read_only() as session:
        session.execute(text("SELECT pg_sleep(20)"))
    assert count(database) == 0
    database.close()


def test_a_row_that_another_holds_is_waited_for_only_so_long(database: Database, url: str) -> None:
    add_account(database, "lan")
    other = opened(url, QUICK)
    with other.unit_of_work() as holder:
        holder.session.scalars(select(Account).with_for_update()).one()
        with pytest.raises(DatabaseUnreachableError), database.unit_of_work() as uow:
            uow.session.scalars(select(Account).with_for_update()).one()
    other.close()


def test_a_transaction_in_which_nothing_happens_is_ended(url: str) -> None:
    database = opened(url, Bounds(idle_timeout_s=0.1))
    with pytest.raises(DatabaseUnreachableError):
        add_account(database, "slow", meanwhile=lambda: time.sleep(0.4))
    assert count(database) == 0
    database.close()


def test_of_two_that_wait_for_each_other_one_is_overtaken(database: Database, url: str) -> None:
    for name in ("lan", "mai"):
        add_account(database, name)
    other = opened(url)
    patient = opened(url)
    both_hold = threading.Barrier(2)
    overtaken: list[str] = []

    def change(archive: Database, first: str, second: str) -> None:
        try:
            with archive.writing() as session:
                hold(session, first)
                both_hold.wait(10)
                hold(session, second)
        except StaleWriteError:
            overtaken.append(first)

    threads = [
        threading.Thread(target=change, args=(patient, "lan", "mai")),
        threading.Thread(target=change, args=(other, "mai", "lan")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(overtaken) == 1
    patient.close()
    other.close()


def hold(session: Session, name: str) -> None:
    session.scalars(select(Account).where(Account.name == name).with_for_update()).one()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("53100", DatabaseUnreachableError),  # disk full
        ("53300", DatabaseUnreachableError),  # too many connections
        ("57P01", DatabaseUnreachableError),  # the administrator shuts it down
        ("40001", StaleWriteError),  # could not be serialized
    ],
)
def test_what_the_server_says_is_told_by_what_can_be_done(
    database: Database, state: str, told: type[Exception]
) -> None:
    raising = text(f"DO $$ BEGIN RAISE SQLSTATE '{state}' USING MESSAGE = 'as told'; END $$")
    with pytest.raises(told), database.unit_of_work() as uow:
        uow.session.execute(raising)


def test_a_reader_writes_nothing(database: Database) -> None:
    with database.read_only() as session:
        told = session.scalars(text("SHOW transaction_read_only")).one()
        level = session.scalars(text("SHOW transaction_isolation")).one()
    assert (told, level) == ("on", "repeatable read")
    add_account(database, "lan")  # the same connection, for a writer


def test_others_read_the_old_tables_until_the_new_ones_take_their_place(
    postgresql: PostgreSql,
) -> None:
    url = postgresql.new_database()
    database, other = opened(url, QUICK), opened(url, QUICK)
    upgrade(database.engine)
    add_account(database, "old")
    with database.unit_of_work() as uow:
        take_write_lock(uow.session)
        renew(uow.session.connection())
        uow.session.add(Account(name="new", role=Role.READER, created_at=clock.now()))
        with other.read_only() as session:
            assert session.scalars(select(Account.name)).all() == ["old"]
        with pytest.raises(DatabaseUnreachableError):  # nobody writes what would be lost
            add_account(other, "meanwhile")
        uow.session.flush()
        take_place(uow.session.connection())
        uow.commit()
    with other.read_only() as session:
        assert session.scalars(select(Account.name)).all() == ["new"]
    assert is_set_up(other.engine)
    other.close()
    database.close()


def test_a_renewal_that_is_given_up_leaves_the_old_tables(postgresql: PostgreSql) -> None:
    url = postgresql.new_database()
    database = opened(url, QUICK)
    upgrade(database.engine)
    add_account(database, "old")
    for _ in range(2):
        with database.unit_of_work() as uow:
            take_write_lock(uow.session)
            renew(uow.session.connection())
            take_place(uow.session.connection())
    assert is_set_up(database.engine)
    assert count(database) == 1
    database.close()


def test_who_waits_to_commit_into_tables_that_go_is_told_and_stops_nobody(
    postgresql: PostgreSql,
) -> None:
    url = postgresql.new_database()
    database, other = opened(url), opened(url)
    upgrade(database.engine)
    told: list[type[Exception]] = []
    ready = threading.Event()

    def write() -> None:
        try:
            with other.writing() as session:
                session.add(Account(name="late", role=Role.READER, created_at=clock.now()))
                session.flush()
                ready.set()
        except DatabaseUnreachableError as trouble:
            told.append(type(trouble))

    writer = threading.Thread(target=write)
    with database.writing() as session:
        take_write_lock(session)
        renew(session.connection())
        writer.start()
        ready.wait(10)
        time.sleep(0.2)  # it waits by now
        take_place(session.connection())
    writer.join()
    assert told == [DatabaseUnreachableError]
    assert count(database) == 0
    database.close()
    other.close()


def test_two_machines_that_start_at_once_upgrade_once(postgresql: PostgreSql) -> None:
    url = postgresql.new_database()
    machines = [opened(url) for _ in range(3)]
    done: list[bool] = []
    threads = [
        threading.Thread(target=lambda own=machine: done.append(upgrade(own.engine)))
        for machine in machines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, True]
    for machine in machines:
        machine.close()
