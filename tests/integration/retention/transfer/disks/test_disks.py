"""A transfer on disks: each whole alone, safe to write twice, resumed when it is full or pulled."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import etree
from sqlalchemy import select, update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferItemState
from archive_service.keeping.fixity.acknowledging import DifferenceKnown, acknowledge_difference
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.notices.incidents import open_incidents
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.holds.acts import place_holds
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.disk import (
    BuiltDamagedError,
    Disk,
    DiskAwayError,
    DiskFullError,
    DiskOtherError,
    DiskSpoiltError,
)
from retention.transfer.disks.documents import MediaDocument
from retention.transfer.disks.media import MediumTooSmallError, MediumUnknownError
from retention.transfer.disks.write import Onto, TransferKeptBackError
from retention.transfer.packages import build as packages_build
from retention.transfer.refusals import TransferFolderError, TransferStateError, TransferWordsError
from retention.transfer.register import acts as register_acts
from tests.integration.retention.transfer.disks.disk_sets import (
    LISTS_BYTES,
    digests,
    split,
    verified,
)
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.damage.small_disk import small_disk
from tests.worlds.transfer.replies import agreed, packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
PAPERS = {"muc-luc.pdf", "thuyet-minh.pdf"}
KEPT = {"index.html", "huong-dan.html", "manifest.xml", "SHA256SUMS", "transfer-id.txt"} | PAPERS


def send(services: Services, row: UUID, folder: Path, **more: Any) -> MediaDocument:
    source = more.pop("source", None)
    onto = Onto(folder, **more)
    return disks_write.send(services, row, onto, actor=person(services, "lan"), source=source)


def states(services: Services, row: UUID) -> tuple[str, list[str]]:
    told = register_acts.show(services, row, actor=person(services, "lan"))
    return told.state, [transfer_item.state for transfer_item in told.items]


def test_media_are_whole_alone_and_the_manifest_names_the_medium_of_each(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    told = split(services, row, tmp_path)
    assert (told.media, [transfer_item.medium for transfer_item in told.items]) == (2, [1, 2])
    first, second = sorted((tmp_path / "media").glob("dia-*"))
    assert [path.name for path in (first, second)] == ["dia-01", "dia-02"]
    assert (first / "manifest.xml").read_bytes() == (second / "manifest.xml").read_bytes()
    for number, folder in enumerate((first, second), start=1):
        assert verified(folder) == 6
        named = etree.parse(folder / "manifest.xml").getroot().iter("{*}package")
        mine = {one.get("file") for one in named if one.get("medium") == str(number)}
        assert {f"packages/{path.name}" for path in (folder / "packages").iterdir()} == mine
        page = (folder / "index.html").read_text("utf-8")
        assert (BOTH[number - 1] in page, BOTH[2 - number] in page) == (True, False)
        assert f"đĩa {number}/2" in page
        assert {path.name for path in folder.iterdir()} == KEPT | {"packages"}


def test_media_are_gone_on_with_and_laid_out_anew_for_another_size(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    told = split(services, row, tmp_path)
    folder = tmp_path / "media"
    kept = [
        folder / f"dia-0{transfer_item.medium}/packages/{transfer_item.file}"
        for transfer_item in told.items
    ]
    inodes = [place.stat().st_ino for place in kept]
    damaged = kept[1]
    shutil.move(damaged, damaged.with_name("nửa.zip"))
    size = max(place.stat().st_size for place in kept[:1]) + LISTS_BYTES
    packages_build.build(services, row, folder=folder, actor=lan, medium_bytes=max(size, 10**6))
    told = register_acts.show(services, row, actor=lan)
    assert (told.media, {transfer_item.medium for transfer_item in told.items}) == (1, {1})
    assert [path.name for path in folder.glob("dia-*")] == ["dia-01"]
    assert (folder / "dia-01" / "packages" / kept[0].name).stat().st_ino == inodes[0]
    assert verified(folder / "dia-01") == 7
    with pytest.raises(TransferFolderError):
        packages_build.build(services, row, folder=folder, actor=lan)
    with pytest.raises(TransferFolderError):
        packages_build.build(
            services, row, folder=tmp_path / "whole", actor=lan, medium_bytes=10**6
        )


def test_a_package_larger_than_a_medium_is_an_error(two: TwoArchives, tmp_path: Path) -> None:
    row, services = agreed(two, tmp_path, OPEN_CODE), two.giver
    lan = person(services, "lan")
    with pytest.raises(MediumTooSmallError) as refused:
        packages_build.build(
            services, row, folder=tmp_path / "out", actor=lan, medium_bytes=LISTS_BYTES
        )
    assert refused.value.facts["code"] == OPEN_CODE
    told, room = (int(str(refused.value.facts[name])) for name in ("size_bytes", "room"))
    assert told > room
    assert states(services, row) == ("answered", ["listed"])


def test_a_disk_has_all_that_was_built_and_says_where_it_is(
    two: TwoArchives, tmp_path: Path
) -> None:
    folder, disk = tmp_path / "out", tmp_path / "disk"
    row, services = packed(two, tmp_path, *BOTH), two.giver
    (disk / "lost+found").mkdir(parents=True)
    told = send(services, row, disk, label="NL-01", place="Anh Hùng mang đi")
    (disk / "lost+found").rmdir()
    assert digests(disk) == digests(folder)
    assert verified(disk) == 7
    assert states(services, row) == ("sent", ["sent", "sent"])
    (medium,) = told.media
    sums = hashlib.sha256((disk / "SHA256SUMS").read_bytes()).hexdigest()
    assert (medium.state, medium.label, medium.place, medium.sums_sha256) == (
        "written", "NL-01", "Anh Hùng mang đi", sums,
    )  # fmt: skip
    rebuild(services, actor=OPERATOR)
    assert disks_write.media(services, row, actor=OPERATOR) == told


def test_a_disk_written_twice_is_not_written_again(two: TwoArchives, tmp_path: Path) -> None:
    folder, disk = tmp_path / "out", tmp_path / "disk"
    row, services = packed(two, tmp_path, *BOTH), two.giver
    send(services, row, disk)
    (kept, damaged) = sorted((disk / "packages").iterdir())
    inode = kept.stat().st_ino
    with damaged.open("r+b") as file:
        file.write(b"\0\0\0\0")
    (disk / "packages" / ".x.part").write_bytes(b"half")
    send(services, row, disk)
    assert kept.stat().st_ino == inode
    assert digests(disk) == digests(folder)


def test_the_transfer_is_sent_when_all_media_are_written(two: TwoArchives, tmp_path: Path) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    split(services, row, tmp_path)
    first, second = tmp_path / "một", tmp_path / "hai"
    told = send(services, row, first, medium=1)
    assert [medium.state for medium in told.media] == ["written", "built"]
    assert states(services, row) == ("built", ["sent", "built"])
    with pytest.raises(DiskOtherError):
        send(services, row, first, medium=2)
    assert digests(first) == digests(tmp_path / "media" / "dia-01")
    send(services, row, second, medium=2)
    assert states(services, row) == ("sent", ["sent", "sent"])
    assert digests(second) == digests(tmp_path / "media" / "dia-02")
    with pytest.raises(MediumUnknownError):
        send(services, row, tmp_path / "ba", medium=3)


def test_all_media_may_lie_on_one_disk(two: TwoArchives, tmp_path: Path) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    split(services, row, tmp_path)
    send(services, row, tmp_path / "disk")
    assert digests(tmp_path / "disk") == {
        name: digest
        for name, digest in digests(tmp_path / "media").items()
        if name != "transfer-id.txt"
    }
    assert states(services, row)[0] == "sent"


def test_a_disk_of_something_else_is_left_as_it_is(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, OPEN_CODE), two.giver
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "thư.txt").write_text("x", "utf-8")
    with pytest.raises(DiskOtherError) as refused:
        send(services, row, disk)
    assert refused.value.facts["name"] == "thư.txt"
    assert digests(disk).keys() == {"thư.txt"}
    (disk / "transfer-id.txt").write_text(f"{uuid4()}\n")
    with pytest.raises(DiskOtherError):
        send(services, row, disk)
    (disk / "transfer-id.txt").write_text(f"{row}\n")
    with pytest.raises(DiskOtherError):
        send(services, row, disk)
    assert digests(disk).keys() == {"thư.txt", "transfer-id.txt"}
    assert states(services, row) == ("built", ["built"])


def test_a_full_disk_is_gone_on_with_when_there_is_room(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    with small_disk(tmp_path / "small", 4 << 20) as mount:
        ballast = mount / "lost+found"
        ballast.mkdir()
        filler = ballast / "x"
        free = shutil.disk_usage(mount).free
        with filler.open("wb") as out:
            os.posix_fallocate(out.fileno(), 0, free - 16_384)
        with pytest.raises(DiskFullError) as refused:
            send(services, row, mount)
        assert refused.value.facts["missing_bytes"]
        assert states(services, row) == ("built", ["built", "built"])
        filler.unlink()
        send(services, row, mount)
        assert verified(mount) == 7
    assert states(services, row)[0] == "sent"


class Overwriting(Disk):
    """A disk smaller than it says: the last file lies over the first one."""

    def _write_sums(self, sums: list[tuple[str, str]]) -> str:
        digest = super()._write_sums(sums)
        (package, *_) = sorted((self.folder / "packages").iterdir())
        package.write_bytes(b"\0" * package.stat().st_size)
        return digest


def test_a_disk_that_gives_other_bytes_back_is_told(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    with services.read_only() as session:
        transfer = session.get_one(Transfer, row)
    disk = Overwriting(tmp_path / "out", tmp_path / "disk", transfer, lambda _: False)
    with pytest.raises(DiskSpoiltError) as refused:
        disk.write()
    assert str(refused.value.facts["name"]).startswith("packages/0000001-")
    send(services, row, tmp_path / "disk")
    assert digests(tmp_path / "disk") == digests(tmp_path / "out")


def test_a_disk_that_is_not_there_is_told(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, OPEN_CODE), two.giver
    with pytest.raises(DiskAwayError):
        send(services, row, tmp_path / "media" / "usb" / "disk")
    assert not (tmp_path / "media").exists()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskAwayError):
        send(services, row, tmp_path / "file")


def test_what_was_built_is_looked_at_before_it_leaves(two: TwoArchives, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    row, services = packed(two, tmp_path, OPEN_CODE), two.giver
    (package,) = (folder / "packages").iterdir()
    good = package.read_bytes()
    package.write_bytes(good[:-1] + b"x")
    with pytest.raises(BuiltDamagedError) as refused:
        send(services, row, tmp_path / "disk")
    assert refused.value.facts["name"] == f"packages/{package.name}"
    package.write_bytes(good)
    folder.rename(tmp_path / "moved")
    with pytest.raises(TransferFolderError):
        send(services, row, tmp_path / "disk")
    send(services, row, tmp_path / "disk", source=tmp_path / "moved")
    assert states(services, row) == ("sent", ["sent"])


def test_what_is_held_by_now_does_not_leave(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    hung = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    with pytest.raises(TransferKeptBackError) as refused:
        send(services, row, tmp_path / "disk")
    assert refused.value.facts["codes"] == [OPEN_CODE]
    assert not (tmp_path / "disk").exists()
    packages_build.build(services, row, folder=tmp_path / "out", actor=lan)
    send(services, row, tmp_path / "disk")
    assert states(services, row) == ("sent", ["stopped", "sent"])
    assert verified(tmp_path / "disk") == 6


def test_what_the_database_tells_otherwise_than_the_copies_leaves_once_somebody_knows(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    with services.writing() as session:
        session.execute(update(CaseFile).values(title="Sửa trong cơ sở dữ liệu"))
    assert not check_catalogue(services, actor=OPERATOR).ok
    with pytest.raises(TransferKeptBackError) as refused:
        send(services, row, tmp_path / "disk")
    assert refused.value.facts["codes"] == sorted(BOTH)
    with services.read_only() as session:
        told = [
            incident.id for incident in open_incidents(session) if incident.kind == "rows-differ"
        ]
    for identifier in told:
        known = DifferenceKnown(reason="Đã biết")
        acknowledge_difference(services, identifier, known, actor=person(services, "hung"))
    send(services, row, tmp_path / "disk")


def test_what_was_dropped_since_leaves_the_disk_and_all_disks_are_written_anew(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = agreed(two, tmp_path, *BOTH), two.giver
    lan = person(services, "lan")
    told = split(services, row, tmp_path)
    size = max(transfer_item.size_bytes for transfer_item in told.items) + LISTS_BYTES
    first, second = tmp_path / "một", tmp_path / "hai"
    send(services, row, first, medium=1)
    hung = person(services, "hung")
    place_holds(services, [RESTRICTED_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    with pytest.raises(TransferKeptBackError):
        send(services, row, second, medium=2)
    told = packages_build.build(
        services, row, folder=tmp_path / "media", actor=lan, medium_bytes=size
    )
    assert [item.state for item in told.items] == ["built", "stopped"]
    (medium,) = disks_write.media(services, row, actor=lan).media
    assert medium.state == "built"
    send(services, row, first, medium=1)
    assert digests(first) == digests(tmp_path / "media" / "dia-01")
    assert states(services, row) == ("sent", ["sent", "stopped"])


def test_a_register_that_was_not_built_is_not_sent(two: TwoArchives, tmp_path: Path) -> None:
    row, services = agreed(two, tmp_path, OPEN_CODE), two.giver
    with pytest.raises(TransferStateError):
        send(services, row, tmp_path / "disk")
    assert not (tmp_path / "disk").exists()


def test_the_place_of_a_disk_is_noted(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, OPEN_CODE), two.giver
    lan = person(services, "lan")
    disks_write.note_place(services, row, 1, " Két  số 3 ", actor=lan)
    (medium,) = disks_write.media(services, row, actor=lan).media
    assert (medium.place, medium.state) == ("Két số 3", "built")
    assert medium.moved_at
    with pytest.raises(TransferWordsError):
        disks_write.note_place(services, row, 1, "  ", actor=lan)
    with pytest.raises(MediumUnknownError):
        disks_write.note_place(services, row, 2, "Két", actor=lan)


def test_items_of_a_disk_are_sent_in_the_rows_too(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    send(services, row, tmp_path / "disk")
    with services.read_only() as session:
        items = session.scalars(select(TransferItem).where(TransferItem.transfer_id == row)).all()
    assert {item.state for item in items} == {TransferItemState.SENT}


def test_what_was_stopped_after_it_was_sent_goes_onto_no_further_disk(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    hung = person(services, "hung")
    send(services, row, tmp_path / "disk")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    with pytest.raises(TransferKeptBackError):
        send(services, row, tmp_path / "second")
    with services.writing() as session:
        query = select(TransferItem).where(TransferItem.code == OPEN_CODE)
        session.scalars(query).one().state = TransferItemState.STOPPED
    with pytest.raises(TransferKeptBackError) as refused:
        send(services, row, tmp_path / "second")
    assert refused.value.facts["codes"] == [OPEN_CODE]
    assert not (tmp_path / "second").exists()
