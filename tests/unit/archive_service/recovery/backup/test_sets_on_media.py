"""Which sets of a medium stay: nobody is told to remove what a restore may still want."""

import datetime as dt
from pathlib import Path

from archive_service import clock
from archive_service.recovery.backup.set import MANIFEST, BackupKind, Manifest
from archive_service.recovery.backup.sets_on_media import sets_on

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
MONTH = dt.timedelta(days=31)


def lay(
    medium: Path, days_ago: int, kind: str, *, after: str = "", with_objects: bool = True
) -> str:
    made_at = NOW - dt.timedelta(days=days_ago)
    name = f"{made_at:%Y%m%dT%H%M%SZ}-{kind}"
    manifest = Manifest(
        name=name,
        kind=BackupKind(kind),
        made_at=clock.iso(made_at),
        product="1",
        revision="0001",
        archive={},
        with_objects=with_objects,
        previous={"name": after, "manifest_sha256": ""} if after else None,
        tables=[],
        parts={},
    )
    (medium / name).mkdir(parents=True)
    (medium / name / MANIFEST).write_bytes(manifest.as_bytes())
    return name


def may_go(medium: Path) -> list[str]:
    return [
        shelved_set.name
        for shelved_set in sets_on(medium, full_every=MONTH, now=NOW)
        if shelved_set.may_go
    ]


def test_what_no_day_of_the_last_month_needs_may_go(tmp_path: Path) -> None:
    complete = lay(tmp_path, 900, "complete")
    old = lay(tmp_path, 64, "full")
    followed = lay(tmp_path, 63, "incremental", after=old)
    before = lay(tmp_path, 33, "full")
    lay(tmp_path, 30, "incremental", after=before)
    lay(tmp_path, 1, "full")
    assert may_go(tmp_path) == [old, followed]
    assert complete not in may_go(tmp_path)


def test_a_chain_stays_whole_while_its_end_stays(tmp_path: Path) -> None:
    name = lay(tmp_path, 90, "full")
    for days_ago in (80, 50, 29):
        name = lay(tmp_path, days_ago, "incremental", after=name)
    assert may_go(tmp_path) == []


def test_the_last_set_stays_however_old_and_so_does_the_last_with_packages(tmp_path: Path) -> None:
    first = lay(tmp_path, 500, "full")
    packages = lay(tmp_path, 400, "full")
    last = lay(tmp_path, 300, "full", with_objects=False)
    assert may_go(tmp_path) == [first]
    assert {packages, last}.isdisjoint(may_go(tmp_path))


def test_while_one_cannot_be_read_all_stay(tmp_path: Path) -> None:
    lay(tmp_path, 500, "full")
    broken = lay(tmp_path, 10, "full")
    lay(tmp_path, 1, "full")
    assert len(may_go(tmp_path)) == 1
    (tmp_path / broken / MANIFEST).write_bytes(b"[]")
    assert may_go(tmp_path) == []
    (told,) = [
        shelved_set
        for shelved_set in sets_on(tmp_path, full_every=MONTH, now=NOW)
        if shelved_set.trouble
    ]
    assert (told.name, told.trouble) == (broken, "backup-damaged")


def test_a_medium_with_nothing_on_it_has_no_sets(tmp_path: Path) -> None:
    assert sets_on(tmp_path / "none", full_every=MONTH, now=NOW) == []
