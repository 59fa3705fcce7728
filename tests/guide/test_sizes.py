"""Small files, short functions, few parameters."""

import ast
from pathlib import Path

from tests.guide.sources import assert_none, nodes, place, python_files

FILE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 8

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def measured() -> list[Path]:
    """All but migrations: Alembic writes those, one statement a table."""
    return [file for file in python_files() if "migrations/versions" not in str(file)]


def test_no_file_is_longer_than_400_lines() -> None:
    long = [
        f"{place(file)} has {count} lines"
        for file in measured()
        if (count := len(file.read_text("utf-8").splitlines())) > FILE_LINES
    ]
    assert_none(long)


def test_no_function_is_longer_than_60_lines() -> None:
    long = []
    for file in measured():
        for node in nodes(file):
            if isinstance(node, Function) and node.end_lineno is not None:
                count = node.end_lineno - node.lineno + 1
                if count > FUNCTION_LINES:
                    long.append(f"{place(file, node)} {node.name} has {count} lines")
    assert_none(long)


def test_no_function_takes_more_than_8_parameters() -> None:
    many = []
    for file in measured():
        for node in nodes(file):
            if isinstance(node, Function):
                given = node.args
                names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
                count = len([name for name in names if name not in ("self", "cls")])
                if count > PARAMETERS:
                    many.append(f"{place(file, node)} {node.name} takes {count}")
    assert_none(many)
