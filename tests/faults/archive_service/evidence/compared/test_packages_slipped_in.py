"""An operator puts versions and ends of case files into rows that no event tells of."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.removal import Removal, RemovalGround
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from tests.faults.archive_service.evidence.rewriting import change
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        yield services


def _stored(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == STORED_CODE)).one()


def add(services: Services, row: object) -> None:
    with services.writing() as session:
        session.add(row)


def version_slipped_in(services: Services) -> str:
    row, digest = _stored(services), "ab" * 32
    who = {"message": "", "built_by": "worker", "built_at": clock.now()}
    made = PackageVersion(case_file_id=row.id, number=2, inventory_sha256=digest, **who)
    add(services, made)
    return f"{STORED_CODE} v2"


def told_as_built(services: Services) -> str:
    """What is not at rest is compared once its version is stored: that would be never."""
    change(services, update(CaseFile).values(version_built=2, title="Khác"))
    return f"{STORED_CODE} v2"


def told_as_stored(services: Services) -> str:
    versions = {"version_built": 2, "version_stored": 2, "version_wanted": 2}
    change(services, update(CaseFile).values(**versions, title="Khác"))
    return f"{STORED_CODE} v2"


def never_wanted(services: Services) -> str:
    """Neither at rest nor waiting: nothing would ever look at it again."""
    change(services, update(CaseFile).values(version_wanted=0, title="Khác"))
    return f"{STORED_CODE} v1"


def never_built(services: Services) -> str:
    versions = {"version_built": 0, "version_stored": 0, "version_wanted": 0}
    change(services, update(CaseFile).values(**versions, title="Khác"))
    return f"{STORED_CODE} v1"


def told_as_waiting(services: Services) -> str:
    """Nothing would be looked for in the copies."""
    change(services, update(CaseFile).values(state=CaseState.ACCEPTED))
    return f"{STORED_CODE} v1"


def another_slipped_in(services: Services) -> str:
    """In lists it is one that is kept; no copy has it, and no event tells of it."""
    versions = {"version_built": 1, "version_stored": 1, "version_wanted": 1}
    with services.writing() as session:
        kept = {"code": "H40.18.2025.99.QLCT", "state": CaseState.STORED}
        any_row(session, CaseFile, **kept, **versions)
    return "H40.18.2025.99.QLCT v1"


def accepted_by_nobody(services: Services) -> str:
    """Laid in as if somebody had accepted it, and packed by the service in good faith."""
    with services.writing() as session:
        row = any_row(
            session, CaseFile, code="H40.18.2025.98.QLCT", version_built=1, version_wanted=1
        )
        who = {"message": "", "built_by": "worker", "built_at": clock.now()}
        digest = "ab" * 32
        session.add(PackageVersion(case_file_id=row.id, number=1, inventory_sha256=digest, **who))
        told = {"version": 1, "inventory_sha256": digest, "built_by": "worker"}
        record_event(session, "version:built", subject_id=row.id, actor=WORKER, data=told)
    return "H40.18.2025.98.QLCT v1"


def told_as_destroyed(services: Services) -> str:
    change(services, update(CaseFile).values(state=CaseState.DESTROYED))
    return f"{STORED_CODE} removal"


def told_as_transferred(services: Services) -> str:
    change(services, update(CaseFile).values(state=CaseState.TRANSFERRED))
    return f"{STORED_CODE} removal"


def told_as_going(services: Services) -> str:
    change(services, update(CaseFile).values(removing_since=clock.now()))
    return f"{STORED_CODE} removal"


def claimed_and_kept(services: Services) -> str:
    """As if the gate had claimed it, so that nobody compares its package any more; it stays."""
    row = _stored(services)
    with services.writing() as session:
        removal = any_row(session, Removal, case_file_id=row.id, code=row.code)
        told = {"removal": str(removal.id)}
        record_event(session, "case-file:removal-claimed", of=row, actor=WORKER, data=told)
    change(services, update(PackageVersion).values(inventory_sha256="ab" * 32))
    return f"{STORED_CODE} removal"


def removed_by_hand(services: Services) -> str:
    """As if the gate had claimed it: the rows of its package are gone, a tombstone stands."""
    row, now = _stored(services), clock.now()
    removal = Removal(
        id=uuid4(),
        case_file_id=row.id,
        ocfl_id=row.ocfl_id,
        code=row.code,
        ground=RemovalGround.DISPOSITION,
        ground_id=uuid4(),
        versions=1,
        files=1,
        size_bytes=1,
        inventory_sha256="ab" * 32,
        claimed_by="hung",
        claimed_at=now,
        done_at=now,
    )
    add(services, removal)
    change(services, delete(PackageVersion), update(CaseFile).values(removing_since=now))
    return f"{STORED_CODE} removal"


@pytest.mark.parametrize(
    "attack",
    [
        version_slipped_in,
        told_as_built,
        told_as_stored,
        never_wanted,
        never_built,
        told_as_waiting,
        another_slipped_in,
        accepted_by_nobody,
        told_as_destroyed,
        told_as_transferred,
        told_as_going,
        claimed_and_kept,
        removed_by_hand,
    ],
)
def test_what_no_event_tells_of_is_named(
    services: Services, attack: Callable[[Services], str]
) -> None:
    assert prove_trail(services).ok
    name = attack(services)
    assert prove_trail(services).first_bad == name
    assert name in [misfit.name for misfit in check_catalogue(services, actor=OPERATOR).log]


def test_a_package_that_was_claimed_and_stays_is_compared(services: Services) -> None:
    claimed_and_kept(services)
    found = check_catalogue(services, actor=OPERATOR)
    assert {f"{STORED_CODE} removal", f"{STORED_CODE} v1"} <= {misfit.name for misfit in found.log}
    assert found.compared == 1


def test_a_case_file_whose_row_is_gone_is_named(services: Services) -> None:
    """Whoever writes into the file with another program need not ask for what hangs on it."""
    row = _stored(services)
    with closing(sqlite3.connect(services.settings.home / "archive.db")) as database:
        database.execute("DELETE FROM case_file WHERE code = ?", (STORED_CODE,))
        database.commit()
    assert prove_trail(services).first_bad == f"{row.id} v1"
