"""An archive is brought to the release after it, proved before and after, or left alone."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from archive_service import clock
from archive_service.app import create_app
from archive_service.db import migrate
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.job import Job, JobState, Schedule
from archive_service.domain.people.account import Actor, Role
from archive_service.evidence.companions import read_companion
from archive_service.recovery.backup.acts import run_backup
from archive_service.recovery.upgrade.acts import (
    NothingToUpgradeError,
    UpgradeBackupMissingError,
    UpgradeOrder,
    UpgradeUnsoundError,
    WorkersBusyError,
    upgrade_archive,
)
from archive_service.services import Services
from archive_service.setup.acts import PERIODS
from archive_service.storage.acts import iter_acts
from tests.services.servers import PostgreSql
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.old_databases import FIRST, begun, moved_to_first, next_release
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.servers.databases import KINDS, opened

REASON = "chưa có bản sao lưu của phiên bản đầu"
ORDER = UpgradeOrder(without_backup=REASON, wait_s=0)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        server: PostgreSql = request.getfixturevalue("postgresql")
        url = server.new_database()
    database = opened(url)
    yield database
    database.close()


@pytest.fixture
def old(home: Path, database: Database) -> Iterator[Path]:
    """A home of the first release that holds two case files, seen by the release after it."""
    with open_home(home) as services:
        moved_to_first(services.database, database)
    url = database.engine.url.render_as_string(hide_password=False)
    write_settings(home, read_settings(home) | {"database": {"url": url}})
    with next_release():
        yield home


def changing(services: Services, statement: str) -> None:
    with begun(services.database) as connection:
        connection.execute(text(statement))


def upgraded(services: Services, order: UpgradeOrder = ORDER) -> dict[str, Any]:
    return upgrade_archive(services, order, actor=OPERATOR)


def test_an_archive_of_the_first_version_is_upgraded_with_a_signed_report(old: Path) -> None:
    with open_home(old) as services:
        told = upgraded(services)
        assert (told["from"], told["to"]) == (FIRST, migrate.newest())
        assert told["migrated"] is True
        assert told["differences"] == []
        assert told["compared"] == told["equal"] > 25  # tables, inventories of two copies, trail
        assert told["rows"]["case_file"] == 2
        assert Path(told["report"]).read_bytes().startswith(b"%PDF-1.7")
        with services.read_only() as session:
            act = session.scalars(select(Act).where(Act.kind == "upgrade")).one()
            assert set(session.scalars(select(Schedule.name))) == set(PERIODS)
        paper = read_companion(act, staging=services.staging, copies=services.copies)
        assert paper == Path(told["report"]).read_bytes()
        for copy in services.copies:
            (held,) = iter_acts(copy, "upgrade")
            assert held.document["body"]["without_backup"] == REASON
        client = program_of(create_app(services), services, "lan")
        assert client.get(f"/case-files/{OPEN_CODE}").get_json()["state"] == "stored"


def test_without_a_backup_of_the_last_day_nothing_begins(old: Path) -> None:
    with open_home(old) as services:
        with pytest.raises(UpgradeBackupMissingError):
            upgraded(services, UpgradeOrder(wait_s=0))
        assert migrate.current(services.database.engine) == FIRST


def test_a_job_in_a_workers_hands_is_waited_for(old: Path) -> None:
    with open_home(old) as services:
        soon = clock.now() + dt.timedelta(minutes=5)
        with begun(services.database) as connection:
            some = connection.execute(select(Job.id).limit(1)).scalar_one()
            held = {"state": JobState.RUNNING, "lease_until": soon}
            connection.execute(update(Job).where(Job.id == some).values(held))
        with pytest.raises(WorkersBusyError) as told:
            upgraded(services)
        assert told.value.facts == {"jobs": 1}
        assert migrate.current(services.database.engine) == FIRST


def test_a_migration_that_fails_leaves_the_old_archive(old: Path) -> None:
    with open_home(old) as services:
        changing(services, "CREATE TABLE visitor (id INTEGER)")  # in its way
        with pytest.raises(Exception, match="visitor"):
            upgraded(services)
        assert migrate.current(services.database.engine) == FIRST
        changing(services, "DROP TABLE visitor")
        assert upgraded(services)["migrated"] is True


FORGETFUL = {
    "sqlite": [
        "CREATE TRIGGER forgetful AFTER UPDATE ON alembic_version BEGIN {acts} END",
    ],
    "postgresql": [
        (
            "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql"
            " AS $$BEGIN {acts} RETURN NULL; END$$"
        ),
        "CREATE TRIGGER forgetful AFTER UPDATE ON alembic_version EXECUTE FUNCTION forget()",
    ],
}
ACTS = (
    "DELETE FROM finding; UPDATE audit_event SET account = 'x' WHERE number = 2 AND account <> 'x';"
)


def test_a_migration_that_loses_a_row_is_undone(old: Path) -> None:
    """Such a migration is none of ours: the database itself forgets while it runs."""
    with open_home(old) as services:
        for statement in FORGETFUL[services.database.engine.dialect.name]:
            changing(services, statement.format(acts=ACTS))
        told = upgraded(services)
        assert told["migrated"] is False
        names = [difference.split(":")[0] for difference in told["differences"]]
        assert names == ["audit_event", "finding", "audit event 2"]
        assert migrate.current(services.database.engine) == FIRST
        assert Path(told["report"]).read_bytes().startswith(b"%PDF")


def test_a_copy_that_differs_already_is_told_before_anything_is_changed(old: Path) -> None:
    inventory = next((old / "kho2").rglob("v1/inventory.json"))
    root = inventory.parent.parent
    inventory.write_bytes(b"{}")
    (root / "inventory.json").write_bytes(b"{}")
    with open_home(old) as services:
        with pytest.raises(UpgradeUnsoundError) as told:
            upgraded(services)
        assert str(told.value.facts["first"]).startswith("kho2 urn:uuid:")
        assert migrate.current(services.database.engine) == FIRST


def test_an_archive_of_today_is_proved_as_it_stands(home: Path, tmp_path: Path) -> None:
    with open_home(home) as services:
        run_backup(services, tmp_path / "medium", actor=OPERATOR)
    told = Command(home).ask("upgrade", "--to", tmp_path / "papers")
    assert (told["migrated"], told["differences"]) == (False, [])
    assert told["compared"] == told["equal"]
    assert Path(told["report"]).is_relative_to(tmp_path / "papers")


def test_nothing_is_upgraded_where_nothing_is(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    (home / "archive.db").unlink(missing_ok=True)
    write_settings(home, read_settings(home) | {"database": {"url": "sqlite:///none.db"}})
    with open_home(home) as services, pytest.raises(NothingToUpgradeError):
        upgraded(services)


def test_an_old_home_tells_every_command_to_upgrade_it(old: Path) -> None:
    answer = Command(old).run("status", "--json")
    assert (answer.code, answer.error["code"]) == (4, "database-older")


def test_a_home_from_before_the_first_release_is_told_which_version_upgrades_it(home: Path) -> None:
    with open_home(home) as services:
        changing(services, "UPDATE alembic_version SET version_num = '0019'")
    for command in ("status", "upgrade"):
        answer = Command(home).run(command, "--json")
        assert (answer.code, answer.error["code"]) == (6, "database-too-old")
        assert "phiên bản liền trước" in answer.error["remedy"]


def test_only_who_sets_up_upgrades(home: Path) -> None:
    with open_home(home) as services:
        for actor in (person(services, "lan"), Actor("x", Role.AUDITOR)):
            with pytest.raises(Exception, match="act-not-allowed"):
                upgrade_archive(services, ORDER, actor=actor)
        with services.read_only() as session:
            running = select(Job).where(Job.state == JobState.RUNNING)
            assert session.scalars(running).all() == []
