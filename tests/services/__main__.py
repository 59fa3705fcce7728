"""``python -m tests.services judges | serve | run -- COMMAND``: for the Makefile and for people."""

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.services.install import ToolMissingError
from tests.services.judges import in_ci, missing_ones
from tests.services.process import ServerFailedError
from tests.services.together import Together, run_together

USAGE = "python -m tests.services judges | serve | run -- COMMAND…"


def judges(*, quiet: bool = False) -> int:
    """0 if all are there; else 1 in CI, and a plain list of what the tests will skip."""
    missing = missing_ones(say=(lambda _: None) if quiet else _say)
    for line in missing:
        _complain(f"Missing: {line}")
    if missing:
        _complain("The tests that need these are skipped (in CI they fail).")
    return 1 if missing and in_ci() else 0


def serve() -> int:
    """Start all, print the settings for a shell, and end all at Ctrl-C."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with run_together() as together:
        for line in together.running:
            _say(f"# {line}")
        for name, value in together.settings.items():
            _say(f"export {name}={shlex.quote(value)}")
        _say(
            "# The key and the stamps are the demo authority's. A home trusts it after:\n"
            'mkdir -p "${ARCHIVE_HOME:?}/trust" && '
            f'cp {together.authority}/*.c?? "$ARCHIVE_HOME/trust"\n'
            "# Ctrl-C ends all of them, with what they hold."
        )
        stopping.wait()
    return 0


def run(command: Sequence[str]) -> int:
    """The command's exit code, with all servers up while it runs."""
    with run_together() as together:
        for line in together.running:
            _complain(line)
        return _with(together, command)


def _with(together: Together, command: Sequence[str]) -> int:
    if home := os.environ.get("ARCHIVE_HOME"):
        together.trust_in(Path(home))
    env = {**os.environ, **together.settings}
    return subprocess.run(command, check=False, env=env).returncode


def main(arguments: Sequence[str]) -> int:
    """See the usage."""
    try:
        match arguments:
            case ["judges"]:
                return judges()
            case ["judges", "--quiet"]:
                return judges(quiet=True)
            case ["serve"]:
                return judges(quiet=True) or serve()
            case ["run", "--", *command] if command:
                return judges(quiet=True) or run(command)
    except (ToolMissingError, ServerFailedError) as error:
        _complain(str(error))
        return 1
    _complain(USAGE)
    return 2


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
