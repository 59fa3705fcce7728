"""A bit is flipped in each kind of file of a disk, files go or come: what each leads to."""

from pathlib import Path

import pytest

from retention.transfer.disks import write as disks_write
from retention.transfer.disks.decryption import KeyFiles, TransferSealedDamagedError
from retention.transfer.disks.encryption import lock_for
from retention.transfer.disks.write import Onto
from retention.transfer.receiving.receive import receive
from tests.integration.retention.transfer.disks.opened_sets import age_pair, nothing_is_left
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
LISTS = ("SHA256SUMS", "huong-dan.html", "index.html", "muc-luc.pdf", "thuyet-minh.pdf")


def flip(place: Path) -> bytes:
    """The last bit but some is another one; what the file held before."""
    whole = place.read_bytes()
    at = len(whole) - 20
    place.write_bytes(whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1 :])
    return whole


def told(two: TwoArchives, disk: Path, **keys: Path) -> tuple[int, list[str], list[str], list[str]]:
    came = receive(two.receiver, disk, actor=person(two.receiver, "lan"), keys=KeyFiles(**keys))
    troubles = [trouble.refusal["code"] for trouble in came.troubles]
    return came.arrived, troubles, came.unknown, came.damaged


def test_lists_and_papers_that_are_damaged_are_told_and_packages_taken(
    two: TwoArchives, tmp_path: Path
) -> None:
    disk = tmp_path / "out"
    packed(two, tmp_path, *BOTH)
    for number, name in enumerate(LISTS):
        whole = flip(disk / name)
        assert told(two, disk) == (0 if number else 2, [], [], [name])
        (disk / name).write_bytes(whole)
    (disk / "muc-luc.pdf").unlink()
    (disk / "thu.exe").write_bytes(b"MZ")
    assert told(two, disk) == (0, [], ["thu.exe"], ["muc-luc.pdf"])
    run = Command(two.receiver.settings.home).run("transfer", "receive", disk, account="lan")
    assert run.code == 1
    said = run.stdout + run.stderr
    assert "muc-luc.pdf" in said
    assert "thu.exe" in said


def test_half_a_disk_is_taken_as_far_as_it_goes(two: TwoArchives, tmp_path: Path) -> None:
    disk = tmp_path / "out"
    packed(two, tmp_path, *BOTH)
    first, second = sorted((disk / "packages").iterdir())
    kept = second.read_bytes()
    (disk / "SHA256SUMS").unlink()  # it comes last
    second.rename(second.with_name(f".{second.name}.part"))
    assert told(two, disk) == (1, ["package-missing"], [], [])
    second.write_bytes(kept[: len(kept) // 2])
    assert told(two, disk) == (0, ["package-damaged"], [], [])
    second.write_bytes(kept)
    assert told(two, disk) == (1, [], [], [])
    assert first.exists()


def test_a_bit_of_an_encrypted_disk_is_told_for_what_it_spoils(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    public, private = age_pair(tmp_path / "pair")
    disk = tmp_path / "disk"
    onto = Onto(disk, lock=lambda _: lock_for(public))
    disks_write.send(two.giver, row, onto, actor=person(two.giver, "lan"))
    whole = flip(disk / "manifest.xml.age")
    with pytest.raises(TransferSealedDamagedError):
        told(two, disk, identity=private)
    (disk / "manifest.xml.age").write_bytes(whole)
    (package, _) = sorted((disk / "packages").iterdir())
    kept = flip(package)
    assert told(two, disk, identity=private) == (1, ["package-damaged"], [], [])
    package.write_bytes(kept)
    for number, name in enumerate(("OPEN.txt", "muc-luc.pdf.age", "SHA256SUMS.age")):
        whole = flip(disk / name)
        assert told(two, disk, identity=private) == (0 if number else 1, [], [], [name])
        (disk / name).write_bytes(whole)
    flip(disk / "SHA256SUMS")
    assert told(two, disk, identity=private)[:3] == (0, [], [])
    assert nothing_is_left(two)
