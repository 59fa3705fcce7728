"""What a formula of a sheet gives where it joins texts alone; nothing where more is to be known."""

import re
from collections.abc import Callable, Mapping

_LONGEST = 2_000
_DEEPEST = 20
_PREFIX = re.compile(r"^(?:of:|oooc:|msoxl:)?=?")
_TOKEN = re.compile(
    r'\s*(?:"(?P<text>(?:[^"]|"")*)"|(?P<number>\d{1,7})(?![\w.])'
    r"|(?:_xlfn\.|COM\.MICROSOFT\.)?(?P<name>[A-Za-z]+)\("
    r"|\[?\.?\$?(?P<column>[A-Z]{1,3})\$?(?P<row>\d{1,7})\]?(?![\w(:!])|(?P<sign>[&,;()+]))\s*"
)
_GIVES: dict[str, Callable[[list[str]], str]] = {
    "CONCATENATE": "".join,
    "CONCAT": "".join,
    "UPPER": lambda given: given[0].upper(),
    "LOWER": lambda given: given[0].lower(),
    "PROPER": lambda given: given[0].title(),
    "TRIM": lambda given: " ".join(given[0].split()),
    "T": lambda given: given[0],
    "CHAR": lambda given: bytes([int(given[0])]).decode("cp1252", "replace"),
    "UNICHAR": lambda given: chr(int(given[0])),
}


def text_of(formula: str, cells: Mapping[str, str] | None = None) -> str:
    """The text that it gives; empty where it asks for more than texts and known ``cells``."""
    if len(formula) > _LONGEST:
        return ""
    try:
        return _Reading(_PREFIX.sub("", formula.strip()), cells or {}).all()
    except (ValueError, IndexError, KeyError, OverflowError):
        return ""


class _Reading:
    """One formula from the left to the right; ``ValueError`` at what it cannot tell."""

    def __init__(self, formula: str, cells: Mapping[str, str]) -> None:
        self._formula, self._cells, self._at = formula, cells, 0

    def all(self) -> str:
        said = self._joined(0)
        if self._at < len(self._formula):
            raise ValueError(self._formula)
        return said

    def _joined(self, depth: int) -> str:
        said = self._one(depth)
        while self._formula.startswith("&", self._at):
            self._next()
            said += self._one(depth)
        return said

    def _one(self, depth: int) -> str:
        token = self._next()
        if depth > _DEEPEST:
            raise ValueError(self._formula)
        if token["text"] is not None:
            return token["text"].replace('""', '"')
        if token["number"]:
            return token["number"]
        if token["name"]:
            return _GIVES[token["name"].upper()](self._given(depth))
        if token["column"]:
            return self._cells[f"{token['column']}{token['row']}"]
        if token["sign"] == "(":
            (said,) = self._given(depth)
            return said
        raise ValueError(self._formula)

    def _given(self, depth: int) -> list[str]:
        given = [self._joined(depth + 1)]
        while (sign := self._next()["sign"]) in (",", ";"):
            given.append(self._joined(depth + 1))
        if sign != ")":
            raise ValueError(self._formula)
        return given

    def _next(self) -> re.Match[str]:
        if (found := _TOKEN.match(self._formula, self._at)) is None:
            raise ValueError(self._formula)
        self._at = found.end()
        return found
