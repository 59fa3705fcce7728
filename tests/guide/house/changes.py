"""How many files a change takes: samples, counted where their names stand."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.guide.house.rooms import written

# The samples: a day that the answer to a register may name, and two fields of rooms that nobody
# polished for the measure; a check that has findings of its own; and a column of the list of texts
# that were read again.
FIELD, CHECK, COLUMN = "wanted_on", "recordings", "impossible"
FIELDS = {"a transfer": FIELD, "a partner": "quota_bytes", "a batch": "pages_expected"}


def naming(root: Path, name: str) -> set[str]:
    """Files in which this name stands: Python (migrations too), templates and messages.

    A name counts as a variable, an attribute, a parameter, a keyword or a part of a dotted key;
    a word of a comment or a docstring does not.
    """
    found = {file for file in _python(root) if _stands(name, file)}
    word = re.compile(rf"\b{name}\b")
    for file in written(root, ".html", ".typ"):
        if word.search(re.sub(r"\{#.*?#\}", "", file.read_text("utf-8"), flags=re.DOTALL)):
            found.add(file)
    key = re.compile(rf"^{name} *=", re.MULTILINE)
    found |= {file for file in _catalogues(root) if key.search(file.read_text("utf-8"))}
    return {file.relative_to(root).as_posix() for file in found}


def _python(root: Path) -> Iterator[Path]:
    yield from written(root, ".py")
    yield from (root / "archive_service/db/migrations/versions").glob("*.py")


def _stands(name: str, file: Path) -> bool:
    text = file.read_text("utf-8")
    return name in text and name in _names(ast.parse(text))


def _names(parsed: ast.Module) -> set[str]:
    named: set[str] = set()
    for node in ast.walk(parsed):
        named |= {str(getattr(node, part, "")) for part in ("id", "attr", "arg", "name")}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            named |= set(node.value.split("."))
    return named


def check_files(root: Path, check: str) -> set[str]:
    """Files that a check takes: its own, those that import it, and the words of its findings."""
    [own] = (root / "ingest/checks").rglob(f"{check}.py")
    folder = ".".join(own.relative_to(root).parent.parts)
    found = {own}
    for file in written(root, ".py"):
        text = file.read_text("utf-8")
        if folder in text and check in text and _imports(ast.parse(text), folder, check):
            found.add(file)
    codes = _names(ast.parse(own.read_text("utf-8")))
    for file in _catalogues(root):
        if codes & tomllib.loads(file.read_text("utf-8")).get("findings", {}).keys():
            found.add(file)
    return {file.relative_to(root).as_posix() for file in found}


def _imports(parsed: ast.Module, folder: str, name: str) -> bool:
    return any(
        node.module == f"{folder}.{name}"
        or (node.module == folder and name in {alias.name for alias in node.names})
        for node in ast.walk(parsed)
        if isinstance(node, ast.ImportFrom)
    )


def _catalogues(root: Path) -> Iterator[Path]:
    return written(root, ".toml", where=("config/messages",))
