"""An exemption names its rule and its reason; nothing is left for later, nothing faked."""

import ast
import re

from tests.guide.sources import PACKAGES, assert_none, nodes, place, python_files

NOQA = re.compile(r"# noqa\b(?!: [A-Z]+\d+(, ?[A-Z]+\d+)* - \S)")
TYPE_IGNORE = re.compile(r"# type: ignore\b(?!\[[\w-]+(, ?[\w-]+)*\]  # \S)")
LATER = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
OURSELVES = f"{__name__.rpartition('.')[2]}.py"


def _lines(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{place(file, number)} {line.strip()}"
        for file in python_files()
        if file.name != OURSELVES
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_every_noqa_names_its_rule_and_its_reason() -> None:
    assert_none(_lines(NOQA))


def test_every_type_ignore_names_its_rule_and_its_reason() -> None:
    assert_none(_lines(TYPE_IGNORE))


def test_nothing_is_left_for_later() -> None:
    assert_none(_lines(LATER))
    unfinished = [
        place(file, node)
        for file in python_files(*PACKAGES)
        for node in nodes(file)
        if isinstance(node, ast.Raise) and node.exc and "NotImplemented" in ast.unparse(node.exc)
    ]
    assert_none(unfinished)


def test_no_test_puts_a_fake_in_the_place_of_our_code() -> None:
    fakes = []
    for file in python_files("tests"):
        for node in nodes(file):
            imported = ""
            if isinstance(node, ast.ImportFrom):
                imported = node.module or ""
            elif isinstance(node, ast.Import):
                imported = " ".join(alias.name for alias in node.names)
            patched = isinstance(node, ast.Attribute) and (
                node.attr == "setattr"
                and isinstance(node.value, ast.Name)
                and node.value.id == "monkeypatch"
            )
            if patched or re.search(r"\bmock\b", imported):
                fakes.append(place(file, node))
    assert_none(fakes)


def test_the_name_of_a_test_is_a_sentence() -> None:
    short = [
        f"{place(file, node)} {node.name}"
        for file in python_files("tests")
        for node in nodes(file)
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and len(node.name.split("_")) < 4  # "test" and three words
    ]
    assert_none(short)
