"""Copies with something taken away, and a rebuild from them."""

from pathlib import Path
from typing import Any

from tests.worlds.command import Command


def drop(home: Path) -> None:
    """Lose database and index, as with a broken disk."""
    for file in [*home.glob("archive.db*"), *home.glob("search.db*")]:
        file.unlink()


def inventories(root: Path) -> list[Path]:
    """All of one object: that of the root, and that of each version."""
    found = sorted(root.rglob("inventory.json"))
    assert len(found) > 1
    return found


def rebuilt(archive: Command) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Exit code, document, and by their paths what was passed over, with why."""
    answer = archive.run("rebuild", "--json")
    document = answer.document
    return answer.code, document, {entry["key"]: entry["code"] for entry in document["passed_over"]}
