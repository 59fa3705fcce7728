"""Destroyed stays destroyed: rebuilt, restored, drilled, and in a copy that comes back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from archive_service.domain.case_files.case_file import CaseState, CopyState
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.evidence.write_out import write_out_evidence
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.setup.acts import init_archive
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.worker import work
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.command import Command
from tests.worlds.door import case_row
from tests.worlds.holding import take_away
from tests.worlds.reading_again import read_everything
from tests.worlds.retention.removing import (
    MARKED,
    MARKS,
    OTHER,
    back_up_anew,
    case_of,
    claimed,
    destroyed,
    do,
    iter_marked,
    marked_home,
    resume,
    states,
    without_grace,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case file full of marks, another, and a backup of both."""
    return marked_home(tmp_path_factory.mktemp("destroyed"))


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it whose staging has no time of grace."""
    with without_grace(stored, tmp_path / "home") as opened:
        yield opened


def bring_old_key(stored: Path, keys: Path) -> None:
    """As if somebody had kept the key of the older sets: they open once more."""
    shutil.copy(stored / "backup-keys" / "database.key", keys / "database.key")


def rebuilt(services: Services) -> None:
    rebuild(services, actor=OPERATOR)
    work(services, until_empty=True)


def test_after_a_rebuild_destroyed_is_destroyed(services: Services) -> None:
    removal_id = destroyed(services)
    before = states(services, removal_id)
    rebuilt(services)
    row = case_of(services)
    assert (row.state, row.title) == (CaseState.DESTROYED, case_row()["title"])
    assert states(services, removal_id) == before
    assert not services.index.holds([row.id])
    assert case_of(services, OTHER).indexed
    assert list(iter_marked(services.settings.home, *MARKS)) == []


def test_a_rebuild_from_a_copy_that_still_holds_it_resurrects_nothing(services: Services) -> None:
    home = services.settings.home
    shutil.copytree(home / "kho2" / "ocfl", home.parent / "old")
    removal_id = destroyed(services)
    shutil.rmtree(home / "kho2" / "ocfl")
    shutil.copytree(home.parent / "old", home / "kho2" / "ocfl")
    rebuild(services, actor=OPERATOR, copy="kho2")
    row = case_of(services)
    assert row.removing_since is not None
    work(services, until_empty=True)
    assert states(services, removal_id)["copy:kho2"] == "gone"
    assert states(services, removal_id)["backup-rows"] == "open", "rows were there meanwhile"
    back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home / "kho2", *MARKS)) == []


def test_a_rebuild_in_the_middle_goes_on_with_it(services: Services) -> None:
    home = services.settings.home
    away = take_away(home / "kho2")
    removal_id = claimed(services)
    do(services)
    away.rename(home / "kho2")
    rebuilt(services)
    back_up_anew(services)
    assert "open" not in states(services, removal_id).values()
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home, *MARKS)) == []


def test_a_copy_that_is_away_at_a_rebuild_is_waited_for(services: Services) -> None:
    home = services.settings.home
    away = take_away(home / "kho1")
    rebuild(services, actor=OPERATOR, copy="kho2")
    removal_id = claimed(services)
    do(services)
    assert states(services, removal_id)["copy:kho1"] == "open"
    assert case_of(services).state is not CaseState.DESTROYED
    away.rename(home / "kho1")
    back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home, *MARKS)) == []


def test_of_a_copy_that_nothing_tells_of_nothing_is_claimed_until_it_is_enrolled(
    stored: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with without_grace(stored, home):
        for lost in (*home.glob("archive.db*"), *home.glob("search.db*")):
            lost.unlink()
        away = take_away(home / "kho1")
    with open_home(home) as services:
        rebuild(services, actor=OPERATOR)
        with pytest.raises(RemovalRefusedError) as refused:
            claimed(services)
        assert refused.value.facts["reason"] == "copy-unknown"
        away.rename(home / "kho1")
        init_archive(services, actor=OPERATOR)
        work(services, until_empty=True)
        assert "copy:kho1" in states(services, claimed(services, number=2))


def test_a_rebuild_before_the_claim_still_tells_what_was_built_in_staging(
    services: Services,
) -> None:
    home = services.settings.home
    assert list(iter_marked(home / "staging", *MARKS))
    rebuild(services, actor=OPERATOR)
    claimed(services)
    do(services)
    assert list(iter_marked(home / "staging", *MARKS)) == []


def test_a_rebuild_right_after_the_claim_leaves_no_byte_in_staging(services: Services) -> None:
    home = services.settings.home
    removal_id = claimed(services)
    write_out_evidence(services)
    assert list(iter_marked(home / "staging", *MARKS))
    rebuilt(services)
    assert states(services, removal_id)["staging"] == "gone"
    assert list(iter_marked(home, *MARKS)) == []


def test_what_is_laid_into_a_copy_again_is_found_by_its_reading(services: Services) -> None:
    home = services.settings.home
    shutil.copytree(home / "kho2" / "ocfl", home.parent / "old")
    removal_id = destroyed(services)
    shutil.rmtree(home / "kho2" / "ocfl")
    shutil.copytree(home.parent / "old", home / "kho2" / "ocfl")
    read_everything(services)
    assert states(services, removal_id)["copy:kho2"] == "open"
    resume(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home / "kho2", *MARKS)) == []


def test_a_copy_that_joins_with_it_loses_it(services: Services) -> None:
    home = services.settings.home
    shutil.copytree(home / "kho2", home.parent / "old")
    removal_id = destroyed(services)
    shutil.rmtree(home / "kho2")
    shutil.copytree(home.parent / "old", home / "kho2")
    with services.writing() as session:  # as a copy that was pulled out long ago
        session.execute(delete(CopyState).where(CopyState.copy == "kho2"))
        session.execute(delete(EnrolledCopy).where(EnrolledCopy.name == "kho2"))
    init_archive(services, actor=OPERATOR)
    work(services, until_empty=True)
    assert states(services, removal_id)["copy:kho2"] == "open"
    resume(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home / "kho2", *MARKS)) == []


def test_an_old_backup_beside_living_copies_resurrects_nothing(
    services: Services, stored: Path
) -> None:
    home, medium = services.settings.home, stored.parent / "medium"
    destroyed(services)
    bring_old_key(stored, home / "backup-keys")
    new = home.parent / "new"
    new.mkdir()
    for name in ("kho1", "kho2", "backup-keys", "archive.toml"):
        shutil.move(home / name, new / name)
    told = Command(new).ask("restore", "--from", medium, "--keys", new / "backup-keys")
    assert told["destroyed"] == [MARKED]
    with open_home(new) as restored:
        assert case_of(restored).state is CaseState.DESTROYED
        assert case_of(restored, OTHER).state is CaseState.STORED
    assert list(iter_marked(new, *MARKS)) == []


def test_an_old_backup_on_a_bare_home_resurrects_nothing(services: Services, stored: Path) -> None:
    home, medium = services.settings.home, stored.parent / "medium"
    destroyed(services)
    bring_old_key(stored, home / "backup-keys")
    keys = home.parent / "keys"
    shutil.move(home / "backup-keys", keys)
    new = home.parent / "new"
    told = Command(new).ask("restore", "--from", medium, "--keys", keys)
    assert told["destroyed"] == [MARKED]
    shutil.copytree(home / "keys", new / "keys", dirs_exist_ok=True)
    with open_home(new) as restored:
        assert case_of(restored).removing_since is not None
        back_up_anew(restored)
        assert case_of(restored).state is CaseState.DESTROYED
        assert case_of(restored, OTHER).state is CaseState.STORED
        assert len(list(iter_acts(restored.stores[0], "removal"))) >= 1
    assert list(iter_marked(new, *MARKS)) == []


def test_a_drill_from_an_old_backup_finds_no_difference(services: Services, stored: Path) -> None:
    medium, home = stored.parent / "medium", services.settings.home
    destroyed(services)
    bring_old_key(stored, home / "backup-keys")
    told = Command(home).ask("drill", "--to", home.parent, "--from", medium)
    assert told["differences"] == []
    assert told["objects"] == 1
    assert list(iter_marked(home.parent / Path(told["report"]).parent.name, *MARKS)) == []
