"""The catalogue record: every row of a case file as one JSON document inside its package.

The circular's fields cannot carry all that we know; from this file the rows come back exactly.
"""

import datetime as dt
import enum
import json
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from archive_service import clock
from archive_service.domain.base import Base
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.finding import FindingRow
from archive_service.domain.submission import Submission, SubmissionFile

FORMAT = "catalogue-record/1"
Row = TypeVar("Row", bound=Base)

# Where the work stands is not content: it comes from the store and the audit trail.
_WORK = {
    CaseFile: {
        "state", "version_wanted", "version_built", "version_stored", "version_indexed",
        "receipt_number", "receipt_year", "receipt_sha256", "receipt_issued_at",
        "revision", "digitization", "version_reserved", "locked_until",
    },
    DigitalObject: {"text_layer"},
    Submission: {"state", "revision"},
}  # fmt: skip


def catalogue_bytes(case_file: CaseFile, submission: Submission) -> bytes:
    """The record as canonical, readable JSON; the same rows always give the same bytes."""
    document = {
        "format": FORMAT,
        "case_file": _plain(case_file),
        "documents": [_document(item) for item in case_file.documents],
        "submission": _plain(submission)
        | {
            "files": [_plain(item) for item in submission.files],
            "findings": [_plain(item) for item in submission.findings],
        },
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return text.encode() + b"\n"


def rows_of(record: bytes) -> tuple[CaseFile, Submission]:
    """The rows as ``catalogue_bytes`` saw them, not yet in any session.

    Raises:
        ValueError: not a catalogue record of a format that is known here.
    """
    document = json.loads(record)
    if document.get("format") != FORMAT:
        raise ValueError(f"unknown catalogue record: {document.get('format')!r}")
    case_file = _row(CaseFile, document["case_file"])
    case_file.documents = [_document_row(item) for item in document["documents"]]
    declared = dict(document["submission"])
    files, findings = declared.pop("files"), declared.pop("findings")
    submission = _row(Submission, declared)
    submission.files = [_row(SubmissionFile, item) for item in files]
    submission.findings = [_row(FindingRow, item) for item in findings]
    return case_file, submission


def _document(document: Document) -> dict[str, Any]:
    return _plain(document) | {
        "files": [_plain(item) for item in document.files],
        "relations": [_plain(item) for item in document.relations],
        "picture": document.picture and _plain(document.picture),
        "recording": document.recording and _plain(document.recording),
    }


def _document_row(document: dict[str, Any]) -> Document:
    columns = dict(document)
    parts = {name: columns.pop(name) for name in ("files", "relations", "picture", "recording")}
    row = _row(Document, columns)
    row.files = [_row(DigitalObject, item) for item in parts["files"]]
    row.relations = [_row(DocumentRelation, item) for item in parts["relations"]]
    if parts["picture"]:
        row.picture = _row(PictureDescription, parts["picture"])
    if parts["recording"]:
        row.recording = _row(RecordingDescription, parts["recording"])
    return row


def _plain(row: Base) -> dict[str, Any]:
    """The columns of a row in types that JSON has."""
    mapper = cast("Mapper[Any]", inspect(type(row)))
    leave = _WORK.get(type(row), set())
    return {
        attribute.key: as_json(getattr(row, attribute.key))
        for attribute in mapper.column_attrs
        if attribute.key not in leave
    }


def as_json(value: Any) -> Any:  # Any: whatever a column holds
    """A value of a column in a type that JSON has."""
    match value:
        case dt.datetime():
            return clock.iso(value)
        case dt.date():
            return value.isoformat()
        case UUID():
            return str(value)
        case enum.Enum():
            return value.value
        case _:
            return value


def _row(kind: type[Row], columns: dict[str, Any]) -> Row:
    """A row of ``kind`` from plain columns, each in its own type again."""
    mapper = cast("Mapper[Row]", inspect(kind))
    values = {
        attribute.key: _typed(columns[attribute.key], attribute.columns[0].type.python_type)
        for attribute in mapper.column_attrs
        if attribute.key in columns
    }
    return kind(**values)


def _typed(value: Any, kind: type) -> Any:  # Any: whatever JSON holds
    if value is None:
        return None
    if issubclass(kind, dt.datetime):
        return clock.parse_iso(value)
    if issubclass(kind, dt.date):
        return dt.date.fromisoformat(value)
    if issubclass(kind, UUID):
        return UUID(value)
    if issubclass(kind, enum.Enum):
        return kind(value)
    return value
