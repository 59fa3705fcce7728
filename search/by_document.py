"""Searching as a page shows it: each document once, its best pages, and what narrows further."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.linking.links import also_in
from archive_service.domain.agencies.agency import AgencyIdentifier
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.formats.words.section import part_of
from archive_service.services import Services
from archive_service.text import nfc
from search.acts import outdated_among, visibility
from search.asked import Asked
from search.asking import ask
from search.conditions import Conditions, filters_of, with_names, without_unknown
from search.documents import PlaceDocument, ToldDocument, places
from search.facets import Facets, agencies_named, named_facets
from search.order import Order
from search.pasted import readable
from search.port import FoundPage, Hit, Query
from search.query import UserQuery, parse_query
from search.snippet import make_snippet
from search.written.codes import codes_meant

_WHOLE_TITLE = 400  # words: no title is cut
_LONGEST_CODE = 120  # characters


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page, or part of a file without pages, of which ``snippet`` shows the found words."""

    page: int | None
    snippet: str
    part: dict[str, str] | None


@dataclass(frozen=True)
class ShownHit:
    """A document, or a case file, with its best pages; ``more`` counts the rest.

    Of one that is ``locked`` title and data are found and its pages are not. Found words in
    ``title`` and ``snippet`` stand between ``search.port.FOUND`` and ``END``.
    """

    code: str
    id: UUID
    document: UUID | None
    title: str
    number: str
    outdated: list[str]
    also_in: list[PlaceDocument]
    date: str | None
    year: int
    agency: str
    source: str | None
    mode: str
    locked: bool
    pages: list[ShownPage]
    more: int


@dataclass(frozen=True, slots=True)
class ShownHits:
    """Each document once; a count of very many case files or hits may be an ``Estimate``."""

    total: int
    case_files: int
    took_ms: float
    hits: list[ShownHit]
    facets: Facets
    told: ToldDocument | None


@dataclass(frozen=True, slots=True)
class _Named:
    """The words searched for, and the names of what the index knows by id."""

    words: UserQuery
    agencies: dict[str, tuple[str, str]]  # id → identifier and name
    numbers: dict[UUID, str]  # document → number and symbol
    outdated: dict[UUID, list[str]]  # document → replaced-by, corrected-by
    elsewhere: dict[UUID, list[tuple[str, int]]]  # document → case files it belongs to as well


def find_documents(
    services: Services,
    text: str,
    *,
    actor: Actor,
    conditions: Conditions,
    order: Order = "relevance",
    limit: int = 20,
    skip: int = 0,
    as_typed: bool = False,
) -> ShownHits:
    """Each document once, with its best pages, and how many hits each condition would leave.

    Args:
        as_typed: nothing is asked in place of the words.

    Raises:
        ActNotAllowedError: the role does not search.
        EmptyQueryError, AgencyNotFoundError: input.
    """
    access.require(actor, "search")
    started = time.perf_counter()
    query = replace(
        document_query(services, text, actor, conditions),
        order=order,
        limit=limit,
        skip=skip,
    )
    with services.index.at_once() as index:
        asked = Asked(query) if as_typed and query.words.terms else ask(index, query)
        query = asked.query
        page = asked.page or index.search(query)
        facets = index.facets(query)
    words = query.words
    with services.read_only() as session:
        documents = [hit.document_id for hit in page.hits if hit.document_id]
        named = _Named(
            words,
            agencies_named(session, {str(hit.agency_id) for hit in page.hits}),
            _numbers(session, documents),
            outdated_among(session, documents),
            also_in(session, documents),
        )
        facets_named = named_facets(session, facets)
    return ShownHits(
        total=page.total,
        case_files=page.case_files,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        hits=[_hit(hit, named) for hit in page.hits],
        facets=facets_named,
        told=ToldDocument.of(asked, page.hits),
    )


def found_case_files(
    services: Services, text: str, *, actor: Actor, conditions: Conditions
) -> list[UUID]:
    """Every case file in which ``find_documents`` finds something, however many they are.

    Raises:
        ActNotAllowedError: the role does not search.
        EmptyQueryError, AgencyNotFoundError: input.
    """
    access.require(actor, "search")
    parse_query(text)  # of no text: whatever is told of the order would not say what was asked
    return list(services.index.case_files(document_query(services, text, actor, conditions)))


def document_query(services: Services, text: str, actor: Actor, conditions: Conditions) -> Query:
    """What is asked for documents, each once, within the rights of the account.

    Raises:
        EmptyQueryError, AgencyNotFoundError, UnknownCodeError, FieldValueError: input.
    """
    words = parse_query(with_names(services, text), narrowed=bool(conditions.chosen()))
    words = without_unknown(services, words, actor=actor)
    return Query(
        words=words,
        visible=visibility(services, actor, titles=True),
        filters=filters_of(services, words, conditions),
        by="document",
    )


def find_code(services: Services, text: str, *, actor: Actor) -> str | None:
    """The code of a case file that the account may know of, where ``text`` is it.

    In any case, with any signs between its parts or none, with or without zeros.
    """
    typed = readable(nfc(text))
    if len(typed) > _LONGEST_CODE or not any(letter.isdecimal() for letter in typed):
        return None
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    with services.read_only() as session:
        whole = "".join(typed.split()).isalnum()
        known = session.scalars(select(AgencyIdentifier.code)) if whole else ()
        meant = codes_meant(typed, list(known))
        found = set(session.scalars(select(CaseFile.code).where(CaseFile.code.in_(meant), visible)))
    return next((code for code in meant if code in found), None)


def _numbers(session: Session, ids: list[UUID]) -> dict[UUID, str]:
    """Document → its number and symbol."""
    rows = session.execute(
        select(Document.id, Document.code_number, Document.code_notation).where(
            Document.id.in_(ids)
        )
    )
    return {row[0]: "/".join(part for part in row[1:] if part) for row in rows}


def _hit(hit: Hit, named: _Named) -> ShownHit:
    found: Sequence[Hit | FoundPage] = (hit, *hit.further)
    pages = [ShownPage(page.page, page.snippet, part_of(page.part)) for page in found]
    return ShownHit(
        code=hit.code,
        id=hit.document_id or hit.case_file_id,
        document=hit.document_id,
        title=make_snippet(hit.title, named.words, width=_WHOLE_TITLE),
        number=named.numbers.get(hit.document_id, "") if hit.document_id else "",
        outdated=named.outdated.get(hit.document_id, []) if hit.document_id else [],
        also_in=places(named.elsewhere, hit.document_id),
        date=hit.date,
        year=hit.year,
        agency=named.agencies.get(str(hit.agency_id), ("", ""))[1],
        source=hit.source,
        mode=hit.mode,
        locked=hit.reduced,
        pages=[] if hit.reduced else pages,
        more=0 if hit.reduced else max(hit.pages - len(pages), 0),
    )
