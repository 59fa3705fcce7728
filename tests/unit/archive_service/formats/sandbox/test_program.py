"""A program is stopped for the work that it took, never for what others left it of the clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive_service.formats.sandbox.program import run_confined


def run(folder: Path, line: str, *, limit_s: float) -> str:
    command = [sys.executable, "-c", line]
    done = run_confined(command, folder=folder, limit_s=limit_s, environment=os.environ)
    return done.stdout


def test_one_that_waits_longer_than_it_may_work_comes_to_its_end(tmp_path: Path) -> None:
    assert run(tmp_path, "import time; time.sleep(3); print('done')", limit_s=2) == "done\n"


@pytest.mark.parametrize("line", ["while True: pass", "import time; time.sleep(600)"])
def test_one_without_end_is_stopped(tmp_path: Path, line: str) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(tmp_path, line, limit_s=0.5)
