"""The document that replaces or corrects another: known by its name, offered, and told of."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.recalls.documents import NamedDocument
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor


@dataclass(frozen=True, slots=True)
class Offered:
    """A document that may be chosen: told so that nobody takes one for another."""

    code: str
    number: str
    date: str
    title: str


_TOLD = (
    Document.doc_code,
    Document.code_number,
    Document.code_notation,
    Document.issued_date,
    Document.subject,
)


def successors_named(
    session: Session, name: str, *, of: CaseFile, but: Document, actor: Actor
) -> list[Offered]:
    """The agency's documents that bear this name, two at most.

    A name is the identifier, the archive code, or number and symbol (15/QĐ-UBND).
    """
    rows = session.execute(
        select(*_TOLD)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(
            _bears(name),
            CaseFile.agency_id == of.agency_id,
            access.visible(actor, "case-file:list", CaseFile.agency_id),
            Document.id != but.id,
            Document.recalled_at.is_(None),
        )
        .order_by(Document.case_file_id, Document.ordinal)
        .limit(2)
    )
    return [_offered(row) for row in rows]


def successors_among(
    session: Session, ids: Collection[UUID], *, of: CaseFile, but: int
) -> list[Offered]:
    """Those of these documents that may succeed document ``but``."""
    rows = session.execute(
        select(*_TOLD)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(
            Document.id.in_(ids),
            CaseFile.agency_id == of.agency_id,
            or_(Document.case_file_id != of.id, Document.ordinal != but),
            Document.recalled_at.is_(None),
        )
        .order_by(Document.doc_code)
    )
    return [_offered(row) for row in rows]


def documents_bearing(
    session: Session, names: Collection[str], *, actor: Actor
) -> dict[str, NamedDocument]:
    """By identifier or archive code: one that is not there is not in custody."""
    wanted = {name for name in names if name}
    rows = session.execute(
        select(
            Document.doc_code,
            Document.doc_id,
            Document.code_number,
            Document.code_notation,
            Document.subject,
            Document.ordinal,
            CaseFile.code,
            access.visible(actor, "case-file:list", CaseFile.agency_id).label("known"),
        )
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(or_(Document.doc_code.in_(wanted), Document.doc_id.in_(wanted)))
        .order_by(Document.case_file_id, Document.ordinal)
    )
    found: dict[str, NamedDocument] = {}
    for row in rows:
        named = NamedDocument(
            code=row.code if row.known else "",
            ordinal=row.ordinal,
            number=_number(row) if row.known else "",
            title=row.subject if row.known else "",
        )
        for name in {row.doc_code, row.doc_id} & wanted:
            found.setdefault(name, named)
    return found


def _offered(row: Any) -> Offered:
    return Offered(row.doc_code, _number(row), row.issued_date or "", row.subject)


def _number(row: Any) -> str:
    return "/".join(part for part in (row.code_number, row.code_notation) if part)


def _bears(name: str) -> ColumnElement[bool]:
    number, _, notation = name.partition("/")
    numbered = and_(Document.code_notation == notation, Document.code_number == number)
    return or_(Document.doc_id == name, Document.doc_code == name, numbered)
