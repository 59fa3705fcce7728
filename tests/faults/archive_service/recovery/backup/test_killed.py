"""Backup and restore killed before each change of files, and a medium that is full at any point."""

import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.bootstrap import open_services
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.recovery.backup.acts import run_backup
from archive_service.recovery.backup.files import SetReader
from archive_service.recovery.backup.keys import BackupKeys
from archive_service.recovery.backup.read_back import verify_set
from archive_service.recovery.backup.set import iter_names, read_set
from archive_service.recovery.restore.acts import RestoreOrder, restore
from archive_service.settings import load_settings
from archive_service.signing.trust.roots import Trust
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import STORED_CODE, medium_and_keys, stocked_home
from tests.worlds.command import Command
from tests.worlds.damage.killed_at_files import die_at
from tests.worlds.damage.small_disk import small_disk
from tests.worlds.damage.warm_process import WarmProcess

KILLS = 3  # of a restore; each is completed by another
BACKUP_STEP = 12  # of the changes that can be the last before a kill, so many are passed over
FULL_KIB = (0, 8, 40, 120, 400)  # that are left on the medium


def back_up(home: Path, medium: Path, at: int, count: Path) -> None:
    """In a process of its own: a backup with packages that dies at its ``at``-th change."""
    with open_home(home) as services:
        die_at(medium, at, count)
        run_backup(services, medium, actor=OPERATOR, with_objects=True)


def bring_back(medium: Path, keys: Path, home: Path, at: int, count: Path) -> None:
    """In a process of its own: a restore that dies at its ``at``-th change."""
    die_at(home, at, count)
    restore(
        RestoreOrder(medium, keys=BackupKeys(keys)),
        home=home,
        settings=lambda: load_settings(home, home / "archive.toml"),
        opener=open_services,
        actor=OPERATOR,
    )


def whole_sets(medium: Path, keys: Path, folder: Path) -> list[str]:
    """Names of the sets, each read whole."""
    for name in iter_names(medium):
        found = read_set(medium, name)
        verify_set(found, SetReader(medium, BackupKeys(keys)), trust=Trust.none(), folder=folder)
    return list(iter_names(medium))


@pytest.mark.parametrize("step", [BACKUP_STEP, pytest.param(1, marks=pytest.mark.long)])
def test_a_backup_killed_before_any_change_of_its_medium_is_none_or_whole(
    warm: WarmProcess, tmp_path: Path, step: int
) -> None:
    home, medium, log = stocked_home(tmp_path / "home"), tmp_path / "medium", tmp_path / "log"
    keys = home / "backup-keys"
    for at in itertools.count(1, step):
        code = warm.do(back_up, home, medium, at, log, log=log)
        made = whole_sets(medium, keys, tmp_path)
        if code != -signal.SIGKILL:
            break
        assert made == []
    assert code == 0, log.read_text("utf-8")
    assert at > 30
    assert len(made) == 1
    assert list((medium / ".partial").iterdir()) == []
    with open_home(home) as services, services.read_only() as session:
        outcomes = list(session.scalars(select(BackupRun.outcome)))
    assert outcomes.count(BackupOutcome.DONE) == 1
    assert BackupOutcome.RUNNING not in outcomes


def restore_killed(warm: WarmProcess, place: Path, kills: int) -> None:
    place.mkdir(exist_ok=True)
    medium, keys = medium_and_keys(place)
    log, count = place / "log", place / "count"
    assert warm.do(bring_back, medium, keys, place / "unkilled", 0, count, log=log) == 0
    changes = int(count.read_text())
    assert changes > 60
    for at in {changes - changes * number // kills for number in range(kills)}:
        home = place / "new"
        killed = warm.do(bring_back, medium, keys, home, at, count, log=log)
        assert killed == -signal.SIGKILL, log.read_text("utf-8")
        code = warm.do(bring_back, medium, keys, home, 0, count, log=log)
        assert code == 0, f"after {at}: {log.read_text('utf-8')}"
        archive = Command(home)
        assert archive.ask("case", "show", STORED_CODE)["state"] == "stored"
        assert archive.run("fixity", "check", "--json").code == 0
        assert archive.ask("audit", "verify")["ok"]
        shutil.rmtree(home)


def test_a_restore_killed_at_any_change_is_completed_by_the_next(
    warm: WarmProcess, tmp_path: Path
) -> None:
    restore_killed(warm, tmp_path, KILLS)


@pytest.mark.long
def test_a_restore_killed_at_every_change_is_completed_by_the_next(
    warm: WarmProcess, tmp_path: Path
) -> None:
    restore_killed(warm, tmp_path, 10_000)


@pytest.fixture
def small_medium(tmp_path: Path) -> Iterator[Path]:
    """A medium of 2 MiB, a file system of its own."""
    with small_disk(tmp_path / "medium", 2 << 20) as mounted:
        yield mounted


def test_a_medium_that_is_full_keeps_no_half_set_and_takes_one_when_there_is_room(
    small_medium: Path, tmp_path: Path
) -> None:
    archive = Command(stocked_home(tmp_path / "home"))
    given = "backup", "--to", small_medium, "--objects", "--json"
    ballast = small_medium / "ballast"
    for left_kib in FULL_KIB:
        with ballast.open("wb") as out:
            free = shutil.disk_usage(small_medium).free
            os.posix_fallocate(out.fileno(), 0, free - (left_kib << 10))
        answer = archive.run(*given)
        assert (answer.code, answer.error["code"]) == (6, "store-full"), left_kib
        assert list(iter_names(small_medium)) == []
        ballast.unlink()
    made = archive.run(*given)
    assert made.code == 0
    assert whole_sets(small_medium, archive.home / "backup-keys", tmp_path) == [
        made.document["name"]
    ]
    with open_home(archive.home) as services, services.read_only() as session:
        rows = list(session.scalars(select(BackupRun).order_by(BackupRun.started_at)))
    assert [row.outcome for row in rows] == [BackupOutcome.FAILED] * len(FULL_KIB) + [
        BackupOutcome.DONE
    ]
