"""The lines of a mục lục văn bản: each document with the pages that it takes in its case file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service import law, messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    is_received_file,
)
from archive_service.domain.case_files.recall import CORRECTED_BY, REPLACED_BY
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.intake.submission import Submission
from archive_service.packaging.standing_notes import standing_words
from ingest.handover.minutes import period_of
from ingest.handover.papers import ListedDocument
from ingest.register.counterpart import REPLACES

_PRINTED = (
    Document.id.label("document_id"),
    Document.code_number,
    Document.code_notation,
    Document.issued_date,
    Document.type_name,
    Document.subject,
    Document.organ_name,
    Document.number_of_page,
    Document.description,
    Document.replaced_in,
    Document.recalled_at,
    Document.moved_to,
    Document.moved_from,
)
_Place = tuple[UUID, int]  # case file and ordinal


@dataclass(frozen=True, slots=True)
class Line:
    """A document as it is printed, the version it came with, its pages and files of its own."""

    printed: ListedDocument
    version: int | None
    pages: int = 0
    files: int = 0


def lines_of_case_files(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Line]]:
    """In order of time: its own, and those of other case files that belong to it.

    A fixed number of statements.
    """
    own = session.execute(
        select(
            Document.case_file_id,
            Document.ordinal,
            *_PRINTED,
            literal("").label("code"),
            literal(0).label("there"),
            Document.added_in.label("version"),
            _files().label("files"),
        ).where(Document.case_file_id.in_(ids))
    )
    linked = session.execute(
        select(
            DocumentLink.case_file_id,
            DocumentLink.ordinal,
            *_PRINTED,
            CaseFile.code,
            Document.ordinal.label("there"),
            _linked_with().label("version"),
            literal(0).label("files"),
        )
        .join(Document, Document.id == DocumentLink.document_id)
        .join(CaseFile, CaseFile.id == DocumentLink.source_id)
        .where(DocumentLink.case_file_id.in_(ids), DocumentLink.ended_at.is_(None))
    )
    rows = [*own, *linked]
    notes, relations = _replacing(session, ids), _relations(session, ids)
    pages = _page_numbers(rows)
    found: dict[UUID, list[Line]] = {}
    for row in sorted(
        rows, key=lambda row: (row.issued_date is None, row.issued_date or "", row.ordinal)
    ):
        place = (row.case_file_id, row.ordinal)
        remarks = [] if row.code else notes.get(place, [])
        stands = standing_words(row.recalled_at, relations.get(row.document_id, ()))
        line = _line(row, pages.get(place, ""), [*remarks, *stands])
        found.setdefault(row.case_file_id, []).append(line)
    return found


def _page_numbers(rows: Iterable[Any]) -> dict[_Place, str]:
    """Where each begins and ends: the pages of a case file are numbered in its own order.

    Documents that do not stand in it take none. Source: NĐ 30/2020/NĐ-CP, Phụ lục V, mẫu IV.
    """
    first: dict[UUID, int] = {}
    found: dict[_Place, str] = {}
    for row in sorted(rows, key=lambda row: row.ordinal):
        begins, count = first.get(row.case_file_id, 1), row.number_of_page or 0
        if row.code or row.replaced_in is not None or row.moved_to or count < 1:
            continue
        last = begins + count - 1
        found[row.case_file_id, row.ordinal] = f"{begins}–{last}" if count > 1 else str(begins)
        first[row.case_file_id] = last + 1
    return found


def _files() -> ScalarSelect[int]:
    """How many files were received with a document; what was made or scanned later is none."""
    return (
        select(func.count())
        .where(DigitalObject.document_id == Document.id, is_received_file())
        .scalar_subquery()
    )


def _linked_with() -> ScalarSelect[int | None]:
    """The version that a link came with; none where a person of the archive made it later."""
    return (
        select(func.min(func.coalesce(Submission.version, 1)))
        .where(
            or_(
                Submission.id == DocumentLink.case_file_id,
                Submission.case_file_id == DocumentLink.case_file_id,
            ),
            Submission.decided_at == DocumentLink.linked_at,
        )
        .scalar_subquery()
    )


def _line(row: Any, pages: str, texts: Sequence[str]) -> Line:
    elsewhere = bool(row.code)
    moved = "" if elsewhere or not row.moved_to else row.moved_to["code"]
    notes = (_kept_in(row), moved and _words("moved", code=moved), *texts, row.description)
    listed = ListedDocument(
        number_and_symbol=_number(row),
        date=period_of(row.issued_date or "", ""),
        subject=_subject(row.type_name, row.subject),
        author=row.organ_name or "",
        pages=pages,
        note="; ".join(part for part in notes if part),
        files=row.files,
        elsewhere=elsewhere,
        replaced=not elsewhere and row.replaced_in is not None,
        moved=bool(moved) and row.replaced_in is None,
    )
    # Arranged into it: handed over elsewhere.
    version = None if not elsewhere and row.moved_from else row.version
    return Line(listed, version, 0 if elsewhere else row.number_of_page or 0, row.files)


def _number(row: Any) -> str:
    return "/".join(part for part in (row.code_number, row.code_notation) if part)


def _replacing(session: Session, ids: Sequence[UUID]) -> dict[_Place, list[str]]:
    """Notes by place: what a document replaces, and what took its place."""
    old, new = aliased(Document), aliased(Document)
    rows = session.execute(
        select(
            old.case_file_id,
            old.ordinal.label("old"),
            old.code_number,
            old.code_notation,
            old.subject,
            new.ordinal.label("new"),
        )
        .join(DocumentRelation, DocumentRelation.target_id == old.id)
        .join(
            new,
            and_(
                new.id == DocumentRelation.document_id,
                new.case_file_id == old.case_file_id,
                new.added_in == old.replaced_in,
            ),
        )
        .where(old.case_file_id.in_(ids), DocumentRelation.relation == REPLACES)
        .order_by(old.ordinal)
    )
    found: dict[_Place, list[str]] = {}
    for row in rows:
        taken = _words("replaces", ordinal=row.old, name=_number(row) or row.subject)
        found.setdefault((row.case_file_id, row.new), []).append(taken)
        gone = _words("replaced", ordinal=row.new)
        found.setdefault((row.case_file_id, row.old), []).append(gone)
    return found


def _relations(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    """By which others their documents and linked ones were replaced or corrected.

    Where another stands in its place in the case file itself, ``_replacing`` tells which.
    """
    linked = select(DocumentLink.document_id).where(
        DocumentLink.case_file_id.in_(ids), DocumentLink.ended_at.is_(None)
    )
    rows = session.execute(
        select(DocumentRelation.document_id, DocumentRelation.relation, DocumentRelation.target)
        .join(Document, Document.id == DocumentRelation.document_id)
        .where(
            or_(Document.case_file_id.in_(ids), Document.id.in_(linked)),
            or_(
                DocumentRelation.relation == CORRECTED_BY,
                and_(DocumentRelation.relation == REPLACED_BY, Document.replaced_in.is_(None)),
            ),
        )
        .order_by(DocumentRelation.target)
    )
    found: dict[UUID, list[tuple[str, str]]] = {}
    for document_id, relation, target in rows:
        found.setdefault(document_id, []).append((relation, target))
    return found


def _kept_in(row: Any) -> str:
    """In which case file a linked document lies."""
    return messages.text("packages.kept_in", code=row.code, ordinal=row.there) if row.code else ""


def _subject(type_name: str | None, subject: str) -> str:
    """Tên loại và trích yếu; an abstract that begins with its type does not say it twice."""
    lists = law.code_lists().get("typeName")
    kind = lists.label(type_name) if lists is not None and type_name else ""
    return subject if not kind or subject.startswith(kind) else f"{kind}: {subject}"


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.handover.{key}", "vi", **facts)
