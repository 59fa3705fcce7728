"""What the calendar asks for, and what the workers do about it."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.bootstrap import open_services
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.people.incident import Incident
from archive_service.jobs.port import Lease
from archive_service.law import load_rule_set
from archive_service.recovery.backup.acts import MISSED
from archive_service.recovery.backup.calendar import FILE, calendar, independent_media
from archive_service.recovery.backup.set import iter_names
from archive_service.recovery.drill.jobs import backup_due, drill_due
from archive_service.services import Services
from tests.worlds.archive import settings_of

NOW = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)


def run(kind: str, *, days: float, outcome: BackupOutcome = BackupOutcome.DONE) -> BackupRun:
    began = NOW - dt.timedelta(days=days)
    return BackupRun(kind=kind, media="m", started_at=began, outcome=outcome, facts={})


@pytest.mark.parametrize(
    ("runs", "due", "missed"),
    [
        ([], "complete", "complete"),
        ([run("complete", days=0.5)], None, None),
        ([run("complete", days=1)], "incremental", None),
        ([run("complete", days=1.3)], "incremental", "incremental"),
        ([run("complete", days=31), run("incremental", days=0.1)], "full", None),
        ([run("complete", days=33), run("incremental", days=0.1)], "full", "full"),
        ([run("complete", days=33), run("full", days=0.1)], None, None),
        ([run("complete", days=1097), run("full", days=0.1)], "complete", "complete"),
        ([run("complete", days=2), run("full", days=0, outcome=BackupOutcome.FAILED)],
         "incremental", "incremental"),
    ],
)  # fmt: skip
def test_the_fullest_that_is_due_comes_first(
    runs: list[BackupRun], due: str | None, missed: str | None
) -> None:
    assert calendar().due(runs, NOW) == due
    assert calendar().missed(runs, NOW) == missed


def test_a_drill_is_due_each_quarter_and_a_bad_one_does_not_count() -> None:
    assert calendar().drill_due([], NOW)
    assert not calendar().drill_due([run("drill", days=80)], NOW)
    assert calendar().drill_due([run("drill", days=92)], NOW)
    assert calendar().drill_missed([run("drill", days=93)], NOW)
    bad = run("drill", days=1, outcome=BackupOutcome.FAILED)
    assert calendar().drill_missed([bad, run("drill", days=100)], NOW)


def test_every_rule_cites_where_it_comes_from() -> None:
    rules = load_rule_set(FILE)
    assert {rules.citation(row) for row in rules.rows} >= {
        "TT 05/2025/TT-BNV, Điều 26–31",
        "QCVN 12:2026/BCA, 3.12.2.2.5",
    }
    assert rules.meta.certainty


@pytest.fixture
def services(home: Path, tmp_path: Path) -> Iterator[Services]:
    """An archive with one medium that works and one that does not."""
    (tmp_path / "file").write_text("no folder")
    settings = settings_of(home)
    targets = [str(tmp_path / "medium"), str(tmp_path / "file" / "medium")]
    backup = settings.backup.model_copy(update={"targets": targets, "drill_sample": 1})
    opened = open_services(settings.model_copy(update={"backup": backup}))
    yield opened
    opened.close()


def lease_of(services: Services, name: str) -> Lease:
    with services.writing() as session:
        services.jobs.add(session, name)
    lease = services.jobs.claim(names=(name,))
    assert lease is not None
    return lease


def incidents(services: Services) -> list[tuple[str, str, int]]:
    with services.read_only() as session:
        rows = session.scalars(select(Incident).where(Incident.closed_at.is_(None)))
        return sorted((row.kind, Path(row.subject).parent.name, row.times) for row in rows)


def test_what_is_due_is_done_and_one_bad_medium_is_one_incident(
    services: Services, tmp_path: Path
) -> None:
    for _ in range(2):
        backup_due(lease_of(services, "backup-due"), services)
    assert [name.rpartition("-")[2] for name in iter_names(tmp_path / "medium")] == ["complete"]
    assert incidents(services) == [("backup-missed", "file", 2)]
    with services.read_only() as session:
        missed = session.scalars(select(Incident.facts).where(Incident.kind == MISSED)).one()
    assert missed["backup"] == "complete"
    (tmp_path / "file").unlink()
    backup_due(lease_of(services, "backup-due"), services)
    assert incidents(services) == [("backup-missed", "file", 3)]  # nothing is mounted there
    (tmp_path / "file").mkdir()
    backup_due(lease_of(services, "backup-due"), services)
    assert incidents(services) == [("backup-media", "", 1)]  # two folders of one disk


def test_folders_of_one_file_system_are_one_medium(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    assert independent_media(map(str, folders)) == 1
    away = tmp_path / "away" / "c"
    assert independent_media(map(str, [*folders, away, away])) == 2
    assert independent_media([str(tmp_path), "/proc"]) == 2


def test_a_drill_by_the_calendar_leaves_a_row_and_no_plain_copy(services: Services) -> None:
    drill_due(lease_of(services, "drill-due"), services)
    drill_due(lease_of(services, "drill-due"), services)
    with services.read_only() as session:
        rows = list(session.scalars(select(BackupRun).where(BackupRun.kind == "drill")))
    assert [row.outcome for row in rows] == [BackupOutcome.DONE]
    assert rows[0].started_at <= clock.now()
    folder = services.settings.home / services.settings.backup.drill_folder
    assert list(folder.iterdir()) == []
