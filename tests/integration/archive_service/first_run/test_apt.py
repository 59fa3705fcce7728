"""A machine that is at its own upgrades is waited for."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.guide.sources import ROOT
from tests.worlds.crew import wait_until

LISTS = Path("/var/lib/apt/lists/lock")


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("apt-get") is None, reason="root installs Debian packages"
)
def test_packages_are_installed_once_another_program_is_done() -> None:
    with LISTS.open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        with subprocess.Popen([ROOT / "deploy" / "apt.sh", "make"]) as process:
            wait_until(lambda: _is_waiting(process.pid))
            fcntl.lockf(lock, fcntl.LOCK_UN)
            assert process.wait() == 0


def _is_waiting(pid: int) -> bool:
    """Whether it sleeps until the next try."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    try:
        return any(Path(f"/proc/{child}/comm").read_text() == "sleep\n" for child in children)
    except FileNotFoundError:  # it has ended
        return False
