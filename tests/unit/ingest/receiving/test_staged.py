"""Bytes of a parcel go into staging one by one, or side by side where the parcel allows it."""

import io
from hashlib import sha256
from pathlib import Path
from typing import IO

import pytest

from archive_service.storage.staging import FolderStaging, StagedObject
from ingest.channels.parcel import Entry, FileTooLargeError
from ingest.receiving.staged import stage_into

COUNT = 20


def entry(number: int, *, broken: bool = False) -> Entry:
    def opened() -> IO[bytes]:
        if broken:
            raise FileTooLargeError(name=f"{number:02}", limit=1)
        return io.BytesIO(data(number))

    return Entry(f"{number:02}", f"{number:02}", len(data(number)), opened)


def data(number: int) -> bytes:
    return b"%d\n" % number * 1000


@pytest.mark.parametrize("side_by_side", [True, False])
def test_each_entry_is_staged_under_its_path(tmp_path: Path, *, side_by_side: bool) -> None:
    staging, staged = FolderStaging(tmp_path / "staging"), dict[str, StagedObject]()
    stage_into(staged, [entry(it) for it in range(COUNT)], staging, side_by_side=side_by_side)
    assert {path: found.sha256 for path, found in staged.items()} == {
        f"{it:02}": sha256(data(it)).hexdigest() for it in range(COUNT)
    }
    assert set(staging.iter_digests()) == {found.sha256 for found in staged.values()}


@pytest.mark.parametrize("side_by_side", [True, False])
def test_the_first_trouble_is_told_and_nothing_is_under_way(
    tmp_path: Path, *, side_by_side: bool
) -> None:
    staging, staged = FolderStaging(tmp_path / "staging"), dict[str, StagedObject]()
    entries = [entry(it, broken=it in {4, 5, 12}) for it in range(COUNT)]
    with pytest.raises(FileTooLargeError) as told:
        stage_into(staged, entries, staging, side_by_side=side_by_side)
    assert told.value.facts["name"] == "04"
    assert set(staging.iter_digests()) == {found.sha256 for found in staged.values()}
    assert not list((tmp_path / "staging" / "tmp").iterdir())
