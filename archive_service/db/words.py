"""Words of a filter in a column: capitals of Vietnamese are those of any other letter."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_ESCAPE = "/"


class _HasWords(FunctionElement[bool]):
    """Of a column, its pattern in small letters, and the two that SQLite asks by."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - the name is SQLAlchemy's
        """As it is, in its own brackets: compared with a number, both its halves are asked."""
        return self


@compiles(_HasWords)
def _by_lower(element: _HasWords, compiler: Any, **given: Any) -> str:
    column, small, _like, _glob = (one for one in element.clauses)
    column, small = (compiler.process(one, **given) for one in (column, small))
    return f"(lower({column}) LIKE {small} ESCAPE '{_ESCAPE}')"


@compiles(_HasWords, "sqlite")
def _by_glob(element: _HasWords, compiler: Any, **given: Any) -> str:
    """Its own ``lower`` and ``LIKE`` know the capitals of A to Z alone, ``GLOB`` what we name."""
    column, _small, like, glob = (one for one in element.clauses)
    column, like, glob = (compiler.process(one, **given) for one in (column, like, glob))
    return f"({column} LIKE {like} ESCAPE '{_ESCAPE}' AND {column} GLOB {glob})"


def has_words(column: Any, text: str) -> ColumnElement[bool]:
    """Whether these words stand in the column, in small letters or capitals.

    Every row is looked at: for lists that are narrowed before. No function of ours is called for a
    row: SQLite passes over most by ``LIKE``, any letter standing for one beyond A to Z, and asks
    ``GLOB`` of the rest.
    """
    patterns = _like(text.lower()), _like(text, plain=True), _glob(text)
    return _HasWords(column, *(bindparam(None, one, unique=True) for one in patterns))


def _like(text: str, *, plain: bool = False) -> str:
    """Pattern of LIKE; ``plain``: whatever stands where a letter is not of A to Z."""
    told = "".join(f"{_ESCAPE}{one}" if one in f"%_{_ESCAPE}" else one for one in text)
    if plain:
        told = "".join(one if one.isascii() else "_" for one in told)
    return f"%{told}%"


def _glob(text: str) -> str:
    """Pattern of GLOB; anything where LIKE, which knows A to Z, has said all."""
    if text.isascii():
        return "*"
    return f"*{''.join(_either(one) for one in text)}*"


def _either(letter: str) -> str:
    """In small letters or capitals; what GLOB reads as a sign of its own stands for itself."""
    forms = {letter, letter.lower(), letter.upper()}
    ones = "".join(sorted(form for form in forms if len(form) == 1))
    return f"[{ones}]" if len(ones) > 1 or letter in "*?[" else letter
