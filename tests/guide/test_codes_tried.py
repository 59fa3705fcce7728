"""Each error and each finding that people can meet stands by its name in some test."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from archive_service import messages
from tests.guide.sources import assert_none, modules, nodes, python_files, tree
from tests.guide.test_messages import leaves

# What only a broken installation, a benchmark or a token in hardware comes to.
BROKEN = {
    "bench-answer",
    "bench-folder",
    "bench-memory",
    "bench-process",
    "bench-server",
    "catalogue-missing",
    "child-not-started",
    "database-library",
    "file-system-failing",
    "mark-font-missing",
    "reference-missing",
    "token-locked",
    "web-not-started",
}
# Of scanning, copies, backup and formats; whoever changes one of these brings its test.
NOT_NAMED = {
    "batch-target-closed",
    "case-file-busy",
    "copies-unkept",
    "copy-not-proved",
    "hold-not-kept",
    "migration-invalid",
    "no-reserve",
    "page-clipped-dark",
    "page-hard-to-read",
    "page-infected",
    "page-not-measured",
    "page-not-scanned",
    "page-source-unreadable",
    "pdf-pages-unreadable",
    "restored-object",
    "signed-paper-stamp",
    "twin-impossible",
}
WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


@cache
def _named() -> frozenset[str]:
    """Codes that tests write out, and classes and constants of the product that they use."""
    named: set[str] = set()
    for file in python_files("tests"):
        if file.parent.name == "guide":
            continue
        own = dict(_imported(tree(file)))
        for node in nodes(file):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= {node.value, *WORD.findall(node.value)}
            elif isinstance(node, ast.Name):
                named |= _said(own.get(node.id))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                named |= _said(getattr(own.get(node.value.id), node.attr, None))
    return frozenset(named)


def _imported(parsed: ast.Module) -> Iterator[tuple[str, object]]:
    """What a test takes from the product, by the name that it has there."""
    known = {module.__name__: module for module in modules()}
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            for one in node.names:
                inner = known.get(f"{node.module}.{one.name}")
                yield one.asname or one.name, getattr(known[node.module], one.name, inner)


def _said(used: object) -> set[str]:
    """The code that a constant is, or that an error has."""
    if isinstance(used, str):
        return {str(used)}
    code = vars(used).get("code") if isinstance(used, type) else None
    return {code} if isinstance(code, str) else set()


def _codes() -> set[str]:
    findings = {key.split(".")[1] for key in messages.load("vi") if key.startswith("findings.")}
    return findings | {kind.code for kind in leaves()}


def test_every_error_and_finding_is_named_in_a_test() -> None:
    assert_none(_codes() - _named() - BROKEN - NOT_NAMED)


def test_no_code_is_excused_that_is_named_or_gone() -> None:
    assert_none((BROKEN | NOT_NAMED) & _named())
    assert_none((BROKEN | NOT_NAMED) - _codes())
