"""Files of a backup: the public age format, digests, and keys kept apart."""

import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pyrage
import pytest

from archive_service.recovery.backup.files import (
    BackupDamagedError,
    BackupMediumError,
    BackupPartMissingError,
    Part,
    SetReader,
    SetWriter,
)
from archive_service.recovery.backup.keys import (
    BackupKeyDestroyedError,
    BackupKeyMissingError,
    BackupKeys,
    BackupKeysPlaceError,
    BackupKeyUnusableError,
    open_keys,
)

TEXT = "Hồ sơ lưu trữ\n".encode() * 10_000
OBJECT = "urn:uuid:0C9B5C4E-0000-4000-8000-000000000001"


@pytest.fixture
def keys(tmp_path: Path) -> BackupKeys:
    return BackupKeys(tmp_path / "keys")


def written(tmp_path: Path, keys: BackupKeys | None, *, key: str = OBJECT) -> Part:
    (tmp_path / "medium" / "set").mkdir(parents=True, exist_ok=True)
    writer = SetWriter(tmp_path / "medium" / "set", "set", keys)
    part = writer.write("objects/one.tar", [TEXT[:70_000], TEXT[70_000:]], key=key)
    writer.require_readable()
    return part


def test_a_backup_that_was_stopped_writes_no_destroyed_key_back_into_a_copy(tmp_path: Path) -> None:
    copy = BackupKeys(tmp_path / "second")
    keys = BackupKeys(tmp_path / "keys", [copy.folder])
    keys.recipient(OBJECT)
    text = keys.file(OBJECT).read_text("ascii")
    copy.mark_destroyed(OBJECT, {"id": "1"})
    copy.file(OBJECT).unlink()
    with pytest.raises(BackupKeyDestroyedError):
        keys.recipient(OBJECT)  # its own folder has not been told yet
    with pytest.raises(BackupKeyDestroyedError):
        copy.hold(OBJECT, text)  # as a backup that had read the key before
    assert not copy.file(OBJECT).exists()


def test_two_backups_that_want_a_new_key_at_once_get_the_same_one(keys: BackupKeys) -> None:
    count = 8
    begin = Barrier(count)

    def recipient(_number: int) -> str:
        begin.wait()
        return str(keys.recipient(OBJECT))

    with ThreadPoolExecutor(count) as pool:
        given = set(pool.map(recipient, range(count)))
    assert given == {str(keys.identity(OBJECT).to_public())}


def test_what_was_written_is_read(tmp_path: Path, keys: BackupKeys) -> None:
    part = written(tmp_path, keys)
    reader = SetReader(tmp_path / "medium", keys)
    reader.require_intact(part)
    assert reader.read(part) == TEXT


def test_the_public_age_format_opens_it_without_our_code(tmp_path: Path, keys: BackupKeys) -> None:
    part = written(tmp_path, keys)
    (line,) = [
        line for line in keys.file(OBJECT).read_text().splitlines() if not line.startswith("#")
    ]
    assert line.startswith("AGE-SECRET-KEY-1")
    sealed = (tmp_path / "medium" / "set" / part.path).read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1\n-> X25519 ")
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(line)]) == TEXT


def test_without_keys_it_lies_plain_and_is_the_owners_alone(tmp_path: Path) -> None:
    part = written(tmp_path, None)
    file = tmp_path / "medium" / "set" / part.path
    assert file.read_bytes() == TEXT
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert part.sha256 == part.plain_sha256


def test_each_object_has_a_key_of_its_own(tmp_path: Path, keys: BackupKeys) -> None:
    first, second = written(tmp_path, keys), OBJECT.replace("1", "2")
    keys.recipient(second)
    assert keys.file(OBJECT).read_bytes() != keys.file(second).read_bytes()
    keys.file(second).replace(keys.file(OBJECT))  # as with a wrong key
    with pytest.raises(BackupDamagedError):
        SetReader(tmp_path / "medium", keys).read(first)


def test_a_destroyed_key_destroys_what_it_opened(tmp_path: Path, keys: BackupKeys) -> None:
    part = written(tmp_path, keys)
    keys.file(OBJECT).unlink()
    with pytest.raises(BackupKeyMissingError):
        SetReader(tmp_path / "medium", keys).require_intact(part)


def test_a_key_is_the_owners_alone(tmp_path: Path, keys: BackupKeys) -> None:
    written(tmp_path, keys)
    assert keys.file(OBJECT).stat().st_mode & 0o777 == 0o600
    assert keys.folder.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_no_key_is_named(keys: BackupKeys) -> None:
    keys.recipient("database")
    keys.file("database").write_text("# created\nnothing")
    with pytest.raises(BackupKeyUnusableError):
        keys.identity("database")


@pytest.mark.parametrize(
    ("url", "medium"),
    [("file:medium/keys", "medium"), ("file:keys", "keys/medium"), ("s3://a/b", "medium")],
)
def test_keys_beside_what_they_open_are_refused(tmp_path: Path, url: str, medium: str) -> None:
    with pytest.raises(BackupKeysPlaceError):
        open_keys(url, home=tmp_path, medium=tmp_path / medium)


def test_keys_below_a_link_into_the_medium_are_refused(tmp_path: Path) -> None:
    (tmp_path / "medium" / "inside").mkdir(parents=True)
    (tmp_path / "keys").symlink_to(tmp_path / "medium" / "inside")
    with pytest.raises(BackupKeysPlaceError):
        open_keys("file:keys", home=tmp_path, medium=tmp_path / "medium")


def flip(data: bytearray) -> None:
    data[len(data) // 2] ^= 1


def cut(data: bytearray) -> None:
    del data[-7:]


def lengthen(data: bytearray) -> None:
    data.append(0)


@pytest.mark.parametrize("damage", [flip, cut, lengthen])
@pytest.mark.parametrize("sealed", [True, False])
def test_other_bytes_are_damage(
    tmp_path: Path, keys: BackupKeys, damage: Callable[[bytearray], None], *, sealed: bool
) -> None:
    part = written(tmp_path, keys if sealed else None)
    file = tmp_path / "medium" / "set" / part.path
    data = bytearray(file.read_bytes())
    damage(data)
    file.write_bytes(data)
    reader = SetReader(tmp_path / "medium", keys)
    with pytest.raises(BackupDamagedError):
        reader.require_intact(part)
    with pytest.raises(BackupDamagedError):
        reader.copy_to(part, io.BytesIO())


def test_a_file_that_is_gone_is_missing(tmp_path: Path, keys: BackupKeys) -> None:
    part = written(tmp_path, keys)
    (tmp_path / "medium" / "set" / part.path).unlink()
    with pytest.raises(BackupPartMissingError):
        SetReader(tmp_path / "medium", keys).require_intact(part)


@pytest.mark.parametrize("path", ["../../secret", "/etc/hostname"])
def test_a_manifest_cannot_lead_out_of_the_medium(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_bytes(b"")
    (tmp_path / "medium" / "set").mkdir(parents=True)
    part = Part("set", path, "", 0, "")
    with pytest.raises(BackupDamagedError):
        SetReader(tmp_path / "medium", None).require_intact(part)


def test_a_medium_that_gives_other_bytes_back_is_told(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    writer = SetWriter(tmp_path / "set", "set", None)
    part = writer.write("rows", [TEXT])
    with (tmp_path / "set" / part.path).open("r+b") as file:
        file.write(b"X")
        os.fsync(file.fileno())
    with pytest.raises(BackupMediumError):
        writer.require_readable()


def test_what_breaks_off_the_source_is_told_as_itself(tmp_path: Path, keys: BackupKeys) -> None:
    def broken() -> Iterator[bytes]:
        yield TEXT
        raise BackupDamagedError(file="source", reason="gone")

    (tmp_path / "set").mkdir()
    writer = SetWriter(tmp_path / "set", "set", keys)
    with pytest.raises(BackupDamagedError):
        writer.write("rows", broken(), key="database")
