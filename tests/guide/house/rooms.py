"""The rooms of the product, and who imports whom."""

import sys
import tomllib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grimp

from tests.guide.sources import PACKAGES

# Each folder in one of these is a room; what lies deeper belongs to that room.
DIVIDED = {
    *(package for package in PACKAGES if package != "search"),
    *(f"archive_service.{name}" for name in ("catalogue", "keeping", "recovery", "signing")),
}
# What all rooms stand on, and the shells of their doors: a room is expected to import these.
FLOORS = {
    f"archive_service.{name}"
    for name in (
        *("web", "api", "cli", "request", "problem", "finding_document", "readable", "services"),
        *("packaging", "forms", "storage", "jobs", "formats", "audit", "access", "db", "domain"),
        *(
            "signing",
            "signing.cms",
            "signing.key_stores",
            "signing.pdf",
            "signing.trust",
            "signing.xml",
        ),
        *("settings", "law", "messages", "errors", "clock", "text", "log", "shipped"),
    )
}
# Material beside the product; like the floors, these are folders and no rooms.
BESIDE = {f"archive_service.{name}" for name in ("bench", "demo", "static")}
NOT_OURS = ("static/vendor/", "migrations/versions/")  # fetched, and written by Alembic

# In a room a module imports those of its own level and of the levels before it.
LEVELS = (
    ("rules",),
    ("papers", "documents"),
    ("acts",),
    ("jobs",),
    ("page_parts",),
    ("pages", "api", "commands"),
)
LEVEL_OF = {name: level for level, names in enumerate(LEVELS) for name in names}

Graph = Mapping[str, set[str]]


def written(root: Path, *suffixes: str, where: Iterable[str] = PACKAGES) -> Iterator[Path]:
    """The files with one of these endings below these folders, but for those nobody writes."""
    for folder in where:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in suffixes and not any(part in file.as_posix() for part in NOT_OURS):
                yield file


def imports(root: Path) -> dict[str, set[str]]:
    """Which modules each module of the product imports; imports for types alone are left out."""
    sys.path.insert(0, str(root))
    try:
        there = [package for package in PACKAGES if (root / package).is_dir()]
        graph = grimp.build_graph(*there, exclude_type_checking_imports=True, cache_dir=None)
    finally:
        sys.path.remove(str(root))
    return {name: graph.find_modules_directly_imported_by(name) for name in sorted(graph.modules)}


def room_of(module: str, folders: Iterable[str]) -> str:
    """The room of a module by dotted names; a file of ``archive_service/`` itself is its own."""
    room, *inside = module.split(".")
    for part in inside:
        below = f"{room}.{part}"
        if room not in DIVIDED or (below not in folders and room != "archive_service"):
            break
        room = below
    return room


def is_door(module: str) -> bool:
    """Whether a module is opened from outside alone: a page, a REST route or a command."""
    return not {"pages", "api", "commands"}.isdisjoint(module.split(".")[2:])


def is_page_part(module: str) -> bool:
    """Whether pages of several rooms show things by it; it is no door."""
    return "page_parts" in module.split(".")[2:]


def level_in_room(module: str, modules: Container[str]) -> int | None:
    """Of ``LEVELS``, by the last word of its name, else by its folder; none where neither tells.

    A folder that has acts of its own is a capability and tells nothing of what else lies there.
    """
    if is_door(module):
        return len(LEVELS) - 1
    folder, _, name = module.rpartition(".")
    level = LEVEL_OF.get(name.rpartition("_")[2])
    if level is None and f"{folder}.acts" not in modules:
        level = LEVEL_OF.get(folder.rpartition(".")[2])
    return level


def folders_of(root: Path) -> set[str]:
    """The packages of the product, by dotted names."""
    packages = (file.parent for file in written(root, ".py") if file.name == "__init__.py")
    return {".".join(folder.relative_to(root).parts) for folder in packages}


def rooms(root: Path) -> set[str]:
    """The folders that hold one capability each."""
    folders = folders_of(root)
    return {room_of(folder, folders) for folder in folders} - DIVIDED - FLOORS - BESIDE


def rooms_of(root: Path, modules: Iterable[str]) -> dict[str, str]:
    """The room of each module."""
    folders = folders_of(root)
    return {module: room_of(module, folders) for module in modules}


def between(graph: Graph, rooms: Mapping[str, str]) -> Counter[tuple[str, str]]:
    """How many imports lead from one room to another, or stay in it."""
    return Counter(
        (rooms[name], rooms[other]) for name, others in graph.items() for other in others
    )


def circles(graph: Graph) -> list[list[str]]:
    """Groups in which each imports each other, if by detours: strongly connected components."""
    left = {name: set(others) & set(graph) - {name} for name, others in graph.items()}
    while ends := {name for name, others in left.items() if not others}:  # these reach nothing
        left = {name: others - ends for name, others in left.items() if name not in ends}
    reached = {name: _reached(left, name) for name in left}
    rings = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in reached
    }
    return sorted((list(ring) for ring in rings if ring), key=len, reverse=True)


def _reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = graph[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen


def order(root: Path) -> dict[str, Any]:
    """The contract that holds the order of imports; an empty one where there is none."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    return next((each for each in contracts if each.get("id") == "order"), {})


def debts(root: Path) -> int:
    """Imports against the order that the order contract still lists."""
    return len(order(root).get("ignore_imports", ()))
