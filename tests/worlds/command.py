"""The ``archive`` command as other programs call it: in a process of its own, or in this one."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive_service.main import run

PROGRAM = Path(sys.executable).with_name("archive")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run of the command gave."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout; fails where there is more, or none."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found

    @property
    def error(self) -> dict[str, str]:
        """The refusal in words."""
        (only,) = self.document.items()
        name, told = only
        assert name == "error"
        assert set(told) == {"code", "message", "remedy"}
        return dict(told)


@dataclass(frozen=True)
class Command:
    """The command on one home, whose settings are those of the home's own file."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)  # ARCHIVE_ variables

    def started(
        self, *arguments: object, account: str | None = None, cwd: Path | None = None
    ) -> Answer:
        """Run in a process of its own, as a shell does."""
        done = subprocess.run(
            [str(PROGRAM), *self._line(arguments, account)],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=cwd or self.home.parent,
            env=self._environment(),
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def beside(
        self, *arguments: object, log: Path = Path(os.devnull)
    ) -> Iterator["subprocess.Popen[str]"]:
        """A process that runs beside the test, what it logs kept in ``log``; ended with it."""
        with (
            log.open("w", encoding="utf-8") as told,
            subprocess.Popen(
                [str(PROGRAM), *self._line(arguments, None)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                text=True,
                env=self._environment(),
            ) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()

    def run(self, *arguments: object, account: str | None = None) -> Answer:
        """Run in this process: the same answer in a fraction of the time."""
        out, err = io.StringIO(), io.StringIO()
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self._environment())
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = run(self._line(arguments, account))
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Answer(int(code), out.getvalue(), err.getvalue())

    def ask(self, *arguments: object, account: str | None = None) -> dict[str, Any]:
        """The document of a command that succeeds."""
        answer = self.run(*arguments, "--json", account=account)
        assert answer.code == 0, answer
        return answer.document

    def _line(self, arguments: tuple[object, ...], account: str | None) -> list[str]:
        acting = [] if account is None else ["--as", account]
        return ["--home", str(self.home), *acting, *map(str, arguments)]

    def _environment(self) -> dict[str, str]:
        return without_settings() | self.settings


def without_settings() -> dict[str, str]:
    """This process's environment, without any setting of an archive."""
    named = settings_set()
    return {name: value for name, value in os.environ.items() if name not in named}


def settings_set() -> set[str]:
    """Names of the archive's settings in this process's environment; not those of the tests."""
    ours = {name for name in os.environ if name.startswith("ARCHIVE_")}
    return ours - {"ARCHIVE_TOOLS", "ARCHIVE_CHROMIUM"}
