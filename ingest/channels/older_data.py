"""Data under the names of TT 02/2019, now repealed: told from those of today, and converted."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.text import fold

CHECK = "fields"
STANDARD = "TT 02/2019/TT-BNV"
_PARTS = ("agency", "year", "notation")


@dataclass(frozen=True, slots=True)
class OlderField:
    """A field of TT 02/2019: the one of today (or none), and which part of the code it is."""

    kind: str
    name: str
    label_vi: str
    to: str
    part: str = ""
    marks: bool = False


@lru_cache(maxsize=4)
def _fields(kind: str) -> Mapping[str, OlderField]:
    """By the name without case, marks and spaces."""
    rules = law.load_rule_set(law.CONFIG / "standards" / "tt02_2019_fields.toml")
    found: dict[str, OlderField] = {}
    for row in rules.rows:
        field = OlderField(**row)  # type: ignore[arg-type]  # a file of ours, tested
        if field.kind == kind:
            found[_bare(field.name)] = field
    return MappingProxyType(found)


def is_older(kind: str, names: Iterable[str]) -> bool:
    """Whether one of the names is such as only TT 02/2019 has."""
    known = _fields(kind)
    found = (known.get(_bare(name)) for name in names)
    return any(field is not None and field.marks for field in found)


def older_field(kind: str, name: str) -> OlderField | None:
    """The field of TT 02/2019 that a name means."""
    return _fields(kind).get(_bare(name))


def field_of_label(kind: str, heading: str) -> str:
    """The field of today that a Vietnamese name of TT 02/2019 means; empty where there is none.

    Such names stand in lists that are no older data otherwise.
    """
    bare = _bare(heading)
    named = (field for field in _fields(kind).values() if _bare(field.label_vi) == bare)
    return next((field.to for field in named if field.to), "")


def code_of(parts: Mapping[str, str]) -> str:
    """The record code that agency, year and notation make together; empty where one lacks."""
    found = [parts.get(part, "").strip() for part in _PARTS]
    return ".".join(found) if all(found) else ""


def converted(place: str, dropped: Collection[str]) -> Finding:
    """That data came in the older form, and what of it has no place in that of today."""
    facts: dict[str, object] = {"standard": STANDARD, "dropped": ", ".join(dropped) or "–"}
    return Finding(CHECK, "older-data-converted", Severity.INFO, place, facts)


@lru_cache(1024)
def _bare(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())
