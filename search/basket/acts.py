"""The basket of an account: put in, taken out, shown and taken along by the rights of the moment.

Nobody else sees it. What may be known no longer is only counted, and comes back with the right.
"""

from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Executable, Row, and_, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service import document as documents
from archive_service.catalogue.holdings.opening import DocumentUnknownError
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.catalogue.holdings.shelf import (
    MOST_KEPT,
    basket_of,
    empty,
    put_in_basket,
)
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.case_standing import OVER
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.domain.people.shelf import ShelfKind, ShelfMark
from archive_service.errors import ConflictError
from archive_service.given import Given
from archive_service.services import Services
from search.export import paper
from search.export.acts import Form, WrittenHits, is_paper, record, write_hits
from search.export.columns import COLUMNS, Column
from search.port import Hit

TAG = "search:basket-exported"
OF_A_SEARCH = ("page", "pages", "snippet")  # columns of which a basket knows nothing
BASKET_COLUMNS: tuple[Column, ...] = tuple(
    column for column in COLUMNS if column not in OF_A_SEARCH
)
_ON_PAPER: tuple[Column, ...] = tuple(
    column for column in paper.COLUMNS if column not in OF_A_SEARCH
)


class BasketFullError(ConflictError):
    """So much lies in the basket that something has to be taken out first."""


class Chosen(Given):
    """A document, or where none is named the case file."""

    code: str = Field(default="", description="Code of the case file.")
    document: UUID | None = Field(default=None, description="ID of the document.")


class TakenAlong(Given):
    """In which columns and form it is taken along."""

    form: Form = "xlsx"
    columns: tuple[Column, ...] = Field(default=BASKET_COLUMNS, min_length=1)


class BasketItem(documents.Document):
    """A document or, without ``document``, a case file; ``locked``: it may not be read as yet."""

    code: str
    document: UUID | None
    ordinal: int | None
    title: str
    number: str
    date: str | None
    year: int
    mode: str
    locked: bool
    at: documents.Moment


class BasketDocument(documents.Document):
    """What lies in the basket, the newest first; ``unseen`` counts what may be known no longer."""

    items: list[BasketItem]
    unseen: int


def show_basket(services: Services, *, actor: Actor) -> BasketDocument:
    """What lies in one's own basket, the newest first, by the rights of now.

    What may be known no longer is only counted.

    Raises:
        ActNotAllowedError: the account does not search.
    """
    access.require(actor, "search")
    with services.read_only() as session:
        lying = len(basket_of(session, actor=actor))
        found = _found(session, actor)
    items = [
        BasketItem(
            code=hit.code,
            document=hit.document_id,
            ordinal=row.ordinal,
            title=hit.title,
            number="/".join(part for part in (row.code_number, row.code_notation) if part),
            date=hit.date,
            year=hit.year,
            mode=hit.mode,
            locked=hit.reduced,
            at=row.at,
        )
        for row, hit in found
    ]
    return BasketDocument(items=items, unseen=lying - len(items))


def put_in(services: Services, given: Chosen, *, actor: Actor) -> BasketDocument:
    """Put a document or case file into one's basket; once it is there, this changes nothing.

    Raises:
        ActNotAllowedError: the account does not search, or nobody's account asks.
        CaseFileNotFoundError, DocumentUnknownError: absent, or not to be known.
        BasketFullError
    """
    account_id = _own_id(actor)
    with services.read_only() as session:
        thing_id = _thing(session, given, actor)
        lying = basket_of(session, actor=actor)
    if thing_id not in lying:
        if len(lying) >= MOST_KEPT:
            raise BasketFullError(most=MOST_KEPT)
        put_in_basket(services, thing_id, into=True, account_id=account_id)
    return show_basket(services, actor=actor)


def take_out(services: Services, given: Chosen, *, actor: Actor) -> BasketDocument:
    """Take a document or case file out of one's basket; where it is not there nothing changes.

    Raises:
        ActNotAllowedError: the account does not search, or nobody's account asks.
        CaseFileNotFoundError, DocumentUnknownError: absent, or not to be known.
    """
    account_id = _own_id(actor)
    with services.read_only() as session:
        thing_id = _thing(session, given, actor)
    put_in_basket(services, thing_id, into=False, account_id=account_id)
    return show_basket(services, actor=actor)


def empty_basket(services: Services, *, actor: Actor) -> BasketDocument:
    """Take everything out of one's basket, what may be known no longer as well.

    Raises:
        ActNotAllowedError: the account does not search, or nobody's account asks.
    """
    _own_id(actor)
    empty(services, ShelfKind.BASKET, actor=actor)
    return show_basket(services, actor=actor)


def export_basket(
    services: Services, given: TakenAlong, *, actor: Actor, lang: str, target: Path
) -> WrittenHits:
    """Write what lies in one's basket into ``target``, as hits are; the trail tells of it.

    Its suffix is the form; of what is open on conditions title and data are told.

    Raises:
        ActNotAllowedError: the account does not search.
    """
    access.require(actor, "search")
    with services.read_only() as session:
        hits = [hit for _, hit in _found(session, actor)]
    columns = tuple(dict.fromkeys(given.columns))
    if is_paper(target) and columns == BASKET_COLUMNS:
        columns = _ON_PAPER
    about = paper.Heading("basket", [])
    count = write_hits(services, [hits], columns, about, actor=actor, lang=lang, target=target)
    things = [str(hit.document_id or hit.case_file_id) for hit in hits]
    data = {"form": given.form, "columns": list(columns), "hits": count, "things": things}
    record(services, TAG, actor, data)
    return WrittenHits(file=str(target), hits=count)


def _own_id(actor: Actor) -> UUID:
    access.require(actor, "search")
    if actor.account_id is None:
        raise access.not_allowed(actor, "search")
    return actor.account_id


def _thing(session: Session, given: Chosen, actor: Actor) -> UUID:
    """The id of what is meant, where the account may know of it and it is found."""
    stands = _stands(actor)
    if given.document is None:
        code = given.code.strip()
        found = session.scalar(select(CaseFile.id).where(CaseFile.code == code, *stands))
        if found is None:
            raise CaseFileNotFoundError(code=code)
        return found
    of = select(Document.id).join(CaseFile, CaseFile.id == Document.case_file_id)
    found = session.scalar(of.where(Document.id == given.document, *_findable(), *stands))
    if found is None:
        raise DocumentUnknownError(id=given.document)
    return found


def _stands(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        access.visible(actor, "case-file:list", CaseFile.agency_id),
        CaseFile.state.not_in(OVER),
        CaseFile.removing_since.is_(None),
    )


def _findable() -> tuple[ColumnElement[bool], ...]:
    """As in the index: none in quarantine, each where it lies now."""
    return Document.quarantined.is_(False), Document.moved_to.is_(None)


def _found(session: Session, actor: Actor) -> list[tuple[Row[Any], Hit]]:
    """What lies in the basket and may be known, as rows and as hits."""
    if actor.account_id is None:
        return []
    rows = session.execute(_lying(actor.account_id, actor)).all()
    return [(row, _hit(row, actor)) for row in rows]


def _lying(account_id: UUID, actor: Actor) -> Executable:
    place = func.coalesce(Document.case_file_id, ShelfMark.case_file_id)
    return (
        select(
            ShelfMark.at,
            CaseFile.id.label("case_file_id"),
            CaseFile.code,
            CaseFile.title.label("case_title"),
            CaseFile.agency_id,
            CaseFile.fonds_id,
            CaseFile.series_id,
            CaseFile.year,
            CaseFile.mode.label("case_mode"),
            CaseFile.end_date,
            Document.id.label("document_id"),
            Document.ordinal,
            Document.subject,
            Document.code_number,
            Document.code_notation,
            Document.type_name,
            Document.mode,
            Document.issued_date,
        )
        .outerjoin(Document, Document.id == ShelfMark.case_file_id)
        .join(CaseFile, CaseFile.id == place)
        .where(
            ShelfMark.account_id == account_id,
            ShelfMark.kind == ShelfKind.BASKET,
            or_(Document.id.is_(None), and_(*_findable())),
            *_stands(actor),
        )
        .order_by(ShelfMark.at.desc(), ShelfMark.id)
    )


def _hit(row: Row[Any], actor: Actor) -> Hit:
    is_document = row.document_id is not None
    mode = access.stricter_mode(row.case_mode, row.mode) if is_document else row.case_mode
    of = (row.document_id, row.case_file_id, row.series_id, row.fonds_id, row.agency_id)
    return Hit(
        case_file_id=row.case_file_id,
        code=row.code,
        document_id=row.document_id,
        title=row.subject if is_document else row.case_title,
        page=None,
        snippet="",
        agency_id=row.agency_id,
        fonds=str(row.fonds_id),
        year=row.year,
        type=row.type_name,
        mode=mode,
        date=(row.issued_date if is_document else row.end_date) or None,
        source=None,
        reduced=not access.may_read_mode(actor, mode, *of),
    )
