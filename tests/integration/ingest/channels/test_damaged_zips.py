"""A ZIP that is cut, flipped or made otherwise is told as a fault of what was sent."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import pytest

from archive_service.errors import InputError
from archive_service.formats.workbook import read_workbook_here
from archive_service.storage.staging import FolderStaging, SourceUnreadableError
from ingest.channels.opening import open_parcel
from ingest.channels.zip_file import (
    ZipBombError,
    ZipDamagedError,
    ZipMethodUnknownError,
    ZipOtherArchiveError,
    ZipSplitError,
)
from tests.worlds.door import Door, case_row, document_row, open_door, write_pdf, write_sheet

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
EACH = 120  # of a kind of damage and a method; the whole takes some seconds


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with open_door(tmp_path_factory.mktemp("door") / "home") as opened:
        yield opened


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case")
    write_pdf(folder / "a.pdf")
    write_sheet(folder / "x.xlsx", [case_row()], [document_row("a.pdf")])
    return folder


def packed(case: Path, method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for file in sorted(case.iterdir()):
            archive.write(file, file.name)
    return buffer.getvalue()


def cut_behind(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def cut_before(data: bytes, chance: random.Random) -> bytes:
    return data[chance.randrange(1, len(data)) :]


def cut_within(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(1, 60) :]


def flipped(data: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(data)
    spoilt[chance.randrange(max(0, len(data) - 600), len(data))] ^= 1 << chance.randrange(8)
    spoilt[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


@pytest.mark.parametrize("damage", [cut_behind, cut_before, cut_within, flipped])
@pytest.mark.parametrize("method", METHODS)
def test_no_damage_of_a_zip_is_blamed_on_anything_of_ours(
    door: Door,
    case: Path,
    tmp_path: Path,
    method: int,
    damage: Callable[[bytes, random.Random], bytes],
) -> None:
    whole, chance = packed(case, method), random.Random(7)
    for _ in range(EACH):
        (tmp_path / "x.zip").write_bytes(damage(whole, chance))
        try:
            with open_parcel(tmp_path / "x.zip", door.limits) as parcel:
                door.staging.receive_each([entry.open for entry in parcel.entries])
        except InputError:
            continue


def test_a_zip_cut_behind_a_workbook_is_not_taken_for_the_workbook(
    door: Door, case: Path, tmp_path: Path
) -> None:
    """Its last file is a ZIP too, whose end is now that of the whole."""
    path = tmp_path / "a.zip"
    path.write_bytes(packed(case, zipfile.ZIP_STORED)[:-30])
    with pytest.raises(ZipDamagedError):
        open_parcel(path, door.limits)


def test_a_zip_by_a_method_that_is_not_read_is_not_called_damaged(
    door: Door, case: Path, tmp_path: Path
) -> None:
    """Windows packs large files by Deflate64."""
    data = bytearray(packed(case, zipfile.ZIP_DEFLATED))
    for begins, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = data.find(begins)
        while place >= 0:
            data[place + at : place + at + 2] = (9).to_bytes(2, "little")
            place = data.find(begins, place + 1)
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(ZipMethodUnknownError):
        door.receive(tmp_path / "x.zip")


def test_a_part_of_a_split_zip_is_told_as_that(door: Door, case: Path, tmp_path: Path) -> None:
    data = bytearray(packed(case, zipfile.ZIP_DEFLATED))
    end = data.rindex(b"PK\x05\x06")
    data[end + 4 : end + 6] = (2).to_bytes(2, "little")  # the third of its parts
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(ZipSplitError):
        door.receive(tmp_path / "x.zip")


@pytest.mark.parametrize(
    ("begins", "kind"),
    [(b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07", "RAR"), (b"\x1f\x8b\x08", "gzip")],
)
def test_an_archive_of_another_kind_is_called_by_its_name(
    door: Door, tmp_path: Path, begins: bytes, kind: str
) -> None:
    (tmp_path / "x.zip").write_bytes(begins + bytes(200))
    with pytest.raises(ZipOtherArchiveError) as refused:
        door.receive(tmp_path / "x.zip")
    assert refused.value.facts == {"name": "x.zip", "kind": kind}


def test_a_zip_cut_at_its_beginning_is_refused_with_its_name(
    door: Door, case: Path, tmp_path: Path
) -> None:
    (tmp_path / "ho-so.zip").write_bytes(packed(case, zipfile.ZIP_DEFLATED)[200:])
    with pytest.raises(ZipDamagedError) as refused:
        door.receive(tmp_path / "ho-so.zip")
    assert refused.value.facts["name"] in ("ho-so.zip", "a.pdf", "x.xlsx")
    assert door.submissions() == []


@pytest.mark.parametrize("damage", [cut_behind, cut_before, cut_within, flipped])
def test_no_damage_of_a_sheet_is_anything_but_a_sheet_that_cannot_be_read(
    case: Path, tmp_path: Path, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    whole, chance = (case / "x.xlsx").read_bytes(), random.Random(7)
    for _ in range(EACH):
        (tmp_path / "x.xlsx").write_bytes(damage(whole, chance))
        try:
            read_workbook_here(tmp_path / "x.xlsx", "x.xlsx")
        except InputError:
            continue


def test_a_zip_with_larger_numbers_than_it_needs_is_read(
    door: Door, case: Path, tmp_path: Path
) -> None:
    """Zip64, as tools write it that stream what they pack; data in front, as of a program."""
    buffer = io.BytesIO(b"#!/bin/sh\n")
    buffer.seek(0, io.SEEK_END)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(case.iterdir()):
            with archive.open(file.name, "w", force_zip64=True) as out:
                out.write(file.read_bytes())
    (tmp_path / "x.zip").write_bytes(buffer.getvalue())
    with open_parcel(tmp_path / "x.zip", door.limits) as parcel:
        came = door.staging.receive_each([entry.open for entry in parcel.entries])
    assert [staged_object.size_bytes for staged_object in came] == [
        file.stat().st_size for file in sorted(case.iterdir())
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "name-control-character"), ("phụ lục/", "not-a-plain-file"), ("/", "not-a-plain-file")],
)
def test_bytes_under_no_name_or_that_of_a_folder_are_told(
    door: Door, case: Path, tmp_path: Path, name: str, code: str
) -> None:
    (tmp_path / "x.zip").write_bytes(packed(case, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(tmp_path / "x.zip", "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"one")
    with open_parcel(tmp_path / "x.zip", door.limits) as parcel:
        told = [(finding.code, finding.place) for finding in parcel.findings]
        assert told == [(code, name.rstrip("/") or name)]
        assert [entry.path for entry in parcel.entries] == ["a.pdf", "x.xlsx"]


def test_a_zip_that_is_too_large_altogether_is_refused_by_its_own_name(
    door: Door, tmp_path: Path
) -> None:
    """Entries that share their packed bytes: each is within the limit, all are not."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", random.Random(7).randbytes(20_000) * 150)
        archive.filelist.extend(archive.filelist * 600)
    with pytest.raises(ZipBombError) as refused:
        open_parcel(tmp_path / "x.zip", door.limits)
    assert refused.value.facts["name"] == "x.zip"


class _Failing(io.RawIOBase):
    """A source whose own disk fails."""

    def read(self, _size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_source_that_fails_is_not_the_store_that_does_not_answer(tmp_path: Path) -> None:
    staging = FolderStaging(tmp_path / "staging")
    with pytest.raises(SourceUnreadableError):
        staging.receive(cast(IO[bytes], _Failing()))
    with pytest.raises(SourceUnreadableError):
        staging.receive_each([lambda: cast(IO[bytes], _Failing())])
