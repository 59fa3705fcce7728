"""A worker on a disk without room says so in words."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.archive import new_home


@pytest.fixture
def full_home(tmp_path: Path) -> Iterator[Path]:
    """A home on a file system of 8 MiB of its own, with not one byte left."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        told = "a small file system cannot be mounted here: needs root and the right to mount"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    home = new_home(disk / "home")
    left = os.statvfs(disk)
    (disk / "filled").write_bytes(bytes(left.f_bavail * left.f_frsize - 4096))
    yield home
    subprocess.run(["umount", str(disk)], check=True)


def answered(home: Path, *line: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("archive")
    done = subprocess.run(
        [str(program), "--home", str(home), *line],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"ARCHIVE_CONFIG": str(home / "archive.toml")},
    )
    assert done.returncode == 6, done
    return done


def test_a_worker_on_a_full_disk_answers_in_words_and_without_a_traceback(full_home: Path) -> None:
    done = answered(full_home, "work", "--until-empty", "--json")
    assert json.loads(done.stdout)["error"]["code"] == "database-unreachable"
    assert "Traceback" not in done.stderr


def test_the_words_of_the_database_are_said_in_vietnamese(full_home: Path) -> None:
    told = answered(full_home, "work", "--until-empty").stderr
    assert "Cơ sở dữ liệu không trả lời: ổ đĩa" in told
    assert "disk" not in told
