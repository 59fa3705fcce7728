"""What is held now, counted: case files, documents, files, by form, type and format."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import law, messages
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion, not_emptied
from archive_service.domain.case_files.document import (
    DigitalObject,
    Document,
    FileRole,
    is_received_file,
)

STANDS = (Document.moved_to.is_(None), Document.replaced_in.is_(None))


def count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows are so; 0 of none."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def holdings(session: Session, held: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    """Case files in custody; files and bytes are those of each one's stored version.

    A document counts once, where it stands; a case file that was emptied does not, but its package
    lies in the store. Files received are those that minutes hand over.
    """
    documents = (
        select(func.count(Document.id))
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(*held, *STANDS)
        .scalar_subquery()
    )
    received = (
        select(func.count(DigitalObject.id))
        .join(Document, Document.id == DigitalObject.document_id)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(*held, Document.moved_from.is_(None), is_received_file())
        .scalar_subquery()
    )
    row = session.execute(
        select(
            count_where(not_emptied()),
            documents,
            received,
            func.coalesce(func.sum(PackageVersion.file_count), 0),
            func.coalesce(func.sum(PackageVersion.size_bytes), 0),
            count_where(CaseFile.permanent.is_(True) & not_emptied()),
        )
        .outerjoin(
            PackageVersion,
            (PackageVersion.case_file_id == CaseFile.id)
            & (PackageVersion.number == CaseFile.version_stored),
        )
        .where(*held)
    ).one()
    names = ("case_files", "documents", "files_received", "files", "size_bytes", "permanent")
    found = dict(zip(names, row, strict=True))
    return found | {"fixed": found["case_files"] - found["permanent"]}


def forms(session: Session, held: Sequence[ColumnElement[bool]]) -> list[dict[str, Any]]:
    """Electronic, digitized, mixed: case files as they declare it, and their documents, which say
    it each for itself or else as their case file; ``share`` is that of the case files, in percent.
    """
    own = CaseFile.confidence_level
    of_document = func.coalesce(Document.confidence_level, own)
    of_cases = select(own, func.count()).where(*held, not_emptied()).group_by(own)
    cases: dict[str | None, int] = {level: count for level, count in session.execute(of_cases)}
    of_documents = (
        select(of_document, func.count(Document.id))
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(*held, *STANDS)
        .group_by(of_document)
    )
    documents: dict[str | None, int] = {
        level: count for level, count in session.execute(of_documents)
    }
    codes = law.code_list("confidenceLevel")
    total = sum(cases.values())
    return [
        {
            "key": level or "",
            "label": codes.label(level) if level else messages.text("reports.no-form"),
            "case_files": cases.get(level, 0),
            "documents": documents.get(level, 0),
            "share": round(100 * cases.get(level, 0) / total, 1) if total else 0.0,
        }
        for level in sorted({*cases, *documents}, key=lambda level: level or "~")
    ]


def _counted(
    session: Session,
    held: Sequence[ColumnElement[bool]],
    key: InstrumentedAttribute[Any],
    label: Callable[[Any], str],
    *also: ColumnElement[bool],
) -> list[dict[str, Any]]:
    source = key.class_
    rows = session.execute(
        select(key, func.count())
        .select_from(source)
        .join(CaseFile, CaseFile.id == source.case_file_id)
        .where(*held, *also)
        .group_by(key)
        .order_by(func.count().desc())
    )
    return [{"key": value or "", "label": label(value), "count": count} for value, count in rows]


def types(session: Session, held: Sequence[ColumnElement[bool]]) -> list[dict[str, Any]]:
    codes = law.code_lists().get("typeName")

    def label(value: str | None) -> str:
        if not value:
            return messages.text("reports.no-type")
        return codes.label(value) if codes is not None else value

    return _counted(session, [*held, *STANDS], Document.type_name, label)


def formats(session: Session, held: Sequence[ColumnElement[bool]]) -> list[dict[str, Any]]:
    """Of originals, scans too, by the name that PRONOM gives their format; each document once."""
    standing = select(Document.id).where(*STANDS)
    return _counted(
        session,
        held,
        DigitalObject.format_name,
        lambda value: value or messages.text("reports.no-format"),
        (DigitalObject.role == FileRole.ORIGINAL) & DigitalObject.document_id.in_(standing),
    )
