"""Where terms are used: what texts of the holdings name them, and which texts nobody adopted.

Counted from the distinct texts of the fields, read as a stream; no row links a text to a term.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.holdings.term_fields import SOURCES, Source
from archive_service.catalogue.vocabularies.documents import CandidateDocument
from archive_service.catalogue.vocabularies.lists import folded, names_of, parts_of
from archive_service.domain.agencies.term import Term, TermKind, TermName
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import (
    Document,
)
from archive_service.domain.people.account import Actor
from archive_service.text import fold, nfc

_AT_ONCE = 500  # texts in one question
_MOST_CANDIDATES = 20_000  # different ones that are held in memory
MOST_SUGGESTED = 10


@dataclass(slots=True)
class Uses:
    """How many case files and documents name a term; ``otherwise``: not by its name."""

    total: int = 0
    otherwise: int = 0


def count_uses(session: Session, terms: Sequence[Term], *, actor: Actor) -> dict[UUID, Uses]:
    """Of these terms, among what the account may know of; a fixed number of statements."""
    found = {term.id: Uses() for term in terms}
    writings = {(name.kind, name.folded): name for name in names_of(session, found)}
    for kind in {term.kind for term in terms}:
        for text, count in _texts(session, kind, actor):
            named: dict[UUID, bool] = {}
            for part in parts_of(kind, text):
                term_name = writings.get((kind, _folded(part)))
                if term_name is not None:
                    otherwise = part != term_name.text or not term_name.is_name
                    named[term_name.term_id] = named.get(term_name.term_id, False) or otherwise
            for term_id, otherwise in named.items():
                found[term_id].total += count
                found[term_id].otherwise += count if otherwise else 0
    return found


def candidates(
    session: Session, kind: TermKind, *, actor: Actor, limit: int = MOST_SUGGESTED
) -> list[CandidateDocument]:
    """Texts that no term is written like, the most used first.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "term:edit")
    known = set(session.scalars(select(TermName.folded).where(TermName.kind == kind)))
    uses: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for text, count in _texts(session, kind, actor):
        for part in {_folded(part): part for part in parts_of(kind, text)}.items():
            if part[0] in known or (part[0] not in uses and len(uses) >= _MOST_CANDIDATES):
                continue
            uses[part[0]] += count
            shown.setdefault(*part)
    best = sorted(uses.items(), key=lambda use: (-use[1], fold(use[0]), use[0]))[:limit]
    return [CandidateDocument(name=shown[key], uses=count) for key, count in best]


def named_otherwise(session: Session, term: Term, *, actor: Actor) -> Iterator[str]:
    """Codes of the case files in which something names the term, and not by its name; in order."""
    writings = {name.folded: name for name in names_of(session, [term.id])}
    codes: set[str] = set()
    for source in SOURCES[term.kind]:
        wanted = (
            text
            for text, _ in _counted(session, source, actor)
            if any(
                writings.get(_folded(part)) is not None and part != term.name
                for part in parts_of(term.kind, text)
            )
        )
        while some := list(islice(wanted, _AT_ONCE)):
            query = _joined(select(CaseFile.code).distinct(), source)
            query = query.where(source.column.in_(some), _known(source, actor))
            codes.update(session.scalars(query))
    yield from sorted(codes)


def renamed(kind: TermKind, text: str, writings: Collection[str], name: str) -> str:
    """The text with every writing of a term replaced by its name; other parts stay as they are."""
    parts = [name if folded(part) in writings else part for part in parts_of(kind, text)]
    if parts == parts_of(kind, text):
        return text
    return "; ".join(dict.fromkeys(parts))


def suggest(session: Session, kind: TermKind, typed: str, *, actor: Actor) -> list[str]:
    """Names of terms that are called or written with what was typed at the front, or a word of it.

    Marks are optional; a name that begins like this comes before one that has it inside. Keywords
    are for those who hand in too, names of persons and places for who may see the lists.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "term:suggest" if kind is TermKind.KEYWORD else "term:list")
    plain = fold(" ".join(nfc(typed).split()))
    if not plain:
        return []
    first = TermName.plain.startswith(plain, autoescape=True)
    inside = TermName.plain.contains(f" {plain}", autoescape=True)
    found: list[str] = []
    for fits in (first, inside & ~first):
        query = (
            select(Term.name, Term.plain)
            .join(TermName, TermName.term_id == Term.id)
            .where(TermName.kind == kind, fits)
            .distinct()
            .order_by(Term.plain, Term.name)
            .limit(MOST_SUGGESTED)
        )
        found += [name for name, _ in session.execute(query) if name not in found]
        if len(found) >= MOST_SUGGESTED:
            break
    return found[:MOST_SUGGESTED]


def _texts(session: Session, kind: TermKind, actor: Actor) -> Iterator[tuple[str, int]]:
    for source in SOURCES[kind]:
        yield from _counted(session, source, actor)


def _counted(session: Session, source: Source, actor: Actor) -> Iterator[tuple[str, int]]:
    """The distinct texts of a field and how often each stands there."""
    query = _joined(select(source.column, func.count()), source).where(
        source.column.is_not(None), source.column != "", _known(source, actor)
    )
    rows = session.execute(query.group_by(source.column).execution_options(yield_per=1000))
    yield from ((text, count) for text, count in rows)


def _joined(query: Select[Any], source: Source) -> Select[Any]:
    """From the row that has the field up to its case file."""
    if not source.of_document:
        return query.select_from(CaseFile)
    owner = source.column.class_
    if owner is Document:
        rows = query.select_from(Document)
    else:
        rows = query.select_from(owner).join(Document, Document.id == owner.document_id)
    return rows.join(CaseFile, CaseFile.id == Document.case_file_id)


def _known(source: Source, actor: Actor) -> ColumnElement[bool]:
    """What the account may know of; keywords of conditional material are withheld from some."""
    agency = access.visible(actor, "case-file:list", CaseFile.agency_id)
    modes = access.modes_visible(actor)
    if modes is None:
        return agency
    open_ones = CaseFile.mode.in_(modes)
    return agency & open_ones & (Document.mode.in_(modes) if source.of_document else true())


@lru_cache(maxsize=50_000)
def _folded(part: str) -> str:
    return folded(part)
