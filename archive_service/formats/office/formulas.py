"""What a formula of a sheet gives where it joins or chooses texts alone, and whether it gives any.

Nothing where more is to be known.
"""

import re
from collections.abc import Callable, Mapping

_LONGEST = 2_000
_DEEPEST = 20
_PREFIX = re.compile(r"^(?:of:|oooc:|msoxl:)?=?")
_TOKEN = re.compile(
    r'\s*(?:"(?P<text>(?:[^"]|"")*)"|(?P<number>\d{1,7})(?![\w.])'
    r"|(?P<truth>TRUE|FALSE)(?:\(\))?(?![\w(])"
    r"|(?:_xlfn\.|COM\.MICROSOFT\.)?(?P<name>[A-Za-z]+)\("
    r"|\[?\.?\$?(?P<column>[A-Z]{1,3})\$?(?P<row>\d{1,7})\]?(?![\w(:!])"
    r"|(?P<sign><>|[<>]=?|[=&,;()+]))\s*"
)
_COMPARED = ("=", "<>")
_TRUE, _FALSE = "TRUE", "FALSE"
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
    "IF": lambda given: (*given, _FALSE)[1 if _is_true(given[0]) else 2],
    "IFERROR": lambda given: given[0],
    "CHOOSE": lambda given: given[range(1, len(given))[int(given[0]) - 1]],
    "NOT": lambda given: _truth(not _is_true(given[0])),
    "AND": lambda given: _truth(all(map(_is_true, given))),
    "OR": lambda given: _truth(any(map(_is_true, given))),
}
_TEXT = r'"(?:[^"]|"")*"'
_COMPARISON = re.compile(rf"[=<>]\s*{_TEXT}|{_TEXT}\s*[=<>]")
_CRITERIA = re.compile(r"\b(?:COUNT|SUM|AVERAGE|MAX|MIN)IFS?\([^()]*\)", re.IGNORECASE)
_LETTERED = re.compile(r'"(?:[^"]|"")*[^\W\d_](?:[^"]|"")*"')
_NEW_TEXT = re.compile(  # functions that make a text of pieces; one that is looked up is in a cell
    r"\b(?:CONCAT(?:ENATE)?|TEXTJOIN|SUBSTITUTE|REPLACEB?|MIDB?|LEFTB?|RIGHTB?|UPPER|LOWER|PROPER"
    r"|CHAR|UNICHAR|TEXT|REPT|TRIM|CLEAN|INDIRECT|WEBSERVICE|FILTERXML)\(|&|\[\d+\]|'file:",
    re.IGNORECASE,
)


def text_of(formula: str, cells: Mapping[str, str] | None = None) -> str:
    """The text that it gives; empty where it asks for more than texts and known ``cells``."""
    if len(formula) > _LONGEST:
        return ""
    try:
        return _Reading(_PREFIX.sub("", formula.strip()), cells or {}).all()
    except (ValueError, IndexError, KeyError, OverflowError):
        return ""


def literals(formula: str) -> list[str]:
    """Texts that stand in it, but those that something is compared with."""
    return [found[1:-1].replace('""', '"') for found in re.findall(_TEXT, _without_asked(formula))]


def may_give_text(formula: str) -> bool:
    """Whether it may give words that no cell holds; a long one is not looked through."""
    kept = _without_asked(formula)
    beside = re.sub(_TEXT, "", kept)
    return bool(_LETTERED.search(kept) or _NEW_TEXT.search(beside)) or len(formula) > _LONGEST


def _without_asked(formula: str) -> str:
    kept = _PREFIX.sub("", formula[:_LONGEST].strip())
    return _COMPARISON.sub("", _CRITERIA.sub("", kept))


def _is_true(text: str) -> bool:
    """Of a number whether it is none; ``ValueError`` for another text, as in a sheet."""
    return text == _TRUE if text in (_TRUE, _FALSE) else bool(float(text))


def _truth(is_true: object) -> str:
    return _TRUE if is_true else _FALSE


def _equal(left: str, right: str) -> bool:
    return left.casefold() == right.casefold()


class _Reading:
    """One formula from the left to the right; ``ValueError`` at what it cannot tell."""

    def __init__(self, formula: str, cells: Mapping[str, str]) -> None:
        self._formula, self._cells, self._at = formula, cells, 0

    def all(self) -> str:
        text = self._compared(0)
        if self._at < len(self._formula):
            raise ValueError(self._formula)
        return text

    def _compared(self, depth: int) -> str:
        text = self._joined(depth)
        found = _TOKEN.match(self._formula, self._at)
        if found is None or (sign := found["sign"]) not in _COMPARED:
            return text  # what is greater or less is not told of texts
        self._next()
        return _truth(_equal(text, self._joined(depth)) == (sign == "="))

    def _joined(self, depth: int) -> str:
        text = self._one(depth)
        while self._formula.startswith("&", self._at):
            self._next()
            text += self._one(depth)
        return text

    def _one(self, depth: int) -> str:
        token = self._next()
        if depth > _DEEPEST:
            raise ValueError(self._formula)
        if token["text"] is not None:
            return token["text"].replace('""', '"')
        if token["number"] or token["truth"]:
            return token["number"] or token["truth"]
        if token["name"]:
            return _GIVES[token["name"].upper()](self._given(depth))
        if token["column"]:
            return self._cells[f"{token['column']}{token['row']}"]
        if token["sign"] == "(":
            (text,) = self._given(depth)
            return text
        raise ValueError(self._formula)

    def _given(self, depth: int) -> list[str]:
        given = [self._compared(depth + 1)]
        while (sign := self._next()["sign"]) in (",", ";"):
            given.append(self._compared(depth + 1))
        if sign != ")":
            raise ValueError(self._formula)
        return given

    def _next(self) -> re.Match[str]:
        if (found := _TOKEN.match(self._formula, self._at)) is None:
            raise ValueError(self._formula)
        self._at = found.end()
        return found
