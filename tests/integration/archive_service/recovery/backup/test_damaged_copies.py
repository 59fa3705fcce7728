"""Backups while the first copy is damaged beside its packages: the other one is asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worlds.backed_up import stocked_home
from tests.worlds.command import Command

COPIES = ("kho1", "kho2")
BESIDE = ("acts", "audit")
VICTIMS = ("audit/*.jsonl", "acts/*/*.json", "acts/*/*.json.sha256", "acts/*/*.pdf")


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    return Command(stocked_home(tmp_path / "home"))


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-2] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)


def take_away(file: Path) -> None:
    file.unlink()


def beside(home: Path, copy: str) -> dict[str, bytes]:
    """Acts and audit trail of a copy."""
    files = [file for part in BESIDE for file in (home / copy / part).rglob("*") if file.is_file()]
    return {file.relative_to(home / copy).as_posix(): file.read_bytes() for file in files}


def restored(archive: Command, place: Path) -> Path:
    made = archive.ask("backup", "--to", place / "medium", "--objects")
    keys = Path(made["keys"]).rename(place / "keys")
    Command(place / "new").ask("restore", "--from", place / "medium", "--keys", keys)
    return place / "new"


@pytest.mark.parametrize("spoil", [flip, take_away])
def test_what_the_first_copy_lacks_or_holds_otherwise_comes_from_the_other(
    archive: Command, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    for number, victim in enumerate(VICTIMS):
        spoil(sorted((archive.home / "kho1").glob(victim))[number % 2 - 1])
    home = restored(archive, tmp_path)
    before = beside(archive.home, "kho2")
    for copy in COPIES:
        after = beside(home, copy)
        assert {key: after.get(key) for key in before} == before


def test_what_no_copy_has_as_recorded_is_told_and_nothing_is_backed_up(
    archive: Command, tmp_path: Path
) -> None:
    for copy in COPIES:
        flip(max((archive.home / copy).glob("acts/*/*.pdf")))
    answer = archive.run("backup", "--to", tmp_path / "medium", "--objects", "--json")
    assert (answer.code, answer.error["code"]) == (5, "backup-damaged")
    assert list((tmp_path / "medium").glob("2*")) == []
