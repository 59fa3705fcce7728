"""How many hits each condition would leave, with the names of what the index knows by id."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from archive_service import law, messages
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds, Series
from search.port import Dimension

_LISTS = {"type": "typeName", "mode": "mode"}  # dimensions that a code list tells in words
Counts = Mapping[Dimension, Mapping[str, int]]
Facets = dict[str, list[tuple[str, str, int]]]  # value for the address, its words, hits it leaves


def named_facets(session: Session, found: Counts) -> Facets:
    """Values as ``search.conditions.Conditions`` takes them, with their names."""
    names = {
        "agency": agencies_named(session, found["agency"]),
        "fonds": _places(session, select(Fonds.id, Fonds.code, Fonds.name), found["fonds"]),
        "series": _places(session, select(Series.id, Series.id, Series.title), found["series"]),
    }
    return {
        dimension: [
            (*names[dimension][value], count) if dimension in names else (value, value, count)
            for value, count in counts.items()
            if dimension not in names or value in names[dimension]
        ]
        for dimension, counts in found.items()
    }


def in_words(dimension: str, text: str, lang: str) -> str:
    """A value of a facet as people call it; ``text`` is the value, or its name in the archive."""
    if dimension in _LISTS:
        return law.code_list(_LISTS[dimension]).label(text, lang)
    if dimension == "language":
        codes = law.code_list(dimension)
        return "; ".join(codes.label(code.strip(), lang) for code in text.split(";"))
    if dimension == "term":
        if text == "permanent":
            return messages.text("badges.permanent", lang)
        return messages.text("pages.search.years", lang, years=text)
    if dimension == "source":
        return messages.text(f"pages.search.source_{text}", lang)
    return text.upper() if dimension == "format" else text


def agencies_named(session: Session, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Id → identifier and name."""
    return _places(session, select(Agency.id, Agency.code, Agency.name), ids)


def _places(
    session: Session, rows: Select[Any, Any, str], ids: Collection[str]
) -> dict[str, tuple[str, str]]:
    """Id → value for the address, and name."""
    key = rows.selected_columns[0]
    wanted = rows.where(key.in_([UUID(place) for place in ids]))
    return {str(row[0]): (str(row[1]), row[2]) for row in session.execute(wanted)} if ids else {}
