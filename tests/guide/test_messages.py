"""Every code that people can meet has words, in both languages, with what to do next."""

import ast
import re
from functools import cache

import pytest

from archive_service import errors, messages
from archive_service.errors import ArchiveError
from tests.guide.sources import PACKAGES, calls, modules, place, python_files

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FACT = re.compile(r"\{(\w+)\}")


@cache
def _leaves() -> tuple[type[ArchiveError], ...]:
    """Every error of the product; the families themselves are never raised."""
    modules()
    found: list[type[ArchiveError]] = []
    open_ends: list[type[ArchiveError]] = [ArchiveError]
    while open_ends:
        below = open_ends.pop().__subclasses__()
        open_ends.extend(below)
        found.extend(kind for kind in below if kind.__module__.split(".")[0] in PACKAGES)
    return tuple(kind for kind in found if kind.__module__ != errors.__name__)


@cache
def _finding_codes() -> dict[str, str]:
    """Each code that a check gives a finding, and where."""
    found = {}
    for file, call, name in calls():
        if name == "Finding":
            named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
            for node in (inner for value in named or call.args[1:2] for inner in ast.walk(value)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found[node.value] = place(file, call)
    return found


def _wordless(kind: str, codes: dict[str, str], lang: str) -> list[str]:
    return [
        f"[{kind}.{code}] {part}: {where}"
        for code, where in sorted(codes.items())
        for part in ("message", "remedy")
        if not messages.has(f"{kind}.{code}.{part}", lang)
    ]


def _error_codes() -> dict[str, str]:
    return {leaf.code: f"{leaf.__module__}.{leaf.__name__}" for leaf in _leaves()}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_error_says_what_happened_and_what_to_do(lang: str) -> None:
    assert not _wordless("errors", _error_codes(), lang)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_finding_says_what_was_found_and_what_to_do(lang: str) -> None:
    assert not _wordless("findings", _finding_codes(), lang)


def test_every_error_has_a_code_of_its_own() -> None:
    shared = [leaf.__qualname__ for leaf in _leaves() if "code" not in vars(leaf)]
    assert not shared
    assert len(_error_codes()) == len(_leaves()), "two errors share a code"
    assert not [code for code in _error_codes() if not KEBAB.fullmatch(code)]
    assert not [code for code in _finding_codes() if not KEBAB.fullmatch(code)]


def test_no_words_are_left_of_an_error_or_a_finding_that_is_gone() -> None:
    said = {
        node.value
        for file in python_files(*PACKAGES)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    left = [
        key
        for key in messages.load("vi")
        if key.startswith(("errors.", "findings.")) and key.split(".")[1] not in said
    ]
    assert not left


def test_both_languages_say_the_same_things() -> None:
    """Pages may fall back to Vietnamese; errors and findings name the same facts in both."""
    vietnamese, english = messages.load("vi"), messages.load("en")
    assert not sorted(english.keys() - vietnamese.keys())
    differing = [
        key
        for key in english
        if set(FACT.findall(english[key])) != set(FACT.findall(vietnamese[key]))
    ]
    assert not differing


def test_an_error_is_raised_with_the_facts_that_its_words_need() -> None:
    codes = {leaf.__name__: leaf.code for leaf in _leaves()}
    texts = messages.load("vi")
    missing = []
    for file, call, name in calls():
        given = {keyword.arg for keyword in call.keywords}
        if name not in codes or None in given:
            continue
        words = " ".join(texts.get(f"errors.{codes[name]}.{p}", "") for p in ("message", "remedy"))
        if lacking := set(FACT.findall(words)) - given:
            missing.append(f"{place(file, call)} {name}: {', '.join(sorted(lacking))}")
    assert not missing
