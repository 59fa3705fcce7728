"""The files that the rules of the house are held against."""

import ast
import importlib
import pkgutil
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("archive_service", "digitize", "ingest", "retention", "search")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository that is there, or would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    files = (ROOT / name for name in sorted(listed.split("\0")) if name)
    return tuple(file for file in files if file.is_file())


def python_files(*folders: str) -> list[Path]:
    """The Python files of these top-level folders; of the product and the tests by default."""
    wanted = folders or (*PACKAGES, "tests")
    return [
        file
        for file in tracked()
        if file.suffix == ".py" and file.relative_to(ROOT).parts[0] in wanted
    ]


@cache
def tree(file: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(file.read_text("utf-8"), str(file))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Every node of the parsed file: most rules look through all of them."""
    return tuple(ast.walk(tree(file)))


def place(file: Path, node: ast.AST | int = 1) -> str:
    """Path and line, as an editor opens them."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 1)
    return f"{file.relative_to(ROOT)}:{line}"


def calls(*folders: str) -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call in the product, with the last part of the name that is called."""
    for file in python_files(*(folders or PACKAGES)):
        for node in nodes(file):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Attribute):
                    yield file, node, node.func.attr
                elif isinstance(node.func, ast.Name):
                    yield file, node, node.func.id


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the product, imported; migrations belong to Alembic."""
    found = []
    for package in PACKAGES:
        root = importlib.import_module(package)
        found.append(root)
        names = [info.name for info in pkgutil.walk_packages(root.__path__, f"{package}.")]
        found += [
            importlib.import_module(name)
            for name in names
            if ".migrations" not in name and not name.endswith(".__main__")
        ]
    return tuple(found)


def assert_none(found: Iterable[str]) -> None:
    """Fail with every place that breaks the rule, one a line."""
    lines = sorted(found)
    if lines:
        raise AssertionError("\n".join(["", *lines]))


@cache
def project() -> dict[str, Any]:
    """The parsed ``pyproject.toml``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
