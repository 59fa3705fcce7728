"""Searching: the rights of the account are part of the query."""

import datetime as dt
import time
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, law
from archive_service.bootstrap import Services
from archive_service.catalogue.agencies import get_agency
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import Document
from archive_service.text import nfc
from search.port import END, FOUND, Filters, Hit, Query, Visibility
from search.query import UserQuery, parse_query
from search.snippet import make_snippet

_WHOLE_TITLE = 400  # words: no title is cut


@dataclass(frozen=True, slots=True)
class Narrow:
    """What a searcher narrows by; days are those of the document."""

    agency: str | None = None
    year: int | None = None
    kind: str | None = None
    from_on: dt.date | None = None
    to_on: dt.date | None = None


def find(
    services: Services,
    text: str,
    *,
    actor: Actor,
    narrow: Narrow | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> dict[str, Any]:
    """``{total, hits, cursor, took_ms}``; found words in a snippet stand between « and ».

    Raises:
        ActNotAllowedError: the role does not search.
        EmptyQueryError, CursorInvalidError, AgencyNotFoundError, UnknownCodeError: input.
    """
    access.require(actor, "search")
    started = time.perf_counter()
    query = Query(
        words=parse_query(text),
        visible=visibility(actor),
        filters=filters(services, narrow or Narrow()),
        limit=limit,
        cursor=cursor,
    )
    page = services.index.search(query)
    return {
        "total": page.total,
        "hits": [_hit(hit) for hit in page.hits],
        "cursor": page.cursor,
        "took_ms": round((time.perf_counter() - started) * 1000, 1),
    }


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a searcher chose beside the hits; several values of one kind widen it."""

    agencies: tuple[str, ...] = ()  # identifiers
    years: tuple[int, ...] = ()
    types: tuple[str, ...] = ()  # codes of typeName


def find_documents(
    services: Services,
    text: str,
    *,
    actor: Actor,
    conditions: Conditions,
    newest_first: bool = False,
    limit: int = 20,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Each document once, with its best pages, and how many hits each condition would leave.

    ``{total, case_files, took_ms, cursor, words, hits, facets}``. Of a document that is open on
    conditions only, title and data are found and its pages are not; ``locked`` says so. Found
    words in ``title`` and ``snippet`` stand between ``search.port.FOUND`` and ``END``.

    Raises:
        ActNotAllowedError: the role does not search.
        EmptyQueryError, CursorInvalidError, AgencyNotFoundError: input.
    """
    access.require(actor, "search")
    started = time.perf_counter()
    words = parse_query(text)
    with services.read_only() as session:
        chosen = frozenset(get_agency(session, code).id for code in conditions.agencies)
    query = Query(
        words=words,
        visible=replace(visibility(actor), titles=True),
        filters=Filters(
            agencies=chosen,
            years=frozenset(conditions.years),
            types=frozenset(conditions.types),
        ),
        by="document",
        order="newest" if newest_first else "relevance",
        limit=limit,
        cursor=cursor,
    )
    page = services.index.search(query)
    facets = services.index.facets(query)
    with services.read_only() as session:
        agencies = _agencies(
            session, {*facets["agency"], *(str(hit.agency_id) for hit in page.hits)}
        )
        numbers = _numbers(session, [hit.document_id for hit in page.hits if hit.document_id])
    return {
        "total": page.total,
        "case_files": page.case_files,
        "took_ms": round((time.perf_counter() - started) * 1000, 1),
        "cursor": page.cursor,
        "words": [word for term in words.terms for word in term.exact],
        "hits": [_document_hit(hit, words, agencies, numbers, actor) for hit in page.hits],
        "facets": {
            "agency": [
                (*agencies[value], count)
                for value, count in facets["agency"].items()
                if value in agencies
            ],
            "year": [(value, value, count) for value, count in facets["year"].items()],
            "type": [(value, value, count) for value, count in facets["type"].items()],
        },
    }


def find_code(services: Services, text: str, *, actor: Actor) -> str | None:
    """``text`` itself where it is the code of a case file that the account may know of."""
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    with services.read_only() as session:
        return session.scalar(select(CaseFile.code).where(CaseFile.code == nfc(text), visible))


def _agencies(session: Session, ids: set[str]) -> dict[str, tuple[str, str]]:
    """Id → identifier and name."""
    rows = session.execute(
        select(Agency.id, Agency.code, Agency.name).where(Agency.id.in_([UUID(one) for one in ids]))
    )
    return {str(row.id): (row.code, row.name) for row in rows}


def _numbers(session: Session, ids: list[UUID]) -> dict[UUID, str]:
    """Document → its number and symbol."""
    rows = session.execute(
        select(Document.id, Document.code_number, Document.code_notation).where(
            Document.id.in_(ids)
        )
    )
    return {row[0]: "/".join(part for part in row[1:] if part) for row in rows}


def _document_hit(
    hit: Hit,
    words: UserQuery,
    agencies: dict[str, tuple[str, str]],
    numbers: dict[UUID, str],
    actor: Actor,
) -> dict[str, Any]:
    readable = access.may_read_mode(actor, hit.mode)
    pages = [{"page": hit.page, "snippet": hit.snippet}]
    pages += [{"page": more.page, "snippet": more.snippet} for more in hit.further]
    return {
        "code": hit.code,
        "document": None if hit.document_id is None else str(hit.document_id),
        "title": make_snippet(hit.title, words, width=_WHOLE_TITLE),
        "number": numbers.get(hit.document_id, "") if hit.document_id else "",
        "date": hit.date,
        "year": hit.year,
        "agency": agencies.get(str(hit.agency_id), ("", ""))[1],
        "source": hit.source,
        "mode": hit.mode,
        "locked": not readable,
        "pages": pages if readable else [],
        "more": max(hit.pages - len(pages), 0) if readable else 0,
    }


def visibility(actor: Actor) -> Visibility:
    """What the account may find, as ``access.py`` says."""
    agencies = None if actor.agency_id is None else frozenset({actor.agency_id})
    return Visibility(agencies=agencies, modes=access.modes_visible(actor))


def filters(services: Services, narrow: Narrow) -> Filters:
    """The narrowing in the index's own terms."""
    agencies: frozenset[UUID] = frozenset()
    if narrow.agency:
        with services.read_only() as session:
            agencies = frozenset({get_agency(session, narrow.agency).id})
    types = frozenset({law.code_list("typeName").parse(narrow.kind)} if narrow.kind else ())
    return Filters(
        agencies=agencies,
        years=frozenset({narrow.year} if narrow.year else ()),
        types=types,
        from_on=narrow.from_on,
        to_on=narrow.to_on,
    )


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "code": hit.code,
        "document": None if hit.document_id is None else str(hit.document_id),
        "title": hit.title,
        "page": hit.page,
        "snippet": hit.snippet.replace(FOUND, "«").replace(END, "»"),
        "score": round(hit.score, 4),
        "year": hit.year,
        "type": hit.type,
        "date": hit.date,
    }
