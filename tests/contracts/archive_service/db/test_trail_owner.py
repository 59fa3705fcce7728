"""On a PostgreSQL whose trail another role owns, the service works on and cannot change it."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from archive_service import clock
from archive_service.db.server_files import ServerFilesRightsError
from archive_service.db.trail_guards import FUNCTION, may_change_trail, unguard_trail
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.retention.removal import RemovalPlace
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.notices.incidents import open_incident
from archive_service.services import Services
from archive_service.status.production import LACKING, needs_of
from tests.guide.sources import ROOT
from tests.services.postgresql import OWNER, PostgreSql
from tests.worlds.archive import OPERATOR, Backends, new_home, open_home
from tests.worlds.retention.removing import claimed, do, resume, take_in
from tests.worlds.servers.backends import read_settings, write_settings

CODE = "H40.18.2025.09.QLCT"
_KNOWN = "SELECT 1 FROM pg_roles WHERE rolname = 'archive_trail'"  # one server has many archives


def block_of(document: str) -> str:
    """The statements that the operator's book has for it."""
    told = (ROOT / document).read_text("utf-8")
    (found,) = re.findall(r"```sql\n(.*?ROLE archive_trail.*?)```", told, re.DOTALL)
    return str(found)


def given_to(owner: "psycopg.Connection[Any]", role: str) -> None:
    """All of the database is this role's, as where it made the tables itself."""
    query = "SELECT relkind, oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'S') AND"
    kinds = {"r": "TABLE", "S": "SEQUENCE"}
    for kind, name in owner.execute(f"{query} relnamespace = 'public'::regnamespace").fetchall():
        owner.execute(f"ALTER {kinds[kind]} {name} OWNER TO {role}".encode())
    owner.execute(f"ALTER FUNCTION {FUNCTION}() OWNER TO {role}".encode())


@pytest.fixture
def services(postgresql: PostgreSql, tmp_path: Path) -> Iterator[Services]:
    """An archive whose service has a role of its own; then the block is carried out."""
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    role, settings = f"service_{secrets.token_hex(4)}", read_settings(home)
    url = settings["database"]["url"]
    name = url.rpartition("/")[2]
    postgresql.execute(f"CREATE ROLE {role} LOGIN")
    postgresql.execute(f"GRANT pg_monitor, pg_checkpoint TO {role}")
    postgresql.execute(f'ALTER DATABASE "{name}" OWNER TO {role}')
    settings["database"]["url"] = url.replace(f"{OWNER}@", f"{role}@")
    write_settings(home, settings)
    address = url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as owner:
        given_to(owner, role)
        owner.execute(f"GRANT EXECUTE ON FUNCTION pg_switch_wal() TO {role}".encode())
        for statement in block_of("docs/operations.md").split(";"):
            if "CREATE ROLE" in statement and owner.execute(_KNOWN).fetchone():
                continue
            if statement.strip():
                owner.execute(re.sub(r"\barchive\b", role, statement).encode())
    with open_home(home) as opened:
        take_in(opened, tmp_path / "from", CODE)
        yield opened


def refused(services: Services, statement: str) -> str:
    """The state (SQLSTATE) with which the server refuses it."""
    with (
        pytest.raises(DBAPIError) as kept,
        services.database.engine.begin() as connection,
    ):
        connection.execute(text(statement))
    return str(getattr(kept.value.orig, "sqlstate", None))


CHANGES = (
    "UPDATE audit_event SET account = 'x'",
    "DELETE FROM audit_event WHERE number = 1",
    "TRUNCATE audit_event",
    "UPDATE audit_segment SET sha256 = 'x'",
    "DELETE FROM audit_segment",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_event_stays ON audit_event",
    "ALTER TABLE audit_event RENAME TO mine",
    "DROP TABLE audit_segment",
    (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RETURN NEW; END$$"
    ),
    "DROP SCHEMA public CASCADE",
    "SET ROLE archive_trail",
)


def test_the_service_works_on_and_changes_nothing_of_the_trail(
    services: Services, tmp_path: Path
) -> None:
    for statement in CHANGES:
        assert refused(services, statement) == "42501", statement  # insufficient_privilege
    with pytest.raises(DBAPIError), services.database.engine.begin() as connection:
        unguard_trail(connection)
    with services.database.engine.connect() as connection:
        assert not may_change_trail(connection)
    assert "trail" not in {need.check for need in needs_of(services) if need.state == LACKING}
    take_in(services, tmp_path / "more", "H40.18.2025.08.QLCT")
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    claimed(services, CODE)
    do(services)
    resume(services)
    assert prove_trail(services).ok
    with services.read_only() as session:
        troubles = set(session.scalars(select(RemovalPlace.trouble)))
    assert ServerFilesRightsError.code not in troubles, "what is destroyed needs no more rights"


def test_what_such_a_service_writes_into_other_rows_is_found(services: Services) -> None:
    with services.writing() as session:
        open_incident(session, "copy-silent", "kho2", severity=IncidentSeverity.WARNING)
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    tally = check_catalogue(services, actor=OPERATOR)
    assert (tally.ok, tally.compared) == (True, 1)
    changes = (
        update(CaseFile).values(title="Khác"),
        update(Incident).values(closed_at=clock.now()),
        update(Account).where(Account.name == "lan").values(role=Role.ADMIN),
    )
    with services.writing() as session:
        for one in changes:
            session.execute(one)
    tally = check_catalogue(services, actor=OPERATOR)
    (row,) = tally.differing
    assert [field.field for field in row.fields] == ["case_file.title"]
    assert any(key.startswith("incident ") for key, _ in tally.acts)
    assert "account lan rights" in {misfit.name for misfit in tally.log}


def test_an_owner_is_told_as_unfit(postgresql: PostgreSql, tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home", Backends(postgresql=postgresql))) as services:
        with services.database.engine.connect() as connection:
            assert may_change_trail(connection)
        assert "trail" in {need.check for need in needs_of(services) if need.state == LACKING}
