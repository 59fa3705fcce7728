"""A disk that fills up: a clear error, nothing half-done, and what was stored still verifies."""

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from archive_service.storage.copies.identity import enrol
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.fixity.check import Fixity, iter_fixity
from archive_service.storage.ocfl.root import resolve
from archive_service.storage.port import StoreFullError
from archive_service.storage.s3.staging import open_s3_staging
from archive_service.storage.staging import FolderStaging
from archive_service.storage.work_folder import WorkFolderFullError
from tests.worlds.stored_objects import OCFL_ID, ROOT, publish_version, stage_version, tree_of

SIZE_BYTES = 4 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB of its own."""
    mount_point = tmp_path / "small"
    mount_point.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(mount_point)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        told = "a small file system cannot be mounted here: needs root and the right to mount"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    yield mount_point
    subprocess.run(["umount", str(mount_point)], check=True)


def test_a_copy_that_fills_up_keeps_what_it_had(
    tools: ModuleType, small_disk: Path, tmp_path: Path
) -> None:
    staging, copy = FolderStaging(tmp_path / "staging"), FilesystemStore(small_disk)
    enrol(copy)
    first = stage_version(staging, None, {"METS.xml": b"<mets/>", "a.pdf": os.urandom(1 << 20)})
    publish_version(first.sha256, staging=staging, copies=[copy])
    before = tree_of(small_disk)

    too_much = {f"{number}.pdf": os.urandom(1 << 20) for number in range(4)}
    second = stage_version(staging, first, too_much)
    for _ in range(2):  # nothing piles up from one try to the next
        with pytest.raises(StoreFullError):
            publish_version(second.sha256, staging=staging, copies=[copy])
        assert tree_of(small_disk) == before
        assert not list((small_disk / "tmp").iterdir())
    assert resolve(copy, OCFL_ID).version == 1
    assert {result.status for result in iter_fixity([copy])} == {Fixity.INTACT}
    valid, told = tools.ocfl_validate(small_disk / ROOT)
    assert valid, told

    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    publish_version(second.sha256, staging=staging, copies=[copy])
    assert resolve(copy, OCFL_ID).version == 2


def test_a_staging_that_fills_up_keeps_nothing_half_received(small_disk: Path) -> None:
    staging = FolderStaging(small_disk / "staging")
    kept = staging.receive(io.BytesIO(os.urandom(1 << 20)))
    with pytest.raises(StoreFullError):
        staging.receive(io.BytesIO(os.urandom(SIZE_BYTES)))
    assert list(staging.iter_digests()) == [kept.sha256]
    assert not list((small_disk / "staging" / "tmp").iterdir())
    staging.receive(io.BytesIO(os.urandom(1 << 20)))


def test_a_disk_that_takes_no_more_folders_is_told_as_full_before_a_bucket_is_asked(
    small_disk: Path,
) -> None:
    staging = open_s3_staging("s3://key:secret@127.0.0.1:9/staging", scratch=small_disk)
    subprocess.run(["mount", "-o", "remount,nr_inodes=1", str(small_disk)], check=True)
    with pytest.raises(WorkFolderFullError):
        staging.receive(io.BytesIO(b"on its way"))
