"""What a run of the tests leaves in memory goes, with it or with the next one."""

import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

BEGIN = """
from pathlib import Path
from tests.services import in_memory
print(in_memory.begin(Path({!r})), flush=True)
"""


def begun(memory: Path, then: str) -> "subprocess.Popen[str]":
    """A process that has a folder there, and then does something else."""
    command = [sys.executable, "-c", BEGIN.format(str(memory)) + then]
    return subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True)


def folder_of(process: "subprocess.Popen[str]") -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_a_killed_run_is_cleared_away_by_the_next_and_one_that_lives_is_not(tmp_path: Path) -> None:
    with begun(tmp_path, "input()") as killed, begun(tmp_path, "input()") as living:
        left, used = folder_of(killed), folder_of(living)
        (left / "home").mkdir()
        killed.kill()
        assert killed.wait() == -signal.SIGKILL
        with begun(tmp_path, "pass") as following:
            own = folder_of(following)
        assert not left.exists()
        assert used.is_dir()
        assert own.is_dir()
        living.kill()
