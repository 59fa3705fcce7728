"""What a command makes is for its account alone, whatever the shell's mask says."""

import os
import stat
import subprocess
import sys
from pathlib import Path


def test_no_file_of_a_home_can_be_read_by_another_account(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for words in (("init",), ("work", "--until-empty")):
        subprocess.run(
            [sys.executable, "-m", "archive_service.main", *words],
            env=os.environ | {"ARCHIVE_HOME": str(home)},
            umask=0o000,
            capture_output=True,
            check=True,
        )
    found = {path: stat.S_IMODE(path.lstat().st_mode) for path in (home, *home.rglob("*"))}
    assert len(found) > 10
    assert {str(path): oct(mode) for path, mode in found.items() if mode & 0o077} == {}
