"""The formats that are taken into custody, by their PRONOM identifiers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from archive_service.formats.identify import Identification
from archive_service.law import CONFIG, RuleSet, load_rule_set

RULES = CONFIG / "rule_sets" / "accepted_formats.toml"


@dataclass(frozen=True, slots=True)
class AcceptedFormat:
    """One row of the list; ``citation`` is the instrument and article that name the format."""

    key: str
    name: str
    extensions: tuple[str, ...]  # lower case, without the dot; the usual one first
    puids: frozenset[str]
    instead_of: frozenset[str]  # what is to be saved as this: PUIDs, or media types without one
    media_types: tuple[str, ...]
    role: str  # document, table, slides, data, image, sound, film
    preferred: bool  # a form for long keeping
    paper: bool  # a scanned page may come in it
    citation: str


class AcceptedFormats:
    """The whole list, in order of preference."""

    def __init__(self, rules: RuleSet) -> None:
        self.rows = tuple(_row(rules, row) for row in rules.rows)

    def find(self, found: Identification) -> AcceptedFormat | None:
        """The row of a file known by its bytes; of two rows with its PUID, its extension's."""
        fitting = [row for row in self.rows if found.by_content and found.puid in row.puids]
        named = [row for row in fitting if found.extension in row.extensions]
        return next(iter(named or fitting), None)

    def instead_of(self, found: Identification) -> AcceptedFormat | None:
        """The row whose format a file of one that is not accepted is best saved as."""
        format_id = found.puid or found.media_type
        return next((row for row in self.rows if format_id in row.instead_of), None)

    def extensions(self, *, paper: bool = False) -> tuple[str, ...]:
        """All extensions, or those in which scanned pages come."""
        rows = [row for row in self.rows if row.paper or not paper]
        return tuple(dict.fromkeys(extension for row in rows for extension in row.extensions))


@lru_cache(maxsize=1)
def accepted_formats() -> AcceptedFormats:
    """The list that ships with the service.

    Raises:
        RuleSetError: the file cites nothing or is malformed.
    """
    return AcceptedFormats(load_rule_set(RULES))


def _row(rules: RuleSet, row: Mapping[str, object]) -> AcceptedFormat:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(cast(list[str], row[name]))

    return AcceptedFormat(
        key=str(row["key"]),
        name=str(row["name"]),
        extensions=texts("extensions"),
        puids=frozenset(texts("puids")),
        instead_of=frozenset(texts("instead_of") if "instead_of" in row else ()),
        media_types=texts("media_types"),
        role=str(row["role"]),
        preferred=bool(row.get("preferred")),
        paper=bool(row.get("paper")),
        citation=rules.citation(row),
    )
