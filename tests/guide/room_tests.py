"""The tests of a room: ``python -m tests.guide.room_tests retention/transfer``, for `make test`.

Paths below ``tests/`` and options go to pytest as they are; any other word is a room.
"""

import os
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from tests.guide.sources import PACKAGES, ROOT

# Each of these folders holds the tree of the product again.
KINDS = ("unit", "contracts", "integration", "e2e", "faults")
# Options whose value is the next word.
VALUED = {"-c", "-k", "-m", "-n", "-o", "-p", "--dist"}


class UnknownRoomError(Exception):
    """A word names no room, or one without tests; the text says what to ask for instead."""


def arguments(words: Iterable[str], root: Path = ROOT) -> list[str]:
    """What pytest is called with: each room among the words becomes the folders of its tests."""
    found: list[str] = []
    before = ""
    for word in words:
        if before in VALUED or word.startswith("-") or Path(word).parts[0] == "tests":
            found.append(word)
        else:
            found += folders_of(word.strip("/"), root)
        before = word
    return found


def folders_of(room: str, root: Path) -> list[str]:
    """The folders of tests of a room, which is named by its path or by the end of it.

    Raises ``UnknownRoomError`` where there is no such room, or no test of it.
    """
    tests = [f"tests/{kind}/{path}" for kind in KINDS for path in _rooms(root / "tests" / kind)]
    if found := [path for path in tests if path.endswith(f"/{room}")]:
        return [path for path in found if not any(path.startswith(f"{one}/") for one in found)]
    rooms = [f"{package}/{path}" for package in PACKAGES for path in _rooms(root / package)]
    for path in rooms:
        if f"/{path}".endswith(f"/{room}"):
            above = path.rpartition("/")[0]
            raise UnknownRoomError(f"No test lies in {path}; TESTS={above} runs those around it.")
    names = [*rooms, *PACKAGES, *{path.rsplit("/", 1)[-1] for path in rooms}]
    alike = ", ".join(get_close_matches(room, names, cutoff=0.6))
    raise UnknownRoomError(f"No room is called {room}." + (f" Rooms: {alike}." if alike else ""))


def _rooms(top: Path) -> list[str]:
    """The folders below ``top`` that hold Python files, by their paths from there."""
    files = (file.relative_to(top).parent for file in top.rglob("*.py"))
    held = {parent.as_posix() for file in files for parent in (file, *file.parents)}
    return sorted(held - {"."})


if __name__ == "__main__":
    try:
        called = arguments(sys.argv[1:])
    except UnknownRoomError as unknown:
        sys.exit(f"{unknown} Or give a path below tests/.")
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *called])  # noqa: S606 - no shell
