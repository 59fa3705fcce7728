"""The fields that a query may name, however they are typed, and values that come from a list."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache

from archive_service.formats.accepted import accepted_formats
from archive_service.law import CONFIG, code_list
from archive_service.text import fold, nfc
from search.written.keys import by_keys
from search.written.periods import day_of
from search.written.spoken import number_said


def _named() -> dict[str, str]:
    """The fields by their names, as people write them in either language."""
    text = (CONFIG / "search" / "field_names.toml").read_text(encoding="utf-8")
    fields: dict[str, list[str]] = tomllib.loads(text)
    return {name: field for field, names in fields.items() for name in names}


FIELDS = _named()
# Those that are words of a document's data; every other one is a condition.
IN_DATA = frozenset({"code", "number", "signer", "title", "issuer"})

_JOINED = {fold(name).replace(" ", ""): field for name, field in FIELDS.items()}
_WITH_MARKS = {fold(name): name for name in (nfc(it).replace(" ", "") for it in FIELDS)}
_PARTED = re.compile(r"[\s_]+")
_TWICE = re.compile(r"(.)\1+")  # a key that was held down
_LISTS = {"type": "typeName", "mode": "mode", "language": "language"}
_PERMANENT = ("vinh vien", "permanent")
_LONGEST_VALUE, _LONGEST_NAME = 8, 16  # words
_FEWEST_GUESSED = 4  # letters of a name or value with a slip


def field_named(typed: str) -> str:
    """The field of this name, with or without marks and spaces, or typed in Telex or VNI."""
    plain, joined = _plain(typed), _PARTED.sub("", typed.lower())
    if fold(joined) == plain in _WITH_MARKS and not _is_marked_so(joined, _WITH_MARKS[plain]):
        return ""
    return _JOINED.get(plain, "")


def field_guessed(typed: str) -> str:
    """The field whose name has other marks, or, without marks, one slip that made it into this.

    "" where several may be.
    """
    plain = _plain(typed)
    if once := _JOINED.get(plain) or _JOINED.get(_TWICE.sub(r"\1", plain)):
        return once
    meant = {field: name for name, field in _JOINED.items() if is_slip(plain, name)}
    return next(iter(meant)) if len(meant) == 1 else ""


def value_meant(field: str, text: str) -> str:
    """The label of a list that this is without spaces or marks or with a slip; else the text."""
    if field not in _LISTS or (codes := code_list(_LISTS[field])).find(text) is not None:
        return text
    typed = _plain(text)
    meant = [label for label in codes.codes.values() if _plain(label) == typed]
    meant = meant or [
        codes.codes[code] for code, it in codes.abbreviations.items() if fold(it) == typed
    ]
    meant = meant or [
        codes.codes[code] for name, code in _said_of(field).items() if _plain(name) == typed
    ]
    meant = meant or [label for label in codes.codes.values() if is_slip(typed, _plain(label))]
    return meant[0] if len(meant) == 1 else text


@cache
def _said_of(field: str) -> Mapping[str, str]:
    """What people say for a value of the field, and the code that it is."""
    tables = tomllib.loads((CONFIG / "search" / "field_values.toml").read_text(encoding="utf-8"))
    values: dict[str, str] = tables.get(field, {})
    return values


def words_of_value(field: str, words: Sequence[str]) -> int:
    """How many of the words that follow its name are one value of the field; 0 if none is.

    Names of those who issue papers come from no list: all words are theirs.
    """
    if field == "issuer":
        return min(_LONGEST_NAME, len(words))
    for size in range(min(_LONGEST_VALUE, len(words)), 0, -1):
        if _is_value(field, " ".join(words[:size]).rstrip(".,;")):
            return size
    return 0


def _is_value(field: str, text: str) -> bool:
    if field in _LISTS:
        return code_list(_LISTS[field]).find(value_meant(field, text)) is not None
    if field == "term":
        return fold(text) in _PERMANENT
    if field in ("from", "to", "on"):
        return day_of(text, last=False) is not None
    if field == "format":
        return text.lower().removeprefix(".") in accepted_formats().extensions()
    return field == "year" and number_said(text.split()) is not None


def _plain(typed: str) -> str:
    """Without marks, spaces and underscores; of keys of Telex or VNI what they mean."""
    plain = _PARTED.sub("", fold(typed))
    if plain in _JOINED:
        return plain
    meant = (_PARTED.sub("", fold(text)) for text in by_keys(_PARTED.sub(" ", typed)))
    return next((text for text in meant if text in _JOINED), plain)


def _is_marked_so(typed: str, name: str) -> bool:
    """Whether each letter has the marks that it has in the name, or none."""
    letters = zip(typed, name, strict=False)  # in lower case İ is two
    return len(typed) == len(name) and all(it in (own, fold(own)) for it, own in letters)


def is_slip(typed: str, name: str) -> bool:
    """Whether one letter is missing, too much or another, or two stand the other way round."""
    if min(len(typed), len(name)) < _FEWEST_GUESSED or abs(len(typed) - len(name)) > 1:
        return False
    begin = next((at for at, (a, b) in enumerate(zip(typed, name, strict=False)) if a != b), None)
    if begin is None:
        return len(typed) != len(name)
    rest, other = typed[begin:], name[begin:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]
