"""What is said once is not said again elsewhere."""

import ast
from collections import defaultdict

from tests.guide.sources import PACKAGES, assert_none, nodes, place, python_files

SMALL = 30  # nodes of a body; two properties of the same few words may well be equal


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    """Without the docstring: it is the words around a copy that change."""
    return function.body[ast.get_docstring(function) is not None :]


def _form(function: ast.FunctionDef) -> str:
    """The body, whatever the parameters are called."""
    form = "".join(ast.dump(statement) for statement in _body(function))
    parameters = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    for number, parameter in enumerate(parameters):
        form = form.replace(f"'{parameter.arg}'", f"'{number}'")
    return form


def _size(function: ast.FunctionDef) -> int:
    return sum(1 for statement in _body(function) for _ in ast.walk(statement))


def test_no_function_stands_twice() -> None:
    places = defaultdict(list)
    for file in python_files(*PACKAGES):
        for node in nodes(file):
            if isinstance(node, ast.FunctionDef) and _size(node) >= SMALL:
                places[_form(node)].append(f"{place(file, node)} {node.name}")
    assert_none(" is ".join(found) for found in places.values() if len(found) > 1)
