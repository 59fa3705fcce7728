"""What a room gives to another has a type: no function hands over a dictionary of anything."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.guide.house.rooms import room_of
from tests.guide.sources import PACKAGES, ROOT, assert_none, nodes, python_files, tree

UNTYPED = ("dict[str, Any]", "Mapping[str, Any]")


def modules_of(files: list[Path], root: Path) -> dict[str, Path]:
    """The files by the dotted names of their modules."""
    return {
        ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
    }


def untyped(file: Path) -> set[str]:
    """The functions of a module that give such a dictionary, or several."""
    return {
        node.name
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef) and node.returns is not None
        if any(kind in ast.unparse(node.returns) for kind in UNTYPED)
    }


def named(file: Path, modules: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """The names of other modules that a module imports, or reads through its import of them."""
    known: dict[str, str] = {}
    for node in nodes(file):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                if inside in modules:
                    known[alias.asname or alias.name] = inside
                else:
                    yield node.module, alias.name
    for node in nodes(file):
        owner = node.value if isinstance(node, ast.Attribute) else None
        if isinstance(node, ast.Attribute) and isinstance(owner, ast.Name) and owner.id in known:
            yield known[owner.id], node.attr


def handed_over(modules: Mapping[str, Path]) -> Iterator[str]:
    """Such functions that a module of another room names."""
    folders = {module for module, file in modules.items() if file.name == "__init__.py"}
    functions = {module: untyped(file) for module, file in modules.items()}
    for taker, file in modules.items():
        for giver, name in named(file, modules):
            strangers = room_of(giver, folders) != room_of(taker, folders)
            if strangers and name in functions.get(giver, ()):
                yield f"{giver}.{name} -> {taker}"


def test_no_room_gives_a_dictionary_of_anything_to_another() -> None:
    assert_none(handed_over(modules_of(python_files(*PACKAGES), ROOT)))


def test_a_dictionary_is_seen_however_it_is_taken(tmp_path: Path) -> None:
    written = {
        "ingest/drafts/acts.py": "def show(): ...\ndef told() -> list[dict[str, Any]]: ...",
        "ingest/drafts/views.py": "from ingest.drafts.acts import told",
        "ingest/uploads/by_name.py": "from ingest.drafts.acts import show, told",
        "ingest/uploads/by_module.py": "from ingest.drafts import acts as drafts\ndrafts.told()",
    }
    files = [tmp_path / name for name in ("ingest/drafts/__init__.py", *written)]
    files.append(tmp_path / "ingest/uploads/__init__.py")
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written.get(file.relative_to(tmp_path).as_posix(), ""), "utf-8")
    assert sorted(handed_over(modules_of(files, tmp_path))) == [
        "ingest.drafts.acts.told -> ingest.uploads.by_module",
        "ingest.drafts.acts.told -> ingest.uploads.by_name",
    ]
