"""A reason tells something: points and blanks alone are taken by no act as one."""

import ast

from tests.guide.sources import PACKAGES, assert_none, nodes, place, python_files

REASONS = {"reason", "why"}
STRIPS = {"strip", "split"}


def _named(node: ast.expr) -> str:
    """The last part of the name whose text it is; of ``nfc(name)`` too."""
    match node:
        case ast.Call(func=ast.Name(id="nfc" | "str"), args=[inner]):
            return _named(inner)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def test_every_reason_goes_through_the_one_door() -> None:
    """``text.telling`` strips it; who strips by hand takes "..." for a reason."""
    assert_none(
        place(file, node)
        for file in python_files(*PACKAGES)
        for node in nodes(file)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in STRIPS
        and not node.args
        and _named(node.func.value) in REASONS
    )
