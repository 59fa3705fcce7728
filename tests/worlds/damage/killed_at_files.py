"""A process that ends itself, as ``kill -9``, before the k-th change of files below a folder."""

import os
import sys
from pathlib import Path
from typing import Any

from tests.worlds.damage.killing import die

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def die_at(root: Path, at: int, count: Path) -> None:
    """From now on; ``count`` is told how many changes there were. 0: never die."""
    seen = 0

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if not _changes(event, arguments, str(root)):
            return
        seen += 1
        if seen == at:
            die()
        if not at:
            _note(count, seen)

    sys.addaudithook(look)


def _changes(event: str, arguments: tuple[Any, ...], root: str) -> bool:
    """Whether a file is opened to be written, renamed or removed, or a folder is made."""
    if event == "open":
        path, _, flags = arguments
        changing = bool(flags & _WRITES)
    elif event in ("os.rename", "os.mkdir", "os.remove", "os.link"):
        path, changing = arguments[0], True
    else:
        return False
    return changing and isinstance(path, str | os.PathLike) and os.fspath(path).startswith(root)


def _note(count: Path, seen: int) -> None:
    descriptor = os.open(count, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(descriptor, str(seen).encode())
    os.close(descriptor)
