"""Files of a copy, checked and repaired."""

from pathlib import Path
from typing import Any

from tests.worlds.command import Command
from tests.worlds.main_job import A_CODE, Held
from tests.worlds.shelf import DATA, object_of


def checked(archive: Command, *options: object) -> tuple[int, dict[str, Any]]:
    """Exit code and document of ``fixity check``."""
    answer = archive.run("fixity", "check", *options, "--json")
    return answer.code, answer.document


def repaired(archive: Command) -> tuple[int, dict[str, Any]]:
    """Exit code and document of ``fixity repair``."""
    answer = archive.run("fixity", "repair", "--json")
    return answer.code, answer.document


def key_of(held: Held, file: Path, copy: str = "kho1") -> str:
    """The key under which a copy keeps a file."""
    return file.relative_to(held.home / copy).as_posix()


def original(held: Held, copy: str = "kho1", *, number: int = 0) -> Path:
    """The bytes of one of A's PDFs in a copy."""
    stored = object_of(held.home / copy, A_CODE)
    paths = sorted(path for path in stored.state() if path.startswith(DATA))
    return stored.file(paths[number])
