"""Starts a program that reads files of strangers, confined as the children that parse are."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from archive_service.formats.patience import Patience
from archive_service.formats.sandbox.confinement import before, confinement, enter


def run_confined(
    command: Sequence[str], *, folder: Path, limit_s: float, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run it without network, writing in ``folder`` alone; as ``subprocess.run`` with its output.

    ``limit_s`` is processor time, see ``Patience``.

    Raises ``OSError``, ``subprocess.TimeoutExpired``.
    """
    confined = confinement((folder,), network=False)
    pickled = pickle.dumps(confined).hex()
    line = [*before(confined), sys.executable, "-m", __name__, pickled, *command]
    ours = {name: value for name, value in environment.items() if not name.startswith("ARCHIVE_")}
    with subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ours, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder)},
        start_new_session=True,
    ) as process:
        try:
            out, err = _output(process, limit_s)
        except BaseException:
            with suppress(ProcessLookupError):  # with whatever it started, and bubblewrap's own
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(line, process.returncode, out, err)


def _output(process: "subprocess.Popen[str]", limit_s: float) -> tuple[str, str]:
    patience = Patience(process.pid, limit_s)
    while True:
        try:
            return process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            if not patience.goes_on():
                raise


def main() -> None:
    """Confine this process, and become the program."""
    enter(pickle.loads(bytes.fromhex(sys.argv[1])))  # noqa: S301 - of the one that started us
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - a shell is not wanted


if __name__ == "__main__":
    main()
