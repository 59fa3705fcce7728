"""What narrows a search, the same on the page, in REST, at the terminal and in a hold."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, law
from archive_service.catalogue.agencies.acts import find_agency, get_agency, list_agencies
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.given import Given
from archive_service.services import Services
from archive_service.text import fold, nfc
from search.fields import is_slip
from search.language import with_values
from search.order import By, Order
from search.port import FILTER_OF, MAX_LIMIT, VALUE_OF, Dimension, Filters
from search.query import MAX_CHARACTERS, FieldValueError, UserQuery
from search.written.codes import codes_meant
from search.written.periods import day_of
from search.written.years import years_of

_LONGEST_NAME = 16  # words of a name
_MOST_NAMED = 4  # names that are looked for in one query
_DIGITS = re.compile(r"\d+")
_NOTHING = UUID(int=0)  # an id that nothing has
# The names of a query's fields, and the conditions they are.
_FIELDS = {
    "agency": "agencies",
    "fonds": "fonds",
    "type": "types",
    "mode": "modes",
    "term": "terms",
    "format": "formats",
    "language": "languages",
    "case_file": "case_files",
}


class Conditions(Given):
    """Values that narrow; several of one kind widen the search. Days are those of the document."""

    agencies: tuple[str, ...] = Field(default=(), description="Identifiers.")
    fonds: tuple[str, ...] = Field(default=(), description="Codes.")
    series: tuple[str, ...] = Field(default=(), description="IDs.")
    years: tuple[int, ...] = Field(default=(), description="Of the case file.")
    types: tuple[str, ...] = Field(default=(), description="Types of document, codes or labels.")
    issuers: tuple[str, ...] = Field(default=(), description="Who issued the document.")
    signers: tuple[str, ...] = Field(default=(), description="Who signed it, as it is written.")
    modes: tuple[str, ...] = Field(default=(), description="Conditions of access, codes or labels.")
    terms: tuple[str, ...] = Field(default=(), description="permanent, or years of retention.")
    formats: tuple[str, ...] = Field(default=(), description="Endings of names, such as pdf.")
    sources: tuple[str, ...] = Field(default=(), description="scan or born-digital.")
    languages: tuple[str, ...] = Field(default=(), description="Codes or labels.")
    case_files: tuple[str, ...] = Field(default=(), description="Codes: within them alone.")
    from_on: dt.date | None = None
    to_on: dt.date | None = None

    @classmethod
    def of_dimensions(
        cls,
        values: Mapping[str, Any],
        case_files: Sequence[str],
        from_on: dt.date | None,
        to_on: dt.date | None,
    ) -> Self:
        """``values`` by dimension, as addresses and options name them, and what is none."""
        named = {FILTER_OF[name]: tuple(values[name]) for name in FILTER_OF if values.get(name)}
        return cls(**named, case_files=tuple(case_files), from_on=from_on, to_on=to_on)

    def values_of(self, dimension: Dimension) -> list[str]:
        """What is chosen of a dimension, as words."""
        return [str(value) for value in getattr(self, FILTER_OF[dimension])]

    def chosen(self) -> dict[str, list[str]]:
        """The chosen values by name, as words."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: [str(item) for item in (value if isinstance(value, tuple) else (value,))]
            for name, value in values.items()
            if value
        }


class Shown(Given):
    """How hits are told: each page or each document once, in which order, how many."""

    by: By = "page"
    order: Order = "relevance"
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT)
    cursor: str | None = None
    facets: bool = False


def with_fields(words: UserQuery, conditions: Conditions) -> Conditions:
    """The conditions, and those that stand in the query where none of their kind is chosen.

    Raises:
        FieldValueError: a year or a day that is none.
    """
    new = {
        name: value for name, value in _typed(words.fields).items() if not getattr(conditions, name)
    }
    meant = conditions.model_copy(update=new)
    if meant.from_on and meant.to_on and meant.from_on > meant.to_on:
        return meant.model_copy(update={"from_on": meant.to_on, "to_on": meant.from_on})
    return meant


def _typed(fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Fields of a query by the names of ``Conditions``."""
    typed: dict[str, Any] = {}
    days: dict[str, str] = {}
    for name, value in fields:
        if name == "year":
            typed.setdefault("years", []).extend(_years(value))
        elif name in ("from", "to", "on"):
            days |= dict.fromkeys(("from", "to") if name == "on" else (name,), value)
        else:
            typed.setdefault(_FIELDS[name], []).append(value)
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in typed.items()
    }
    return values | _period(days)


def _period(texts: Mapping[str, str]) -> dict[str, dt.date]:
    """The days from the one to the other, whichever of them was named first."""
    found = {f"{end}_on": _day(end, text) for end, text in texts.items()}
    if found.get("from_on", dt.date.min) <= found.get("to_on", dt.date.max):
        return found
    return {"from_on": _day("from", texts["to"]), "to_on": _day("to", texts["from"])}


def filters_of(services: Services, words: UserQuery, conditions: Conditions) -> Filters:
    """Conditions and fields of the query, and those it leaves out, in the index's own terms.

    Raises:
        AgencyNotFoundError, UnknownCodeError, FieldValueError: a value that is none.
    """
    with services.read_only() as session:
        wanted = _filters(session, with_fields(words, conditions))
        without = [_filters(session, Conditions(**_typed([field]))) for field in words.without]
    return replace(wanted, without=tuple(without))


def without_unknown(services: Services, words: UserQuery, *, actor: Actor) -> UserQuery:
    """The words, and among what they could not be followed in each code left out that the account
    knows no case file of: it excludes nothing, whether or not others may know of one.
    """
    typed = [value for name, value in words.without if name == "case_file"]
    if not typed:
        return words
    meant = {value: set(codes_meant(value, ())) for value in typed}
    seen = select(CaseFile.code).where(
        CaseFile.code.in_(set().union(*meant.values())),
        access.visible(actor, "case-file:list", CaseFile.agency_id),
    )
    with services.read_only() as session:
        known = set(session.scalars(seen))
    nothing = tuple(f"-{value}" for value in typed if known.isdisjoint(meant[value]))
    return replace(words, ignored=(*words.ignored, *nothing))


def _filters(session: Session, wanted: Conditions) -> Filters:
    agencies = frozenset(_agency(session, text) for text in wanted.agencies)
    fonds = frozenset(_one_fonds(session, text) for text in wanted.fonds)
    case_files = _ids_of(session, CaseFile, wanted.case_files)
    languages = law.code_list("language")
    return Filters(
        agencies=agencies,
        fonds=frozenset(map(str, fonds)),
        series=frozenset(wanted.series),
        years=frozenset(wanted.years),
        types=frozenset(map(law.code_list("typeName").parse, wanted.types)),
        issuers=frozenset(wanted.issuers),
        signers=frozenset(wanted.signers),
        modes=frozenset(map(law.code_list("mode").parse, wanted.modes)),
        terms=frozenset(map(_term, wanted.terms)),
        formats=frozenset(ending.lower().removeprefix(".") for ending in wanted.formats),
        sources=frozenset(wanted.sources),
        languages=frozenset(languages.find(language) or language for language in wanted.languages),
        case_files=case_files,
        from_on=wanted.from_on,
        to_on=wanted.to_on,
    )


def _ids_of(
    session: Session, table: type[CaseFile | Fonds], codes: Collection[str]
) -> frozenset[UUID]:
    """The likeliest of each code; of codes that nothing has an id that nothing has, which narrows
    to nothing.
    """
    meant = [codes_meant(code, ()) for code in codes]
    forms = {form for each in meant for form in each}
    rows = session.execute(select(table.code, table.id).where(table.code.in_(forms))).all()
    known = {row[0]: row[1] for row in rows}
    found = [next((known[form] for form in each if form in known), _NOTHING) for each in meant]
    return frozenset(found)


def _agency(session: Session, text: str) -> UUID:
    """By its identifier in any case, or by its name."""
    found = find_agency(session, text) or find_agency(session, text.upper())
    if found is not None:
        return found.id
    return _by_name(_agencies_named(session), text) or get_agency(session, text).id


def _one_fonds(session: Session, text: str) -> UUID:
    """By its code, by its name, or the only one of an agency of this identifier; an id that nothing
    has where it is none of these.
    """
    (found,) = _ids_of(session, Fonds, (text,))
    if found != _NOTHING:
        return found
    if named := _by_name(_fonds_named(session), text):
        return named
    agency = find_agency(session, text.upper())
    of_agency = select(Fonds.id).where(Fonds.agency_id == agency.id) if agency else None
    fonds = session.scalars(of_agency).all() if of_agency is not None else ()
    return fonds[0] if len(fonds) == 1 else _NOTHING


def _agencies_named(session: Session) -> dict[UUID, str]:
    return {agency.id: fold(agency.name) for agency in list_agencies(session)}


def _fonds_named(session: Session) -> dict[UUID, str]:
    """Nobody says that a fonds is one."""
    rows = session.execute(select(Fonds.id, Fonds.name))
    return {row.id: fold(row.name).removeprefix("phong ") for row in rows}


def _by_name(names: Mapping[UUID, str], text: str) -> UUID | None:
    """The only one of this name, or whose name begins so, whose first letters these are, or whose
    name one slip made into this.
    """
    typed = fold(text.strip())
    for fits in (
        lambda name: name == typed,
        lambda name: name.startswith(typed),
        lambda name: "".join(word[0] for word in name.split()).startswith(typed),
        lambda name: _is_begun(typed, name) or _is_slip_of_name(typed, name),
    ):
        if named := [key for key, name in names.items() if fits(name)]:
            return named[0] if len(named) == 1 else None
    return None


def _is_begun(typed: str, name: str) -> bool:
    """Whether one slip made this of the first words of the name."""
    return _is_slip_of_name(typed.strip(), " ".join(name.split()[: len(typed.split())]))


def _is_slip_of_name(typed: str, name: str) -> bool:
    """``phường 13`` is another than ``phường 12``."""
    return is_slip(typed, name) and _DIGITS.findall(typed) == _DIGITS.findall(name)


class _Names:
    """Names without marks, by their first words, which are put together once."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [name.split() for name in names]
        self._begun: dict[int, dict[int, set[str]]] = {}

    def size_of(self, typed: Sequence[str]) -> int:
        """How many words begin a name, in which one slip may stand; 0 of one word alone."""
        for size in range(min(_LONGEST_NAME, len(typed)), 1, -1):
            begun = fold(" ".join(typed[:size])).rstrip(".,;")
            by_length = self._of(size)
            if begun in by_length.get(len(begun), ()):
                return size
            near = (by_length.get(len(begun) + more, ()) for more in (-1, 0, 1))
            if any(_is_slip_of_name(begun, name) for names in near for name in names):
                return size
        return 0

    def _of(self, size: int) -> dict[int, set[str]]:
        if size not in self._begun:
            made = self._begun[size] = defaultdict(set)
            for name in self._names:
                begun = " ".join(name[:size])
                made[len(begun)].add(begun)
        return self._begun[size]


def with_names(services: Services, text: str) -> str:
    """``cơ quan:Sở Công trình kè`` with the words in quotes that begin the name of an agency, or
    of a fonds after that field; so they are one value, and the rest are words.
    """
    read = {"agency": _agencies_named, "issuer": _agencies_named, "fonds": _fonds_named}
    known: dict[str, _Names] = {}
    asked = 0

    def size_of(field: str, typed: Sequence[str]) -> int:
        nonlocal asked
        if field not in read or (asked := asked + 1) > _MOST_NAMED:
            return 0
        if field not in known:
            with services.read_only() as session:
                known[field] = _Names(read[field](session).values())
        return known[field].size_of(typed)

    return with_values(nfc(text), size_of) if len(text) <= MAX_CHARACTERS else text


def _years(text: str) -> list[int]:
    years = years_of(text)
    if not years:
        raise FieldValueError(field="year", value=text)
    return years


def _day(name: str, text: str) -> dt.date:
    day = day_of(text, last=name == "to")
    if day is None:
        raise FieldValueError(field=name, value=text)
    return day


def _term(text: str) -> str:
    """``permanent``, or the number of years."""
    if fold(text) in ("vinh vien", "permanent"):
        return "permanent"
    return text.split(maxsplit=1)[0] if text.split() else text


def in_address(conditions: Conditions) -> list[tuple[str, str]]:
    """The filters as the address names them; what the page of the search reads."""
    named = [(name, value) for name in VALUE_OF for value in conditions.values_of(name)]
    days = (("from", conditions.from_on), ("to", conditions.to_on))
    return [
        *named,
        *(("in", code) for code in conditions.case_files),
        *((name, day.isoformat()) for name, day in days if day),
    ]
