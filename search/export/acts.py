"""All hits of a search to take along, with the columns that were chosen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, law, messages
from archive_service import document as documents
from archive_service.accounts.acts import display_names
from archive_service.audit import record_event
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms import docx, tables
from archive_service.forms.field_words import day_words
from archive_service.forms.tables import Row, TableForm
from archive_service.given import Given
from archive_service.services import Services
from archive_service.text import nfc
from search.asked import Asked
from search.asking import ask
from search.by_document import document_query
from search.conditions import Conditions
from search.documents import ToldDocument
from search.export import paper
from search.export.columns import COLUMNS, Column
from search.facets import agencies_named
from search.order import Order
from search.port import END, FOUND, MAX_DEPTH, MAX_LIMIT, Hit, Query

TAG = "search:exported"
_FIRST = 5  # hits
Form = TableForm | Literal["docx", "pdf"]
FORMS: tuple[Form, ...] = ("xlsx", "csv", "docx", "pdf")
MEDIA_TYPES: dict[str, str] = {
    **{form: media_type for form, media_type in tables.MEDIA_TYPES.items()},
    "docx": docx.MEDIA_TYPE,
    "pdf": "application/pdf",
}


class SearchTooManyError(InputError):
    """More hits than a table takes; conditions narrow them."""


class Taken(Given):
    """Which hits are taken along, in which order and columns, and in which form."""

    form: Form = "xlsx"
    columns: tuple[Column, ...] = Field(default=COLUMNS, min_length=1)
    order: Order = "relevance"
    conditions: Conditions = Conditions()
    as_typed: bool = False


class WrittenHits(documents.Document):
    """The file they were written into, and how many."""

    file: str
    hits: int


class ExportedHits(WrittenHits):
    """``told``: what was asked for the words as typed; a paper and the trail say it, too."""

    told: ToldDocument | None


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the hits, with what the index does not keep of them."""

    hits: Sequence[Hit]
    documents: Mapping[UUID, Document]
    agencies: Mapping[str, tuple[str, str]]


def export_hits(
    services: Services,
    text: str,
    given: Taken,
    *,
    actor: Actor,
    lang: str,
    target: Path,
    most: int = MAX_DEPTH,
) -> ExportedHits:
    """Write each document found once into ``target``; the trail tells who took how many.

    Its suffix is the form. A paper, .docx or .pdf, has the columns of ``paper.COLUMNS`` where all
    are asked for, and no more than ``paper.MOST`` hits.

    What is asked, and what of it the account may see, is as on the page of the search. Of what is
    open on conditions only its title and data are told.

    Raises:
        ActNotAllowedError: the role does not search.
        SearchTooManyError: more than ``most`` hits.
        EmptyQueryError, AgencyNotFoundError, UnknownCodeError, FieldValueError: input.
    """
    access.require(actor, "search")
    query = replace(
        document_query(services, text, actor, given.conditions), order=given.order, limit=MAX_LIMIT
    )
    as_typed = given.as_typed and bool(query.words.terms)
    with services.index.at_once() as index:
        asked = Asked(query) if as_typed else ask(index, query)
        (total,) = index.counts([asked.query])
    columns = tuple(dict.fromkeys(given.columns))
    if is_paper(target):
        most = min(most, paper.MOST)
        columns = paper.COLUMNS if columns == COLUMNS else columns
    if total > most:
        raise SearchTooManyError(total=total, most=most)
    hits = ToldDocument.of(asked, _first(services, asked))
    notes = paper.notes(hits, lang)
    about = paper.Heading("title", [paper.sought(text, lang), *notes], "; ".join(notes))
    parts = _parts(services, asked.query)
    count = write_hits(services, parts, columns, about, actor=actor, lang=lang, target=target)
    data = {
        "text": nfc(text).strip(),
        "conditions": given.conditions.chosen(),
        "form": given.form,
        "columns": list(columns),
        "hits": count,
        "instead": hits.instead if hits else "",
    }
    record(services, TAG, actor, data)
    return ExportedHits(file=str(target), hits=count, told=hits)


def _first(services: Services, asked: Asked) -> Sequence[Hit]:
    """The first hits, after whose writing words that nobody typed are told."""
    if not asked.instead:
        return ()
    return services.index.search(replace(asked.query, limit=_FIRST, order="relevance")).hits


def write_hits(
    services: Services,
    parts: Iterable[Sequence[Hit]],
    columns: Sequence[Column],
    about: paper.Heading,
    *,
    actor: Actor,
    lang: str,
    target: Path,
) -> int:
    """Write hits, part by part, into ``target`` by its suffix; returns how many there were."""
    written = _Counted(_rows(services, parts, columns, lang=lang))
    if is_paper(target):
        who = _name(services, actor)
        paper.write_paper(services, target, columns, written, about, lang=lang, who=who)
        return written.count
    headings = [messages.text(f"labels.search-columns.{name}", lang) for name in columns]
    if about.note:  # a table has no place beside its rows
        headings.append(messages.text("labels.search-told.note", lang))
    rows = ([*row, about.note] if about.note else row for row in written)
    tables.write_table(target, headings, rows)
    return written.count


def is_paper(target: Path) -> bool:
    """Whether it is laid out on sheets."""
    return target.suffix in (".docx", ".pdf")


def record(services: Services, tag: str, actor: Actor, data: dict[str, Any]) -> None:
    """Tell the trail who took what along."""
    with services.writing() as session:
        record_event(
            session, tag, subject_id=None, actor=actor, agency_id=actor.agency_id, data=data
        )
    write_out_evidence(services)


def _name(services: Services, actor: Actor) -> str:
    with services.read_only() as session:
        return display_names(session, [actor.account]).get(actor.account, actor.account)


class _Counted:
    """Rows that are counted as they are taken."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _parts(services: Services, query: Query) -> Iterator[Sequence[Hit]]:
    cursor: str | None = None
    while True:
        page = services.index.search(replace(query, cursor=cursor))
        yield page.hits
        cursor = page.cursor
        if cursor is None:
            return


def _rows(
    services: Services,
    parts: Iterable[Sequence[Hit]],
    columns: Sequence[Column],
    *,
    lang: str,
) -> Iterator[Row]:
    for hits in parts:
        with services.read_only() as session:
            part = _part(session, hits)
            for hit in part.hits:
                row = _row(hit, part, lang)
                yield [row[name] for name in columns]


def _part(session: Session, hits: Sequence[Hit]) -> _Part:
    ids = [hit.document_id for hit in hits if hit.document_id]
    rows = session.scalars(select(Document).where(Document.id.in_(ids)))
    agencies = agencies_named(session, {str(hit.agency_id) for hit in hits})
    return _Part(hits, {row.id: row for row in rows}, agencies)


def _row(hit: Hit, part: _Part, lang: str) -> dict[Column, str | int | None]:
    document = part.documents.get(hit.document_id) if hit.document_id else None
    number = (document.code_number, document.code_notation) if document else ()
    return {
        "code": hit.code,
        "title": hit.title,
        "number": "/".join(part for part in number if part),
        "date": day_words(hit.date) if hit.date else "",
        "year": hit.year,
        "agency": part.agencies.get(str(hit.agency_id), ("", ""))[1],
        "type": law.code_list("typeName").label(hit.type, lang) if hit.type else "",
        "issuer": (document.organ_name if document else None) or "",
        "signer": (document.signer if document else None) or "",
        "mode": law.code_list("mode").label(hit.mode, lang),
        "page": hit.page,
        "pages": hit.pages if hit.snippet else None,
        "snippet": hit.snippet.replace(FOUND, "").replace(END, ""),
    }
