"""Retired copies at the destroy gate: waited for, stated as gone, or no place at all.

The same promises on both kinds of database and of store.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete

from archive_service.bootstrap import open_gate
from archive_service.domain.case_files.case_file import CaseState, CopyState
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.removal import PlaceState, Removal
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.claimed_packages import open_again
from archive_service.services import Services
from archive_service.storage.destroy.gate import DestroyGate
from archive_service.storage.ocfl.root import object_root
from tests.worlds.archive import OPERATOR, Backends, new_home
from tests.worlds.retention.removing import approved, case_of, open_with_erasers, take_in

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture(params=["sqlite-files", "postgresql-buckets"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """An archive with one case file stored in two copies."""
    servers = Backends()
    if request.param == "postgresql-buckets":
        postgresql, minio = map(request.getfixturevalue, ("postgresql", "minio"))
        servers = Backends(postgresql=postgresql, minio=minio)
    with open_with_erasers(new_home(tmp_path / "home", servers)) as opened:
        take_in(opened, tmp_path / "source", CODE)
        yield opened


def claimed_alone(services: Services) -> UUID:
    """Claimed for the copies alone."""
    (item,) = approved(services, CODE)
    with services.writing() as session:
        removal = open_gate(services, []).claim(session, item, actor=WORKER)
    return removal.id


def left_in(services: Services) -> list[str]:
    """Keys of its package, in all copies."""
    root = f"{object_root(case_of(services, CODE).ocfl_id)}/"
    return [key for copy in services.stores for key in copy.iter_keys(root)]


def test_a_retired_copy_is_waited_for_until_its_medium_is_stated_as_gone(
    services: Services,
) -> None:
    retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
    removal_id = claimed_alone(services)
    whole = open_gate(services, [])
    away = DestroyGate(
        services.database,
        stores=services.stores[:1],
        erasers=whole._erasers,
        places=[],
        rules=services.settings.retention,
        doubt=whole._doubt,
    )
    assert away.carry_out(removal_id) == {"copy:kho2": "copy-not-connected"}
    with services.writing() as session:
        session.get_one(EnrolledCopy, "kho2").medium = {"minutes": "12/BB-LT"}
    assert away.carry_out(removal_id) == {}
    with services.read_only() as session:
        told = {place.place: place for place in session.get_one(Removal, removal_id).places}
    assert told["copy:kho2"].state is PlaceState.STATED
    assert told["copy:kho2"].proof == {"statement": {"minutes": "12/BB-LT"}}
    assert case_of(services, CODE).state is CaseState.DESTROYED
    assert left_in(services), "nobody read it, and nobody says so"
    with services.writing() as session:
        open_again(session.get_one(Removal, removal_id), ["copy:kho2"])
    assert whole.carry_out(removal_id) == {}
    assert left_in(services) == [], "what answers is read, whatever was stated"


def test_a_retired_copy_that_never_held_it_is_no_place_of_it(services: Services) -> None:
    with services.writing() as session:
        session.execute(delete(CopyState).where(CopyState.copy == "kho2"))
    retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
    removal_id = claimed_alone(services)
    with services.read_only() as session:
        places = session.get_one(Removal, removal_id).places
        assert [place.place for place in places] == ["copy:kho1"]


def test_a_copy_without_anything_says_that_nothing_was_found(services: Services) -> None:
    removal_id = claimed_alone(services)
    gate = open_gate(services, [])
    gate._erasers["kho2"].erase_all(object_root(case_of(services, CODE).ocfl_id))
    assert gate.carry_out(removal_id) == {}
    with services.read_only() as session:
        told = {place.place: place for place in session.get_one(Removal, removal_id).places}
    assert [told[f"copy:{name}"].state.value for name in ("kho1", "kho2")] == ["gone", "nothing"]
