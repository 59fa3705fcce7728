"""A folder that several machines reach: who writes it leaves a sign, for no lock goes that far."""

import json
import os
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.jobs.machine import worker_name
from archive_service.services import Services
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.write import Onto
from retention.transfer.disks.writing_sign import SIGN, STALE_S, writer_in
from retention.transfer.packages import build as packages_build
from retention.transfer.process_lock import TransferDiskBusyError, alone_at
from retention.transfer.refusals import TransferFolderError
from tests.integration.retention.transfer.disks.disk_sets import digests
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.transfer.replies import agreed, packed
from tests.worlds.transfer.transfers import TwoArchives, answered

OTHER = "luu-tru-2-0123456789ab:4711"  # a process of another machine
SINCE = "2026-11-22T08:15:00.000000Z"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def sign(folder: Path, worker: str = OTHER, *, age_s: float = 0) -> Path:
    """What a process that writes the folder leaves in it, seen last so long ago."""
    place = folder / SIGN
    told = {"worker": worker, "since": SINCE, "mark": "0" * 32}
    place.write_text(json.dumps(told) + "\n", encoding="utf-8")
    probe = folder / "probe"  # the clock of the folder
    probe.touch()
    seen = probe.stat().st_mtime - age_s
    probe.unlink()
    os.utime(place, (seen, seen))
    return place


def test_who_writes_is_told_while_it_lasts_and_no_longer(disk: Path) -> None:
    with alone_at(disk):
        writer = writer_in(disk)
        assert writer is not None
        assert writer.worker == worker_name()
        assert [path.name for path in disk.iterdir()] == [SIGN]
    assert not list(disk.iterdir())


def test_what_another_machine_writes_is_left_alone_and_who_it_is_is_told(
    two: TwoArchives, disk: Path, tmp_path: Path
) -> None:
    row, services = packed(two, tmp_path, OPEN_CODE), two.giver
    place = sign(disk, age_s=STALE_S - 60)
    before = place.read_bytes()
    given = ("transfer", "send", row, "--to", disk, "--json", "--lang", "en")
    answer = Command(services.settings.home).run(*given, account="lan")
    assert (answer.code, answer.error["code"]) == (4, "transfer-disk-busy")
    assert "luu-tru-2, since 22/11/2026 15:15" in answer.error["message"]
    assert place.read_bytes() == before
    assert [path.name for path in disk.iterdir()] == [SIGN]


def test_what_gave_no_sign_for_long_is_dead(two: TwoArchives, disk: Path, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, OPEN_CODE, RESTRICTED_CODE), two.giver
    sign(disk, age_s=STALE_S + 60)
    disks_write.send(services, row, Onto(disk), actor=person(services, "lan"))
    assert digests(disk) == digests(tmp_path / "out")
    assert not (disk / SIGN).exists()


def test_what_was_killed_on_this_machine_keeps_nobody_away(disk: Path) -> None:
    sign(disk, worker_name())
    with alone_at(disk):
        writer = writer_in(disk)
        assert writer is not None
        assert writer.mark != "0" * 32
    assert not list(disk.iterdir())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"worker": 1}', b"\xff" * 9000])
def test_a_sign_that_cannot_be_read_is_one_as_long_as_it_is_fresh(
    disk: Path, content: bytes
) -> None:
    place = sign(disk)
    place.write_bytes(content)
    with pytest.raises(TransferDiskBusyError) as refused, alone_at(disk):
        pass
    assert refused.value.facts["host"] == "-"
    sign(disk, age_s=STALE_S + 60)
    age = place.stat().st_mtime
    place.write_bytes(content)
    os.utime(place, (age, age))
    with alone_at(disk):
        pass
    assert not list(disk.iterdir())


def test_who_was_taken_for_dead_is_told_at_the_end(disk: Path) -> None:
    with pytest.raises(TransferDiskBusyError) as refused, alone_at(disk):
        sign(disk)
    assert refused.value.facts["host"] == "luu-tru-2"
    assert (disk / SIGN).exists()


def test_of_two_archives_the_second_does_not_make_the_folder_its_own(
    services: Services, disk: Path
) -> None:
    """The mark of a transfer is put where nobody else writes, not before."""
    row: UUID = answered(services, OPEN_CODE)
    sign(disk)
    lan = person(services, "lan")
    with pytest.raises(TransferDiskBusyError):
        packages_build.build(services, row, folder=disk, actor=lan)
    assert [path.name for path in disk.iterdir()] == [SIGN]
    (disk / SIGN).unlink()
    (disk / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(TransferFolderError):
        packages_build.build(services, row, folder=disk, actor=lan)
    assert [path.name for path in disk.iterdir()] == ["letter.txt"]


def test_a_sign_that_was_left_is_no_package(two: TwoArchives, disk: Path, tmp_path: Path) -> None:
    row, services = agreed(two, tmp_path, OPEN_CODE), two.giver
    sign(disk, age_s=STALE_S + 60)
    (disk / f"{SIGN}.part").touch()  # of who was killed as it took the place of another
    packages_build.build(services, row, folder=disk, actor=person(services, "lan"))
    assert not list(disk.glob(".writing*"))
    sign(disk, age_s=STALE_S + 60)
    (disk / f"{SIGN}.part").touch()
    disks_write.send(services, row, Onto(tmp_path / "to"), actor=person(services, "lan"))
    assert not list((tmp_path / "to").glob(".writing*"))
