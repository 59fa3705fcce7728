"""Building and writing disks killed before every change of files, and a disk that is pulled."""

import hashlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ingest.submissions.acts import accept, submit
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.encryption import lock_by
from retention.transfer.disks.write import Onto
from retention.transfer.documents import TransferDocument
from retention.transfer.packages import build as packages_build
from retention.transfer.register import acts as register_acts
from tests.worlds.archive import copy_home, new_home, open_home, person, small_pdf_case
from tests.worlds.clients import do_all
from tests.worlds.damage.killed_at_files import die_at
from tests.worlds.damage.small_disk import small_disk
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.transfer.transfers import answered

CODES = tuple(f"H40.18.2025.{number:02}.QLCT" for number in (41, 42, 43))
PHRASE = "một mật khẩu đủ dài"
PULLS = FILLS = 4
# Changes between two kills: `make faults` kills at more of them than the gate does.
EACH, FEW = pytest.param(3, marks=pytest.mark.long), 18


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    """Three case files and the register that another archive takes them by."""
    folder = tmp_path_factory.mktemp("stocked")
    home = new_home(folder / "home")
    with open_home(home) as services:
        for code in CODES:
            small_pdf_case(folder / code, code=code)
            (identifier,) = submit(folder / code, actor=person(services, "bach"), services=services)
            do_all(services)
            accept(services, identifier, actor=person(services, "lan"))
            do_all(services)
        return home, answered(services, *CODES)


@pytest.fixture
def home(stocked: tuple[Path, UUID], tmp_path: Path) -> tuple[Path, UUID]:
    """A copy of them."""
    return copy_home(stocked[0], tmp_path / "home"), stocked[1]


def build(home: Path, row: UUID, folder: Path, size: int | None, at: int, count: Path) -> None:
    """In a process of its own: the building dies at its ``at``-th change of the folder."""
    with open_home(home) as services:
        die_at(folder, at, count)
        packages_build.build(
            services, row, folder=folder, actor=person(services, "lan"), medium_bytes=size
        )


def write(home: Path, row: UUID, disk: Path, phrase: Path | None, at: int, count: Path) -> None:
    """Likewise: the writing of a disk."""
    with open_home(home) as services:
        die_at(disk, at, count)
        lock = (lambda folder: lock_by(phrase, folder)) if phrase else None
        disks_write.send(services, row, Onto(disk, lock=lock), actor=person(services, "lan"))


def pull(home: Path, row: UUID, disk: Path, at: int, count: Path) -> None:
    """From its ``at``-th change on the disk takes nothing any more, as one that is pulled."""
    seen = 0

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event == "os.rename" and str(arguments[0]).startswith(str(disk)):
            seen += 1
            if seen == at:
                subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    sys.addaudithook(look)
    with open_home(home) as services:
        disks_write.send(services, row, Onto(disk), actor=person(services, "lan"))


def fill(home: Path, row: UUID, disk: Path, phrase: Path | None, at: int, count: Path) -> None:
    """At its ``at``-th change others take all the room that the disk has left."""
    seen = 0

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event == "os.rename" and str(arguments[0]).startswith(str(disk)):
            seen += 1
            if seen == at:
                take_all_room(disk)

    sys.addaudithook(look)
    with open_home(home) as services:
        lock = (lambda folder: lock_by(phrase, folder)) if phrase else None
        disks_write.send(services, row, Onto(disk, lock=lock), actor=person(services, "lan"))


def take_all_room(disk: Path) -> None:
    (disk / "lost+found").mkdir(exist_ok=True)
    with (disk / "lost+found" / "others").open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, shutil.disk_usage(disk).free)


def shown(home: Path, row: UUID) -> TransferDocument:
    with open_home(home) as services:
        return register_acts.show(services, row, actor=person(services, "lan"))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(place.relative_to(folder)): hashlib.sha256(place.read_bytes()).hexdigest()
        for place in folder.rglob("*")
        if place.is_file()
    }


def require_whole(folder: Path) -> None:
    for medium in [path.parent for path in folder.rglob("SHA256SUMS")]:
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=medium, check=True)


@pytest.mark.parametrize("stride", [EACH, FEW])
def test_a_building_killed_before_any_change_is_gone_on_with(
    home: tuple[Path, UUID], warm: WarmProcess, tmp_path: Path, stride: int
) -> None:
    archive, row = home
    log, folder, count = tmp_path / "log", tmp_path / "out", tmp_path / "count"
    for at in itertools.count(1, stride):
        code = warm.do(build, archive, row, folder, 900_000, at, count, log=log)
        if code != -signal.SIGKILL:
            break
        if shown(archive, row).state == "built":  # killed as it took its sign away
            require_whole(folder)
            code = warm.do(build, archive, row, folder, 900_000, 0, count, log=log)
            break
        assert shown(archive, row).state == "answered"
    assert code == 0, log.read_text("utf-8")
    assert at > 10
    assert not list(folder.rglob(".writing*"))
    told = shown(archive, row)
    assert [transfer_item.state for transfer_item in told.items] == ["built"] * len(CODES)
    require_whole(folder)
    packages = {place.name for place in folder.rglob("packages/*")}
    assert packages == {transfer_item.file for transfer_item in told.items}


@pytest.mark.parametrize("stride", [EACH, FEW])
@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "encrypted"])
def test_a_disk_whose_writing_is_killed_before_any_change_is_gone_on_with(
    home: tuple[Path, UUID], warm: WarmProcess, tmp_path: Path, stride: int, *, sealed: bool
) -> None:
    archive, row = home
    log, disk, count = tmp_path / "log", tmp_path / "disk", tmp_path / "count"
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE, "utf-8")
    assert warm.do(build, archive, row, tmp_path / "out", None, 0, count, log=log) == 0
    for at in itertools.count(1, stride):
        given = phrase if sealed else None
        code = warm.do(write, archive, row, disk, given, at, count, log=log)
        if code != -signal.SIGKILL:
            break
        if shown(archive, row).state == "sent":
            require_whole(disk)
            code = warm.do(write, archive, row, disk, given, 0, count, log=log)
            break
        assert shown(archive, row).state == "built"
    assert code == 0, log.read_text("utf-8")
    assert at > 10
    assert shown(archive, row).state == "sent"
    assert not list(disk.glob(".writing*"))
    require_whole(disk)
    if not sealed:
        assert digests(disk) == digests(tmp_path / "out")


def test_a_disk_that_is_pulled_is_gone_on_with_when_it_is_back(
    home: tuple[Path, UUID], warm: WarmProcess, tmp_path: Path
) -> None:
    archive, row = home
    log, count = tmp_path / "log", tmp_path / "count"
    assert warm.do(build, archive, row, tmp_path / "out", None, 0, count, log=log) == 0
    with small_disk(tmp_path / "disk", 16 << 20) as disk:
        for at in range(1, PULLS):
            assert warm.do(pull, archive, row, disk, at, count, log=log) == 1
            assert "transfer-disk-away" in log.read_text("utf-8")
            assert shown(archive, row).state == "built"
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert warm.do(write, archive, row, disk, None, 0, count, log=log) == 0
        assert digests(disk) == digests(tmp_path / "out")
    assert shown(archive, row).state == "sent"


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "encrypted"])
def test_a_disk_that_fills_while_it_is_written_is_gone_on_with_or_another_one_is_taken(
    home: tuple[Path, UUID], warm: WarmProcess, tmp_path: Path, *, sealed: bool
) -> None:
    archive, row = home
    log, count, phrase = tmp_path / "log", tmp_path / "count", tmp_path / "phrase"
    phrase.write_text(PHRASE, "utf-8")
    given = phrase if sealed else None
    assert warm.do(build, archive, row, tmp_path / "out", None, 0, count, log=log) == 0
    with small_disk(tmp_path / "disk", 16 << 20) as disk:
        for at in range(1, FILLS):
            assert warm.do(fill, archive, row, disk, given, at, count, log=log) == 1
            assert "transfer-disk-full" in log.read_text("utf-8")
            told = shown(archive, row)
            assert (told.state, {transfer_item.state for transfer_item in told.items}) == (
                "built",
                {"built"},
            )
            assert not (disk / "SHA256SUMS").exists()
            (disk / "lost+found" / "others").unlink()
        other = tmp_path / "other"  # another disk in its place
        assert warm.do(write, archive, row, other, given, 0, count, log=log) == 0
        require_whole(other)
        assert shown(archive, row).state == "sent"
        assert warm.do(write, archive, row, disk, given, 0, count, log=log) == 0
        (disk / "lost+found").rmdir()
        require_whole(disk)
        if not sealed:
            assert digests(disk) == digests(other) == digests(tmp_path / "out")
