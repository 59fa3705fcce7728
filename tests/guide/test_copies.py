"""No procedure is copied: a whole function that stands twice is one function too many."""

import ast
from collections import defaultdict

from tests.guide.sources import PACKAGES, assert_none, nodes, place, python_files

# Syntax nodes of a body, some ten lines. Below that, two rooms may well say the same few words:
# one function for both would tie them together for nothing.
COPY = 100


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    """Without the docstring: it is the words around a copy that change."""
    return function.body[ast.get_docstring(function) is not None :]


def _form(function: ast.FunctionDef) -> str:
    """The body, whatever its parameters and variables are called."""
    parameters = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    own = [parameter.arg for parameter in parameters]
    own += [
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    form = "".join(ast.dump(statement) for statement in _body(function))
    for number, name in enumerate(dict.fromkeys(own)):
        form = form.replace(f"'{name}'", f"'{number}'")
    return form


def _size(function: ast.FunctionDef) -> int:
    return sum(1 for statement in _body(function) for _ in ast.walk(statement))


def test_no_procedure_is_copied() -> None:
    places = defaultdict(list)
    for file in python_files(*PACKAGES):
        for node in nodes(file):
            if isinstance(node, ast.FunctionDef) and _size(node) >= COPY:
                places[_form(node)].append(f"{place(file, node)} {node.name}")
    assert_none(" is ".join(found) for found in places.values() if len(found) > 1)
