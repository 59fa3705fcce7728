"""Some test meets each error and each finding: by its class, by its code, or by its words."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from archive_service import messages
from tests.guide.message_leaves import leaves
from tests.guide.sources import assert_none, modules, nodes, python_files, tree

# No test meets these yet. The first group takes a broken installation, a bench or a hardware
# token; a test of one of the others takes its line out.
NOT_MET = {
    *("bench-answer", "bench-folder", "bench-memory", "bench-process", "bench-server"),
    "nginx-not-started",  # a bench as well
    *("catalogue-missing", "child-not-started", "database-library", "file-system-failing"),
    *("mark-font-missing", "reference-missing", "token-locked"),
    *("batch-target-closed", "case-file-busy", "copies-unkept", "copy-not-proved"),
    *("hold-not-kept", "migration-invalid", "no-reserve", "page-clipped-dark"),
    *("page-hard-to-read", "page-infected", "page-not-measured", "page-not-scanned"),
    *("page-source-unreadable", "pdf-pages-unreadable", "restored-object"),
    *("signed-paper-stamp", "twin-impossible"),
}
QUOTE = 5  # words in a row that may stand for their message
WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


@cache
def _met() -> frozenset[str]:
    """Codes that tests write out, those of the classes and constants they use, and of words."""
    named: set[str] = set()
    texts: set[str] = set()
    for file in python_files("tests"):
        if "guide" in file.parts:
            continue
        own = dict(_imported(tree(file)))
        for node in nodes(file):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= {node.value, *WORD.findall(node.value)}
                texts.add(node.value)
            elif isinstance(node, ast.Name):
                named |= _said(own.get(node.id))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                named |= _said(getattr(own.get(node.value.id), node.attr, None))
    return frozenset(named | _quoted(texts))


def _quoted(texts: set[str]) -> set[str]:
    """The codes of messages of which a test writes out words that no other message has."""
    written = {words for text in texts for words in _rows(text)}
    codes: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for language in messages.LANGUAGES:
        for key, text in messages.load(language).items():
            if key.startswith(("errors.", "findings.")):
                for words in _rows(text):
                    codes[words].add(key.split(".")[1])
    return {next(iter(of)) for words, of in codes.items() if len(of) == 1 and words in written}


def _rows(text: str) -> Iterator[tuple[str, ...]]:
    words = text.split()
    return zip(*(words[first:] for first in range(QUOTE)), strict=False)


def _imported(parsed: ast.Module) -> Iterator[tuple[str, object]]:
    """What a test takes from the product, by the name that it has there."""
    known = {module.__name__: module for module in modules()}
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            for name in node.names:
                inner = known.get(f"{node.module}.{name.name}")
                yield name.asname or name.name, getattr(known[node.module], name.name, inner)


def _said(used: object) -> set[str]:
    """The code that a constant is, or that an error has."""
    if isinstance(used, str):
        return {str(used)}
    code = vars(used).get("code") if isinstance(used, type) else None
    return {code} if isinstance(code, str) else set()


def _codes() -> set[str]:
    findings = {key.split(".")[1] for key in messages.load("vi") if key.startswith("findings.")}
    return findings | {kind.code for kind in leaves()}


def test_a_test_meets_every_error_and_finding() -> None:
    assert_none(_codes() - _met() - NOT_MET)


def test_no_code_is_excused_that_is_met_or_gone() -> None:
    assert_none(NOT_MET & _met())
    assert_none(NOT_MET - _codes())
