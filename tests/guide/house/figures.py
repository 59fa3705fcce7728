"""Figures of the house: how much there is, how it is divided, and how far a change reaches.

    python -m tests.guide.house [--root CHECKOUT] [--json] [--picture docs/rooms.svg]

It reads any checkout of this project, so that a change of the tree can be measured on both sides.
"""

import argparse
import ast
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

from tests.guide.house.changes import CHECK, COLUMN, FIELDS, check_files, naming
from tests.guide.house.floor_plan import picture
from tests.guide.house.rooms import (
    FLOORS,
    between,
    circles,
    debts,
    imports,
    is_door,
    rooms_of,
    written,
)
from tests.guide.sources import PACKAGES, ROOT

TIMES = "var/house-times.json"  # seconds by name, as .ci/run measures them

Figures = dict[str, dict[str, object]]


def _lines(file: Path) -> int:
    return len(file.read_text("utf-8").splitlines())


def _functions(files: Iterable[Path]) -> list[tuple[int, str]]:
    """Lines and name of every function, the longest last."""
    return sorted(
        ((node.end_lineno or node.lineno) - node.lineno + 1, node.name)
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def sizes(root: Path, where: Iterable[str]) -> dict[str, object]:
    """Figures of the files below these folders."""
    files = list(written(root, ".py", where=where))
    modules = [file.parent for file in files if file.name != "__init__.py"]
    folder, most = Counter(modules).most_common(1)[0]
    functions = _functions(files)
    lengths = [lines for lines, _ in functions]
    return {
        "lines of Python": sum(map(_lines, files)),
        "lines of templates": sum(map(_lines, written(root, ".html", ".typ", where=where))),
        "modules": len(modules),
        "most modules in a folder": f"{most} in {folder.relative_to(root)}",
        "functions": len(functions),
        "lines of a function, median": lengths[len(lengths) // 2],
        "lines of a function, nine in ten at most": lengths[len(lengths) * 9 // 10],
        "lines of a function, longest": f"{functions[-1][0]} in {functions[-1][1]}",
    }


def figures(root: Path) -> Figures:
    """Every figure by its name, for the product and where it has one for the tests."""
    product, tests = sizes(root, PACKAGES), sizes(root, ("tests",))
    table: Figures = {name: {"product": product[name], "tests": tests[name]} for name in product}
    graph = imports(root)
    rooms = rooms_of(root, graph)
    pairs = between(graph, rooms)
    inside = sum(count for (one, other), count in pairs.items() if one == other)
    down = sum(count for (one, other), count in pairs.items() if one != other and other in FLOORS)
    behind_doors = {name: others for name, others in graph.items() if not is_door(name)}
    single = {
        "rooms": len(set(rooms.values())),
        "imports that stay in their room": inside,
        "imports from a room to a floor": down,
        "imports from a room to another room": pairs.total() - inside - down,
        "imports against the order": debts(root),
        "circles of modules": _rings(circles(graph)),
        "circles of rooms": _rings(circles(_joined(pairs))),
        "circles of rooms behind their doors": _rings(
            circles(_joined(between(behind_doors, rooms)))
        ),
        **{
            f"files that a field of {noun} takes ({field})": _split(naming(root, field))
            for noun, field in FIELDS.items()
        },
        f"files that a check at ingest takes ({CHECK})": _split(check_files(root, CHECK)),
        f"files that a column of a list takes ({COLUMN})": _split(naming(root, COLUMN)),
    }
    times = root / TIMES
    if times.exists():
        measured = json.loads(times.read_text("utf-8"))
        single |= {f"seconds of {name}": seconds for name, seconds in measured.items()}
    return table | {name: {"product": value} for name, value in single.items()}


def _joined(pairs: Collection[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {room: set() for pair in pairs for room in pair}
    for one, other in pairs:
        found[one].add(other)
    return found


def _rings(found: list[list[str]]) -> str:
    return f"{len(found)}, of {', '.join(str(len(ring)) for ring in found)}" if found else "0"


def _split(found: set[str]) -> str:
    words = sum(name.startswith("config/messages/") for name in found)
    return f"{len(found) - words} + {words} of messages"


def main() -> None:
    """Print the figures as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to measure")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--picture", type=Path, metavar="SVG", help="draw the rooms, and no more")
    given = parser.parse_args()
    root = given.root.resolve()
    if given.picture:
        given.picture.write_text(picture(root), "utf-8")
        return
    found = figures(root)
    if given.json:
        sys.stdout.write(f"{json.dumps(found, ensure_ascii=False, indent=2)}\n")
        return
    rows = [("", "product", "tests")]
    rows += [(name, str(row["product"]), str(row.get("tests", ""))) for name, row in found.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
