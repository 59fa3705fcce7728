"""Words of a filter in a column: capitals of Vietnamese are those of any other letter."""

from typing import Any

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

SQLITE_LOWER = "lower_of_all"  # SQLite's own ``lower`` knows A to Z alone


class lowered(GenericFunction[str]):  # noqa: N801 - a function of SQL
    """``lower`` of a text, whatever its letters."""

    type = String()
    inherit_cache = True
    name = "lower"


@compiles(lowered, "sqlite")
def _on_sqlite(element: lowered, compiler: Any, **given: Any) -> str:
    return f"{SQLITE_LOWER}({compiler.process(element.clauses, **given)})"


def has_words(column: Any, text: str) -> ColumnElement[bool]:
    """Whether these words stand in the column, in small letters or capitals.

    Each row is asked by a function of ours on SQLite: for lists that are narrowed before.
    """
    return lowered(column).contains(text.lower(), autoescape=True)


def lower_of_all(text: str | None) -> str | None:
    """What SQLite calls."""
    return None if text is None else text.lower()
