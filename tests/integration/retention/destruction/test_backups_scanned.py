"""What backups from before a destruction still open: with every key that is left, no word of it."""

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.removal import Removal, RemovalPlace
from archive_service.recovery.backup.acts import run_backup
from archive_service.services import Services
from retention.destruction.acts import REMOVAL_OPEN
from retention.destruction.places.backups import PATIENCE
from tests.integration.retention.destruction.opened_backups import iter_opened, medium, stored
from tests.worlds.archive import OPERATOR
from tests.worlds.command import Command
from tests.worlds.retention.removing import (
    MARKS,
    OTHER,
    back_up_anew,
    case_of,
    claimed,
    do,
    iter_marked,
    resume,
    states,
    without_grace,
)

__all__ = ["medium", "stored"]  # fixtures

PLACE = "backup-rows"


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it whose staging has no time of grace."""
    with without_grace(stored, tmp_path / "home") as opened:
        yield opened


def test_no_key_that_is_left_opens_a_word_of_it(services: Services, medium: Path) -> None:
    keys = services.settings.home / "backup-keys"
    found = {path.parts[1] for path in iter_opened(medium, keys)}
    assert {"tables", "objects"} <= found, "the scan can find it"
    removal_id = claimed(services)
    do(services)
    assert place_of(services, removal_id).trouble == "backup-awaited"
    assert case_of(services).state is CaseState.STORED
    with services.read_only() as session:
        told = session.scalars(select(Incident).where(Incident.kind == REMOVAL_OPEN)).all()
        assert told == [], "it goes on by itself with the next backup"
    assert "tables" in {path.parts[1] for path in iter_opened(medium, keys)}
    newer = back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_opened(medium, keys)) == []
    assert list(iter_opened(newer, keys)) == []
    assert list(iter_opened(newer, keys, OTHER.encode())), "and opens what it should"
    proof = place_of(services, removal_id).proof
    assert (proof["found"], proof["left"], len(proof["sets"])) == (1, 0, 1)


def test_an_older_backup_says_why_it_opens_no_more(services: Services, medium: Path) -> None:
    claimed(services)
    do(services)
    newer = back_up_anew(services)
    home = services.settings.home
    keys, new = home / "backup-keys", home.parent / "new"
    answer = Command(new).run("restore", "--from", medium, "--keys", keys, "--json")
    assert (answer.code, answer.error["code"]) == (4, "backup-rows-destroyed")
    Command(home).ask("drill", "--to", home.parent, "--from", newer)
    Command(home.parent / "newest").ask("restore", "--from", newer, "--keys", keys)
    assert list(iter_marked(home.parent / "newest", *MARKS)) == []


def test_each_medium_of_the_settings_gets_a_newer_one_first(
    services: Services, tmp_path: Path
) -> None:
    targets = [tmp_path / "first", tmp_path / "second"]
    backup = services.settings.backup.model_copy(
        update={"targets": [str(target) for target in targets]}
    )
    services = replace(services, settings=services.settings.model_copy(update={"backup": backup}))
    for target in targets:
        run_backup(services, target, actor=OPERATOR, with_objects=True)
    removal_id = claimed(services)
    do(services)
    run_backup(services, targets[0], actor=OPERATOR, with_objects=True)
    resume(services)
    assert states(services, removal_id)[PLACE] == "open"
    run_backup(services, targets[1], actor=OPERATOR, with_objects=True)
    resume(services)
    assert states(services, removal_id)[PLACE] == "gone"


def test_a_medium_that_is_away_for_long_is_not_waited_for(
    services: Services, tmp_path: Path
) -> None:
    targets = [tmp_path / "first", tmp_path / "second"]
    backup = services.settings.backup.model_copy(
        update={"targets": [str(target) for target in targets]}
    )
    services = replace(services, settings=services.settings.model_copy(update={"backup": backup}))
    for target in targets:
        run_backup(services, target, actor=OPERATOR, with_objects=True)
    removal_id = claimed(services)
    do(services)
    run_backup(services, targets[0], actor=OPERATOR, with_objects=True)
    with services.writing() as session:  # so long ago
        row = session.get_one(RemovalPlace, place_of(services, removal_id).id)
        then = clock.now() - PATIENCE - dt.timedelta(hours=1)
        row.proof = row.proof | {"noted_at": clock.iso(then)}
    resume(services)
    assert states(services, removal_id)[PLACE] == "gone"


def test_a_backup_that_nobody_encrypted_is_open_until_it_is_removed(
    services: Services, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    name = run_backup(services, plain, actor=OPERATOR).name
    removal_id = claimed(services)
    do(services)
    back_up_anew(services)
    assert place_of(services, removal_id).trouble == "backup-plain"
    away = plain.rename(tmp_path / "away")
    resume(services)
    assert place_of(services, removal_id).trouble == "backup-plain", "nobody knows"
    away.rename(plain)
    shutil.rmtree(plain / name)
    resume(services)
    assert states(services, removal_id)[PLACE] == "gone"


def test_a_copy_of_the_keys_that_is_away_keeps_it_open(services: Services, tmp_path: Path) -> None:
    second = tmp_path / "second-keys"
    shutil.copytree(services.settings.home / "backup-keys", second)
    backup = services.settings.backup.model_copy(update={"keys_copies": [f"file://{second}"]})
    services = replace(services, settings=services.settings.model_copy(update={"backup": backup}))
    removal_id = claimed(services)
    do(services)
    run_backup(services, tmp_path / "newer", actor=OPERATOR, with_objects=True)
    away = second.rename(tmp_path / "away")
    resume(services)
    assert states(services, removal_id)[PLACE] == "open"
    assert (away / "database.key").exists()
    away.rename(second)
    resume(services)
    assert states(services, removal_id)[PLACE] == "gone"
    assert not (second / "database.key").exists()


def test_what_is_destroyed_the_same_night_needs_no_further_key(services: Services) -> None:
    claimed(services)
    do(services)
    resume(services)
    keys = services.settings.home / "backup-keys"
    assert sorted(file.stem for file in keys.glob("database*.key")) == ["database", "database-2"]
    back_up_anew(services)
    assert [file.stem for file in keys.glob("database*.key")] == ["database-2"]


def place_of(services: Services, removal_id: object) -> RemovalPlace:
    with services.read_only() as session:
        places = session.get_one(Removal, removal_id).places
        return next(place for place in places if place.place == PLACE)
