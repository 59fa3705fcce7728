"""A spoilt backup is refused as what it is, before anything is written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worlds.backed_up import medium_and_keys
from tests.worlds.command import Command


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """A full backup with packages; its keys lie in ``keys`` beside it."""
    return medium_and_keys(tmp_path)[0]


def one_set(medium: Path) -> Path:
    (only,) = medium.glob("2*")
    return only


def flip(medium: Path) -> None:
    (file,) = one_set(medium).glob("objects/*.age")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut(medium: Path) -> None:
    file = max(one_set(medium).glob("tables/*"))
    file.write_bytes(file.read_bytes()[:-1])


def take_away(medium: Path) -> None:
    max(one_set(medium).glob("tables/*")).unlink()


def swap(medium: Path) -> None:
    first, second, *_ = sorted(one_set(medium).glob("tables/*"))
    first.rename(medium / "aside")
    second.rename(first)
    (medium / "aside").rename(second)


def change_the_manifest(medium: Path) -> None:
    file = one_set(medium) / "manifest.json"
    document = json.loads(file.read_text("utf-8"))
    document["parts"]["papers"][0]["sha256"] = "0" * 64
    file.write_text(json.dumps(document), encoding="utf-8")


def take_the_signature(medium: Path) -> None:
    (one_set(medium) / "manifest.pdf").unlink()


def take_the_manifest(medium: Path) -> None:
    (one_set(medium) / "manifest.json").unlink()


def break_the_manifest(medium: Path) -> None:
    (one_set(medium) / "manifest.json").write_bytes(b"[]")


def rename_the_set(medium: Path) -> None:
    one_set(medium).rename(medium / "20200101T000000Z-full")


def take_the_set(medium: Path) -> None:
    one_set(medium).rename(medium / "elsewhere")


def come_from_tomorrow(medium: Path) -> None:
    file = one_set(medium) / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b"archive-backup/1", b"archive-backup/9"))


def know_another_revision(medium: Path) -> None:
    file = one_set(medium) / "manifest.json"
    document = json.loads(file.read_text("utf-8")) | {"revision": "9999"}
    file.write_text(json.dumps(document), encoding="utf-8")


def take_a_key(medium: Path) -> None:
    next((medium.parent / "keys" / "objects").glob("*/*.key")).unlink()


def take_the_key_of_the_rows(medium: Path) -> None:
    (medium.parent / "keys" / "database.key").unlink()


def take_another_key(medium: Path) -> None:
    keys = medium.parent / "keys"
    (keys / "database.key").write_bytes((keys / "evidence.key").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "code", "error"),
    [
        (flip, 5, "backup-damaged"),
        (cut, 5, "backup-damaged"),
        (swap, 5, "backup-damaged"),
        (take_away, 5, "backup-part-missing"),
        (change_the_manifest, 5, "backup-signature"),
        (take_the_signature, 5, "backup-signature"),
        (take_the_manifest, 5, "backup-damaged"),
        (break_the_manifest, 5, "backup-damaged"),
        (rename_the_set, 5, "backup-damaged"),
        (take_the_set, 3, "backup-missing"),
        (come_from_tomorrow, 2, "backup-too-new"),
        (know_another_revision, 2, "backup-too-new"),
        (take_a_key, 3, "backup-key-missing"),
        (take_the_key_of_the_rows, 3, "backup-key-missing"),
        (take_another_key, 5, "backup-damaged"),
    ],
)
def test_a_spoilt_backup_is_refused_and_nothing_is_half_done(
    medium: Path, tmp_path: Path, spoil: Callable[[Path], None], code: int, error: str
) -> None:
    spoil(medium)
    given = "restore", "--from", medium, "--keys", tmp_path / "keys"
    answer = Command(tmp_path / "new").run(*given, "--json")
    assert (answer.code, answer.error["code"]) == (code, error)
    left = [path for path in (tmp_path / "new").rglob("*") if path.name != "work"]
    assert left == []


def test_a_file_that_others_laid_there_is_told_and_does_no_harm(
    medium: Path, tmp_path: Path
) -> None:
    (one_set(medium) / "tables" / ".DS_Store").write_bytes(b"x")
    given = "restore", "--from", medium, "--keys", tmp_path / "keys"
    document = Command(tmp_path / "new").ask(*given)
    assert document["unexpected"] == ["tables/.DS_Store"]
