"""A form that does not fit is told by the words that people know its fields by."""

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from pydantic.fields import FieldInfo

from archive_service import messages

ROOT = Path(__file__).parents[4]
ROOMS = ("archive_service", "ingest", "digitize", "retention", "search")
LIMITS = ("min_length", "max_length", "pattern", "ge", "gt", "le", "lt")


def binds() -> Iterator[tuple[ModuleType, ast.Call]]:
    """Each place where a page binds the model of an act to its form, with its module."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if "given_in_form(" not in (source := file.read_text()):
                continue
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "given_in_form":
                    yield importlib.import_module(name), node


def has_limit(field: FieldInfo) -> bool:
    limits = (getattr(each, limit, None) for each in field.metadata for limit in LIMITS)
    return any(limit is not None for limit in limits)


def unnamed(module: ModuleType, call: ast.Call) -> Iterator[str]:
    """The fields with a limit for which the call has no words in both languages."""

    def value(node: ast.expr) -> object:
        scope = vars(module)
        return eval(compile(ast.Expression(node), module.__name__, "eval"), scope)  # noqa: S307 - our own source

    model = value(call.args[0])
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    labels = value(given["labels"]) if "labels" in given else {}
    for name, field in model.model_fields.items():  # type: ignore[attr-defined]  # a Given
        if not has_limit(field) or isinstance(given.get(name), ast.Constant | ast.List):
            continue
        key = labels.get(name, "") if isinstance(labels, Mapping) else f"{labels}.{name}"
        if not all(messages.has(key, lang) for lang in ("vi", "en")):
            yield name


CALLS = list(binds())


@pytest.mark.parametrize(
    ("module", "call"),
    CALLS,
    ids=[f"{module.__name__}-{call.lineno}" for module, call in CALLS],
)
def test_a_field_with_a_limit_has_words_where_a_form_is_bound(
    module: ModuleType, call: ast.Call
) -> None:
    assert list(unnamed(module, call)) == []
