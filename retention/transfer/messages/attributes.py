"""Attributes of signed messages: what each may say, how it is written, and which field it is of.

The table of a message is its dataclass: the annotation of a field names the kind of its attribute.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints
from uuid import UUID

from archive_service import clock

_NEVER = object()  # a value that no attribute has


@dataclass(frozen=True, slots=True)
class Kind:
    """What an attribute may be; ``left_out`` is told by leaving it out, and read where it is not.

    ``read`` raises ``ValueError`` where the text is no such thing.
    """

    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    left_out: object = _NEVER


@dataclass(frozen=True, slots=True)
class At:
    """Where an attribute stands: in a part of the head, and by a name of its own."""

    part: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Only:
    """A field whose own table stands in the same element, where ``field`` is ``value``."""

    table: type
    field: str
    value: str


UNIQUE = object()  # marks a field that no two lines of a message share


def text(longest: int, *, least: int = 1, plain: bool = False, left_out: object = _NEVER) -> Kind:
    """Words of so many characters; of plain ones only what can be printed is written."""

    def read(given: str) -> str:
        words = given.strip()
        return _sound(words, is_so=least <= len(words) <= longest)

    return Kind(read, _printable if plain else str, left_out)


def word_of(known: tuple[str, ...]) -> Kind:
    """One of these words."""
    return Kind(lambda given: _sound(given, is_so=given in known))


def digits(most: int, *, least: int = 0) -> Kind:
    """A number of so many digits."""
    form = re.compile(f"[0-9]{{1,{most}}}")

    def read(given: str) -> int:
        return int(_sound(given, is_so=form.fullmatch(given) is not None and int(given) >= least))

    return Kind(read)


def file_below(folder: str) -> Kind:
    """The name of a file in ``folder``, written with it."""
    form = re.compile(rf"{folder}/([^/\\\x00-\x1f]{{1,200}})")

    def read(given: str) -> str:
        found = form.fullmatch(given)
        name = found[1] if found else "."
        return _sound(name, is_so=name not in (".", ".."))

    return Kind(read, lambda name: f"{folder}/{name}")


def _sound(given: str, *, is_so: bool) -> str:
    if not is_so:
        raise ValueError(given[:100])
    return given


def _printable(given: str) -> str:
    return "".join(filter(str.isprintable, given))


def _moment(given: str) -> dt.datetime:
    moment = clock.parse_iso(given)
    clock.local(moment)  # what no clock here can show is none
    return moment


_DIGEST = re.compile(r"[0-9a-f]{64}")
DIGEST = Kind(lambda given: _sound(given, is_so=_DIGEST.fullmatch(given) is not None))
NUMBER, AMOUNT, SIZE = digits(9, least=1), digits(9), digits(18)
TRUTH = Kind(
    lambda given: _sound(given, is_so=given in ("true", "false")) == "true",
    lambda value: "true" if value else "false",
)
DAY = Kind(dt.date.fromisoformat, dt.date.isoformat)
DAY_OR_NONE = Kind(
    lambda given: dt.date.fromisoformat(given) if given else None,
    lambda value: value.isoformat() if value else "",
)
MOMENT = Kind(_moment, clock.iso)
MOMENT_IF_TOLD = Kind(_moment, clock.iso, left_out=None)
MOMENT_TEXT = Kind(lambda given: clock.iso(_moment(given)))
ID = Kind(UUID)


@dataclass(frozen=True, slots=True)
class _Column:
    """One field of a table: its attribute, or the table that is in its place."""

    field: str
    at: At
    kind: Kind
    only: Only | None
    is_unique: bool


class AttributeWrongError(ValueError):
    """The attribute ``name`` is missing, or is not what it has to be."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


Given = Mapping[str, Mapping[str, str]]  # part → attributes; "" are those of the element itself


def read_fields(table: type, given: Given) -> dict[str, Any]:
    """Values of the fields, each as its kind has it; what the table does not know is passed over.

    Raises:
        AttributeWrongError
    """
    values: dict[str, Any] = {}
    for column in columns(table):
        if column.only is not None:
            is_there = values[column.only.field] == column.only.value
            inner = column.only.table
            values[column.field] = inner(**read_fields(inner, given)) if is_there else None
            continue
        told_as = given.get(column.at.part, {}).get(column.at.name)
        if told_as is None and column.kind.left_out is not _NEVER:
            values[column.field] = column.kind.left_out
            continue
        try:
            values[column.field] = column.kind.read(told_as or "")
        except (ValueError, OverflowError):
            raise AttributeWrongError(column.at.name) from None
    return values


def written(row: object, part: str = "") -> dict[str, str]:
    """Attributes that tell the fields of one part, in the order of the table."""
    facts: dict[str, str] = {}
    table: type = type(row)
    for column in columns(table):
        value = getattr(row, column.field)
        if column.only is not None:
            facts |= {} if value is None else written(value) | facts
        elif column.at.part == part and value != column.kind.left_out:
            facts[column.at.name] = column.kind.write(value)
    return facts


def unique_fields(table: type) -> dict[str, str]:
    """Fields that no two lines share, and the names of their attributes."""
    return {column.field: column.at.name for column in columns(table) if column.is_unique}


@cache
def columns(table: type) -> tuple[_Column, ...]:
    """The table of a dataclass; fields without a kind are not told."""
    hints = get_type_hints(table, include_extras=True)
    found = [
        _column(field.name, getattr(hints[field.name], "__metadata__", ()))
        for field in dataclasses.fields(table)
    ]
    return tuple(column for column in found if column is not None)


def _column(field: str, marks: tuple[object, ...]) -> _Column | None:
    kind = next((mark for mark in marks if isinstance(mark, Kind)), None)
    only = next((mark for mark in marks if isinstance(mark, Only)), None)
    if kind is None and only is None:
        return None
    at = next((mark for mark in marks if isinstance(mark, At)), At())
    first, *others = field.split("_")
    name = at.name or first + "".join(word.capitalize() for word in others)
    return _Column(field, At(at.part, name), kind or Kind(str), only, UNIQUE in marks)
