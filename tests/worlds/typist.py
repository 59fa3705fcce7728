"""Somebody who types what README.md, docs/operations.md and docs/access.md say."""

import re
import shlex
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager, chdir
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.guide.sources import ROOT
from tests.worlds.command import PROGRAM, Answer, Command, without_settings

DOCUMENTS = ("README.md", "docs/operations.md", "docs/access.md")
MACHINE = re.compile(r"(?<=[ =])/(?=(?:mnt|srv|tmp)/)")  # paths of an operator's machine
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@cache
def blocks() -> dict[str, str]:
    """Each script of the documents by the heading below which it stands."""
    found: dict[str, str] = {}
    for text in _texts():
        for block in _BLOCK.finditer(text):
            heading = _HEADING.findall(_without_blocks(text), 0, block.start())[-1]
            if block[1] == "sh":
                assert heading not in found, f"{heading} has two scripts: part them by a heading"
                found[heading] = block[2]
    return found


@cache
def quoted() -> frozenset[str]:
    """Each command that stands in a sentence or in a table of the documents."""
    found = [re.findall(r"`(archive [^`]+)`", _without_blocks(text)) for text in _texts()]
    return frozenset(command for some in found for command in some)


def _texts() -> list[str]:
    return [(ROOT / name).read_text("utf-8") for name in DOCUMENTS]


def _without_blocks(text: str) -> str:
    """As long as before, so that a place in it is the same place."""
    return _BLOCK.sub(lambda block: " " * len(block[0]), text)


@dataclass(frozen=True)
class Typist:
    """They work in ``folder``, below which the machine's /mnt, /srv and /tmp lie, on one home."""

    folder: Path
    home: Path | None = None

    def block(self, heading: str, filled: Mapping[str, object] | None = None) -> str:
        """What the commands below this heading print; each line is one, and typed in this process.

        Of ``filled`` what is a function is asked at each line: it stands for what was made above.
        """
        told = []
        for line in MACHINE.sub(f"{self.folder}/", blocks()[heading]).splitlines():
            now = {name: one() if callable(one) else one for name, one in (filled or {}).items()}
            program, *words = [put_in(word, now) for word in shlex.split(line, comments=True)]
            assert program == "archive", f"only a shell can type {line}"
            with chdir(self.folder):
                answer = self.archive.run(*words)
            assert answer.code == 0, (line, answer)
            told.append(answer.stdout)
        return "".join(told)

    def shell(self, heading: str, filled: Mapping[str, object] | None = None) -> str:
        """What a shell prints of the script below this heading; it fails where a command does."""
        script = put_in(MACHINE.sub(f"{self.folder}/", blocks()[heading]), filled or {})
        home = {} if self.home is None else {"ARCHIVE_HOME": str(self.home)}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=without_settings() | {"PATH": f"{PROGRAM.parent}:/usr/bin:/bin"} | home,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (script, done.stdout, done.stderr)
        return done.stdout

    def types(
        self,
        command: str,
        filled: Mapping[str, object] | None = None,
        *,
        account: str | None = None,
        ends: int = 0,
    ) -> Answer:
        """The answer to a command that the documents quote, its placeholders filled in."""
        answer = self.archive.run(*_words(command, filled or {}), account=account)
        assert answer.code == ends, (command, answer)
        return answer

    def keeps(
        self, command: str, filled: Mapping[str, object]
    ) -> AbstractContextManager["subprocess.Popen[str]"]:
        """A command of the documents that goes on until it is told to end, beside the test."""
        return self.archive.beside(*_words(command, filled))

    @property
    def archive(self) -> Command:
        """The command on the home, for what no document says."""
        assert self.home is not None
        return Command(self.home)


def _words(command: str, filled: Mapping[str, object]) -> list[str]:
    """All but the first, filled in; fails where no document says so."""
    assert command in quoted(), f"neither of {DOCUMENTS} says {command}"
    return [put_in(word, filled) for word in shlex.split(command)[1:]]


def put_in(text: str, filled: Mapping[str, object]) -> str:
    """The text with these values in place of the words that stand for them."""
    for name, value in filled.items():
        told = str(value).replace("\\", r"\\")
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", told, text)
    return text
