"""Somebody who has a document of ours, public tools and no code of ours: runs what it says."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.services import tools
from tests.services.process import program

DOCUMENT = Path(__file__).parents[2] / "docs" / "exit.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PLAIN = (
    "base64", "bash", "gunzip", "jq", "openssl", "pdfsig", "pdftotext", "python3", "sha256sum",
    "unzip", "xmllint", "xmlsec1",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A script of the document, and the heading below which it stands."""

    heading: str
    script: str


def blocks() -> list[Block]:
    """All that are for a shell, in their order; the first says where things lie."""
    text = DOCUMENT.read_text("utf-8")
    found = []
    for block in BLOCK.finditer(text):
        heading = [
            match[1] for match in HEADING.finditer(BLOCK.sub(_blank, text), 0, block.start())
        ]
        if block[1] == "bash":
            found.append(Block(heading[-1], block[2]))
    return found


def _blank(block: re.Match[str]) -> str:
    """A comment in a script is no heading."""
    return " " * len(block[0])


@dataclass(frozen=True)
class Reader:
    """Somebody with the disks, the document and public tools, in an empty folder."""

    folder: Path
    tools: Path
    places: Mapping[str, str]  # what the first block would set otherwise
    unread: frozenset[str] = frozenset()  # headings that somebody else has read in these places

    def run(self, block: Block) -> subprocess.CompletedProcess[str]:
        """One script, after the block that says where things lie; nothing of ours is in sight."""
        script = f"{blocks()[0].script}\n{block.script}"
        environment = {"PATH": f"{self.tools}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=environment | {"HOME": str(self.folder)} | dict(self.places),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    @cached_property
    def told(self) -> dict[str, str]:
        """What each heading's scripts print when all are run in their order, but for ``unread``."""
        told: dict[str, str] = {}
        for block in blocks():
            if block.heading in self.unread:
                continue
            done = self.run(block)
            assert done.returncode == 0, (block, done.stdout, done.stderr)
            told[block.heading] = told.get(block.heading, "") + done.stdout
        return told


def public_tools(folder: Path) -> Path:
    """The judges in ``folder`` under the names that the document gives them."""
    for name in PLAIN:
        program(name)
    for name, command in tools.public_commands().items():
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def by_heading(heading: str, nth: int) -> Block:
    """One of the scripts below a heading, from 0 on."""
    return [block for block in blocks() if block.heading == heading][nth]
