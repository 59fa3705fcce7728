"""What destroyed rows leave in the files of a database server, and when it is gone from them."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.retention.removal import DESTROY_JOB, Removal, RemovalPlace
from archive_service.services import Services
from tests.faults.retention.destruction.home import CODES, MARKS, stored_home
from tests.services.postgresql import run_postgresql
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, copy_home
from tests.worlds.retention.removing import (
    case_of,
    claimed,
    do,
    is_alarmed,
    iter_marked,
    open_with_erasers,
    resume,
    states,
)

MARK, OTHER_MARK = MARKS[0].encode(), MARKS[1].encode()
PLACE = "database-file"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSql]:
    """A server of its own: its log holds no word of other tests."""
    with run_postgresql() as running:
        yield running


@pytest.fixture(scope="module")
def stored(server: PostgreSql, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in it with case files in custody, each with a word of its own."""
    return stored_home(tmp_path_factory.mktemp("scanned"), Backends(postgresql=server))


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it, with a database of its own."""
    with open_with_erasers(copy_home(stored, tmp_path / "home")) as opened:
        yield opened


def test_nothing_is_left_in_tables_statistics_and_log(
    server: PostgreSql, services: Services
) -> None:
    with alone(services.database.engine) as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    assert set(found_in(server, services, MARK)) == {"base", "pg_wal"}, "the scan can find it"
    removal_id = claimed(services, CODES[0])
    do(services)
    assert states(services, removal_id)[PLACE] == "gone"
    assert case_of(services, CODES[0]).state is CaseState.DESTROYED
    assert found_in(server, services, MARK) == []
    assert "base" in found_in(server, services, OTHER_MARK)
    proof = place_of(services, removal_id).proof
    assert proof["left"] == 0
    assert proof["xid"] > 0
    assert proof["redo"]


def test_a_reader_from_before_keeps_it_open_until_he_has_ended(
    server: PostgreSql, services: Services
) -> None:
    removal_id = claimed(services, CODES[0])
    old = services.database.engine.execution_options(isolation_level="REPEATABLE READ")
    with old.connect() as reader:
        assert reader.scalar(text("SELECT count(*) FROM station")) is not None
        do(services, once=True)
        place = place_of(services, removal_id)
        assert (place.state.value, place.trouble) == ("open", "server-files-busy")
        assert case_of(services, CODES[0]).state is CaseState.STORED
    resume(services)
    assert states(services, removal_id)[PLACE] == "gone"
    assert found_in(server, services, MARK) == []


def test_a_reader_who_ends_soon_is_waited_for(services: Services) -> None:
    removal_id = claimed(services, CODES[0])
    old = services.database.engine.execution_options(isolation_level="REPEATABLE READ")
    with old.connect() as reader:
        assert reader.scalar(text("SELECT count(*) FROM station")) is not None
        ends = threading.Timer(1.0, reader.rollback)
        ends.start()
        do(services)
        ends.join()
    assert states(services, removal_id)[PLACE] == "gone"


def test_a_table_that_is_in_use_is_not_waited_for(services: Services) -> None:
    removal_id = claimed(services, CODES[0])
    bounds = services.settings.destruction.model_copy(update={"rewrite_lock_timeout_s": 0.1})
    hurried = replace(
        services, settings=services.settings.model_copy(update={"destruction": bounds})
    )
    with services.database.engine.connect() as busy:
        busy.execute(text("LOCK TABLE idempotent_request IN ACCESS SHARE MODE"))
        do(hurried, once=True)
        assert place_of(services, removal_id).trouble == "server-files-busy"
        assert not is_alarmed(services), "it is tried again before anybody has to act"
        with services.writing() as session:
            removal = session.get_one(Removal, removal_id)
            removal.claimed_at -= dt.timedelta(days=1)
            services.jobs.add(session, DESTROY_JOB, subject_id=removal.case_file_id)
        do(hurried, once=True)
        assert is_alarmed(services)
    resume(services)
    assert case_of(services, CODES[0]).state is CaseState.DESTROYED


def test_much_waits_for_its_hours(services: Services) -> None:
    removal_id = claimed(services, CODES[0])
    hour = clock.local(clock.now()).hour
    bounds = services.settings.destruction.model_copy(
        update={"rewrite_at_once_bytes": 0, "rewrite_hours": [(hour + 2) % 24, (hour + 4) % 24]}
    )
    waiting = replace(
        services, settings=services.settings.model_copy(update={"destruction": bounds})
    )
    do(waiting)
    place = place_of(services, removal_id)
    assert place.trouble == "server-files-later"
    assert place.until is not None
    assert 0 < (place.until - clock.now()).total_seconds() <= 2 * 3600
    now = bounds.model_copy(update={"rewrite_hours": [hour, (hour + 2) % 24]})
    with services.writing() as session:  # the hour has come
        session.get_one(RemovalPlace, place.id).until = None
    resume(replace(services, settings=services.settings.model_copy(update={"destruction": now})))
    assert case_of(services, CODES[0]).state is CaseState.DESTROYED


def test_a_role_without_rights_keeps_it_open_until_it_has_them(
    server: PostgreSql, services: Services
) -> None:
    name = services.database.engine.url.database
    owner = services.database.engine
    with alone(owner) as connection:
        for statement in (
            "CREATE ROLE plain LOGIN",
            f'ALTER DATABASE "{name}" OWNER TO plain',
            *(f'ALTER TABLE "{table}" OWNER TO plain' for table in tables_in(connection)),
        ):
            connection.execute(text(statement))
    removal_id = claimed(services, CODES[0])
    url = owner.url.set(username="plain").render_as_string()
    database = services.settings.database.model_copy(update={"url": url})
    settings = services.settings.model_copy(update={"database": database})
    from archive_service.bootstrap import open_services

    plain = open_services(settings)
    try:
        do(plain)
        assert place_of(services, removal_id).trouble == "server-files-rights"
        for right in (
            "GRANT pg_monitor, pg_checkpoint TO plain",
            "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO plain",
        ):
            with alone(owner) as connection:
                connection.execute(text(right))
        resume(plain)
        assert case_of(plain, CODES[0]).state is CaseState.DESTROYED
    finally:
        plain.close()
    assert found_in(server, services, MARK) == []


def place_of(services: Services, removal_id: object) -> RemovalPlace:
    with services.read_only() as session:
        places = session.get_one(Removal, removal_id).places
        return next(place for place in places if place.place == PLACE)


def tables_in(connection: Connection) -> list[str]:
    told = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return list(told.scalars())


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Without a transaction."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection


def found_in(server: PostgreSql, services: Services, mark: bytes) -> list[str]:
    """``base``: the files of this database, statistics too; ``pg_wal``: the server's log."""
    data = Path(server.process.log).parent / "data"
    with alone(services.database.engine) as connection:
        number = connection.scalar(
            text("SELECT oid FROM pg_database WHERE datname = current_database()")
        )
    places = {"base": data / "base" / str(number), "pg_wal": data / "pg_wal"}
    return [name for name, folder in places.items() if list(iter_marked(folder, mark))]
