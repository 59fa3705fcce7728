"""Nothing lies where nobody looks for it, and every room stands in the order of imports."""

import ast
import re

from alembic.script import ScriptDirectory

from archive_service.db.migrate import VERSIONS, config, knows, newest
from tests.guide.sources import (
    PACKAGES,
    ROOT,
    assert_none,
    nodes,
    place,
    project,
    python_files,
    tracked,
    tree,
)

TOP = {
    *PACKAGES,
    *("tests", "config", "docs", "deploy", ".ci"),
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "requirements.lock"),
    *("package.json", "package-lock.json", ".gitignore", ".pre-commit-config.yaml"),
}
BANNED = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
ASSETS = {"static", "templates"}  # what browsers are sent, and the script that fetches it


def _levels() -> set[str]:
    """What the order of imports names: modules, and folders with all that lies in them."""
    contracts = project()["tool"]["importlinter"]["contracts"]
    order = next(contract for contract in contracts if contract.get("id") == "order")
    return {name for layer in order["layers"] for name in re.findall(r"[\w.]+", layer)}


def test_nothing_else_lies_at_the_top() -> None:
    assert_none({file.relative_to(ROOT).parts[0] for file in tracked()} - TOP)


def test_every_module_stands_in_the_order_of_imports() -> None:
    levels, outside = _levels(), set()
    for file in python_files(*PACKAGES):
        module = file.relative_to(ROOT).with_suffix("")
        if file.name == "__init__.py" or ASSETS & set(module.parts):
            continue
        names = {".".join(folder.parts) for folder in (module, *module.parents)}
        if not levels & names:
            outside.add(place(file))
    assert_none(outside)


def test_no_test_takes_anything_from_a_module_of_tests() -> None:
    """What several tests need lies in a module beside them, or in ``tests/worlds/``."""
    assert_none(
        f"{place(file, node)} {node.module}"
        for file in python_files("tests")
        for node in nodes(file)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names))
        if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")
    )


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    named = [
        str(file.relative_to(ROOT))
        for file in python_files()
        if BANNED & {part.lower() for part in file.relative_to(ROOT).with_suffix("").parts}
    ]
    assert_none(named)


def test_every_folder_of_the_product_is_a_package() -> None:
    """Without ``__init__.py`` the order of imports would not see it."""
    folders = {file.parent for file in python_files(*PACKAGES)}
    assert_none(str(folder) for folder in folders if not (folder / "__init__.py").exists())


def test_a_package_opens_with_one_docstring_and_imports_nothing() -> None:
    full = [
        place(file)
        for file in python_files()
        if file.name == "__init__.py"
        and not (len(tree(file).body) == 1 and ast.get_docstring(tree(file)))
    ]
    assert_none(full)


def test_the_revisions_that_file_names_tell_are_those_that_alembic_reads() -> None:
    scripts = ScriptDirectory.from_config(config())
    written = [script.revision for script in scripts.walk_revisions()]
    assert newest() == scripts.get_current_head() == written[0]
    assert all(knows(revision) for revision in written)
    assert sum(len(list(folder.glob("[0-9]*.py"))) for folder in VERSIONS) == len(written)
    assert not knows("9999")
