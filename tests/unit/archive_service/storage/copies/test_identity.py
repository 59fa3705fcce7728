"""A store without its identity is unreachable, never empty."""

import shutil
from pathlib import Path

import pytest

from archive_service.errors import BackendError
from archive_service.storage.copies.identity import (
    CopyNotEmptyError,
    CopyUnknownError,
    enrol,
    identify,
    put_bytes,
)
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.port import StoreUnreachableError


def test_enrolling_gives_an_identity_that_stays(tmp_path: Path) -> None:
    copy = FilesystemStore(tmp_path / "objects")
    identity = enrol(copy)
    assert enrol(copy) == identify(copy) == identify(copy, identity.id) == identity
    assert identity.name == copy.name == "objects"
    assert "ocfl/0=ocfl_1.1" in list(copy.iter_keys())


def test_an_enrolment_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    copy = FilesystemStore(tmp_path)
    identity = enrol(copy)
    shutil.rmtree(tmp_path / "ocfl")
    assert enrol(copy) == identity
    assert "ocfl/ocfl_layout.json" in list(copy.iter_keys())


def test_an_empty_mount_point_is_not_an_empty_copy(tmp_path: Path) -> None:
    with pytest.raises(CopyUnknownError) as caught:
        identify(FilesystemStore(tmp_path))
    assert isinstance(caught.value, BackendError)


def test_a_folder_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    copy = FilesystemStore(tmp_path / "gone")
    with pytest.raises(StoreUnreachableError):
        identify(copy)
    with pytest.raises(StoreUnreachableError):
        put_bytes(copy, "acts/x/1.json", b"{}")
    with pytest.raises(StoreUnreachableError):
        list(copy.iter_keys())
    assert not (tmp_path / "gone").exists()


def test_another_copy_in_its_place_is_unknown(tmp_path: Path) -> None:
    ours = enrol(FilesystemStore(tmp_path / "one" / "objects"))
    other = FilesystemStore(tmp_path / "other" / "objects")
    enrol(other)
    with pytest.raises(CopyUnknownError):
        identify(other, ours.id)
    with pytest.raises(CopyUnknownError):
        identify(FilesystemStore(tmp_path / "one" / "objects", name="renamed"))


def test_holdings_without_an_identity_are_not_taken_over(tmp_path: Path) -> None:
    copy = FilesystemStore(tmp_path)
    put_bytes(copy, "ocfl/something", b"x")
    with pytest.raises(CopyNotEmptyError):
        enrol(copy)


def test_an_identity_that_does_not_read_is_not_written_over(tmp_path: Path) -> None:
    copy = FilesystemStore(tmp_path)
    enrol(copy)
    (tmp_path / "copy.json").write_bytes(b"{")
    with pytest.raises(CopyUnknownError):
        enrol(copy)
