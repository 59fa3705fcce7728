"""A disk that is full or fails is trouble with a backend; other errors stay what they are."""

import datetime as dt
import errno
import io
import os
from pathlib import Path
from typing import IO

import pytest

from archive_service.errors import BackendError
from archive_service.packaging.export import write_zip
from archive_service.storage.work_folder import (
    WorkFolderFailingError,
    WorkFolderFullError,
    sweep_work,
    work_errors,
    work_place,
)


def test_a_place_for_work_is_gone_afterwards(tmp_path: Path) -> None:
    with work_place(tmp_path, "job-") as place:
        (place / "half").write_bytes(b"done")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("prefix", ["receipt-", "fixity-", "minutes-", "paper-", "seal-"])
def test_a_place_whose_process_is_gone_is_cleared_at_once_and_one_in_use_never(
    tmp_path: Path, prefix: str
) -> None:
    (tmp_path / f"{prefix}left").mkdir()
    with work_place(tmp_path, prefix) as place:
        sweep_work(tmp_path, older_than=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        sweep_work(tmp_path, older_than=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
        assert list(tmp_path.iterdir()) == [place]


def test_a_full_disk_is_waited_for_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(WorkFolderFullError), work_place(tmp_path, "job-"):
        Path("/dev/full").write_bytes(b"no room")
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_finds_no_room_is_waited_for(tmp_path: Path) -> None:
    def opened() -> IO[bytes]:
        Path("/dev/full").write_bytes(b"no room")
        return io.BytesIO()

    with pytest.raises(WorkFolderFullError):
        write_zip(tmp_path / "package.zip", "root", [("METS.xml", opened)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EDQUOT, WorkFolderFullError),
        (errno.EIO, WorkFolderFailingError),
        (errno.EROFS, WorkFolderFailingError),
    ],
)
def test_a_failing_disk_is_waited_for(tmp_path: Path, code: int, kind: type[BackendError]) -> None:
    with pytest.raises(kind), work_errors(tmp_path):
        raise OSError(code, os.strerror(code))


def test_a_file_that_is_not_there_is_no_trouble_with_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), work_place(tmp_path, "job-") as place:
        (place / "absent").read_bytes()
