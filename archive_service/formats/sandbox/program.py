"""Starts a program that reads files of strangers, confined as the children that parse are."""

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from archive_service.formats.sandbox.confinement import before, confinement, enter


def run_confined(
    command: Sequence[str], *, folder: Path, limit_s: float, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run it without network, writing in ``folder`` alone; as ``subprocess.run`` with its output.

    Raises ``OSError``, ``subprocess.TimeoutExpired``.
    """
    confined = confinement((folder,), network=False)
    told = pickle.dumps(confined).hex()
    line = [*before(confined), sys.executable, "-m", __name__, told, *command]
    ours = {name: value for name, value in environment.items() if not name.startswith("ARCHIVE_")}
    return subprocess.run(
        line,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
        env={**ours, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder)},
    )


def main() -> None:
    """Confine this process, and become the program."""
    enter(pickle.loads(bytes.fromhex(sys.argv[1])))  # noqa: S301 - of the one that started us
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - a shell is not wanted


if __name__ == "__main__":
    main()
