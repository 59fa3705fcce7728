"""An older set is brought back though there are newer ones: what these hold goes as well."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.domain.case_files.case_file import CaseState
from archive_service.recovery.backup.acts import run_backup
from archive_service.recovery.backup.keys import BackupKeys
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from tests.integration.retention.destruction.opened_backups import iter_opened
from tests.worlds.archive import OPERATOR, copy_home, open_home
from tests.worlds.command import Command
from tests.worlds.retention.removing import (
    MARKED,
    OTHER,
    back_up_anew,
    case_of,
    claimed,
    do,
    graceless,
    marked_home,
    states,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case file full of marks, another, and a backup of both."""
    return marked_home(tmp_path_factory.mktemp("forked"))


@contextmanager
def opened(home: Path) -> Iterator[Services]:
    """It, without a time of grace in staging."""
    with open_home(home) as services:
        yield graceless(services)


def restored(stored: Path, home: Path) -> Path:
    """All but the keys is lost; the set of before is the living archive."""
    new = home.with_name("new")
    new.mkdir()
    shutil.copytree(home / "keys", new / "keys")
    keys = shutil.copytree(home / "backup-keys", new / "backup-keys")
    Command(new).ask("restore", "--from", stored.parent / "medium", "--keys", keys)
    return new


def require_closed(services: Services, removal_id: UUID, *media: Path) -> None:
    """It is destroyed with the next backup, and no key opens a word of it on these media."""
    assert states(services, removal_id)["backup-rows"] == "open"
    keys = services.settings.home / "backup-keys"
    assert all(list(iter_opened(medium, keys)) for medium in media), "the scan can find it"
    newer = back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert states(services, removal_id)["backup-rows"] == "gone"
    assert not [file for medium in (*media, newer) for file in iter_opened(medium, keys)]


def test_a_rebuild_knows_of_the_set_that_was_brought_back(stored: Path, tmp_path: Path) -> None:
    home = restored(stored, copy_home(stored, tmp_path / "home"))
    with opened(home) as services:
        rebuild(services, actor=OPERATOR)
        removal_id = claimed(services)
        do(services)
        require_closed(services, removal_id, stored.parent / "medium")


def test_newer_sets_under_a_newer_key_are_closed_too(stored: Path, tmp_path: Path) -> None:
    home, medium = copy_home(stored, tmp_path / "home"), tmp_path / "lost"
    with opened(home) as services:
        claimed(services, OTHER)
        do(services)
        keys = BackupKeys(home / "backup-keys")
        first, since = keys.keys_for_rows()
        run_backup(services, medium, actor=OPERATOR, with_objects=True)
        assert keys.newest_for_rows() == since
        assert not keys.is_destroyed(first), "nobody looked since"
    home = restored(stored, home)
    with opened(home) as services:
        removal_id = claimed(services, MARKED, number=2)
        do(services)
        require_closed(services, removal_id, stored.parent / "medium", medium)
