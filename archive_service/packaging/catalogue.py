"""The catalogue record: every row of a case file as one JSON document inside its package.

The circular's fields cannot carry all that we know; from this file the rows come back exactly.
"""

import datetime as dt
import enum
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from archive_service import clock
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission, SubmissionFile, parted

FORMAT = "catalogue-record/1"
Row = TypeVar("Row", bound=Base)
_OF_JSON = {str, int, bool, type(None), list, dict}

# Where the work stands is not content: it comes from the store and the audit trail.
_WORK = {
    CaseFile: {
        "state", "version_wanted", "version_built", "version_stored", "version_indexed",
        "receipt_number", "receipt_year", "receipt_sha256", "receipt_issued_at",
        "revision", "edition", "digitization", "version_reserved", "locked_until", "size_bytes",
        "receipt_due_in", "removing_since", "last_described",
    },
    DigitalObject: {"text_layer"},
    SubmissionFile: {"facts"},
    Submission: {
        "state", "revision",
        "receipt_number", "receipt_year", "receipt_sha256", "receipt_issued_at",
    },
}  # fmt: skip


def catalogue_bytes(case_file: CaseFile, submissions: Sequence[Submission]) -> bytes:
    """The record as canonical, readable JSON; the same rows always give the same bytes."""
    document = catalogue_document(case_file, submissions)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return text.encode() + b"\n"


def catalogue_document(case_file: CaseFile, submissions: Sequence[Submission]) -> dict[str, Any]:
    """The same before it is written: equal documents are equal bytes.

    Of ``submissions`` the first became the case file, unless that was split from another; the
    others were added to it.
    """
    first, added = parted(submissions)
    return assembled(
        _plain(case_file),
        documents=[_document(item) for item in case_file.documents],
        links=[_plain(item) for item in case_file.links],
        submission=None if first is None else _submission(first),
        additions=[_submission(submission) for submission in added],
    )


def assembled(
    case_file: dict[str, Any],
    *,
    documents: list[dict[str, Any]],
    links: list[dict[str, Any]],
    submission: dict[str, Any] | None,
    additions: list[dict[str, Any]],
) -> dict[str, Any]:
    """A record of its parts, each of them plain already."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "case_file": case_file,
        "documents": documents,
        "submission": submission,
    }
    if links:
        document["links"] = links
    if additions:
        document["additions"] = additions
    return document


def rows_of(record: bytes) -> tuple[CaseFile, list[Submission]]:
    """The rows as ``catalogue_bytes`` saw them, not yet in any session.

    Raises:
        ValueError: not a catalogue record of a format that is known here.
    """
    document = json.loads(record)
    if document.get("format") != FORMAT:
        raise ValueError(f"unknown catalogue record: {document.get('format')!r}")
    case_file = _row(CaseFile, document["case_file"])
    case_file.documents = [_document_row(item) for item in document["documents"]]
    case_file.links = [_row(DocumentLink, item) for item in document.get("links", ())]
    sent = [document["submission"], *document.get("additions", ())]
    return case_file, [_submission_row(submission) for submission in sent if submission is not None]


def _submission(submission: Submission) -> dict[str, Any]:
    return _plain(submission) | {
        "files": [_plain(item) for item in submission.files],
        "findings": [_plain(item) for item in submission.findings],
    }


def _submission_row(document: dict[str, Any]) -> Submission:
    columns = dict(document)
    files, findings = columns.pop("files"), columns.pop("findings")
    submission = _row(Submission, columns)
    submission.files = [_row(SubmissionFile, item) for item in files]
    submission.findings = [_row(FindingRow, item) for item in findings]
    return submission


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
    """The columns of a row in types that JSON has.

    What is loaded is taken from the row itself: asked by attributes it costs twice as much.
    """
    held = vars(row)
    values = (
        (name, held[name] if name in held else getattr(row, name))
        for name in recorded_columns(type(row))
    )
    return {name: value if type(value) in _OF_JSON else as_json(value) for name, value in values}


@cache
def recorded_columns(kind: type[Base]) -> tuple[str, ...]:
    """Those of a row that a record bears."""
    leave = _WORK.get(kind, set())
    mapper = cast("Mapper[Any]", inspect(kind))
    return tuple(
        column_attr.key for column_attr in mapper.column_attrs if column_attr.key not in leave
    )


def as_json(value: Any) -> Any:  # Any: whatever a column holds
    """A value of a column in a type that JSON has."""
    write = writing(value.__class__)
    return value if write is None else write(value)


@cache
def writing(kind: type) -> Callable[[Any], Any] | None:
    """What makes one that JSON has of a value of this type; ``None`` where it is one already."""
    if issubclass(kind, dt.datetime):
        return clock.iso
    if issubclass(kind, dt.date):
        return dt.date.isoformat
    if issubclass(kind, UUID):
        return str
    return attrgetter("value") if issubclass(kind, enum.Enum) else None


def plain_row(row: Base, names: Iterable[str] = ()) -> dict[str, JsonValue]:
    """Columns of a row, all but its revision or those named, each as ``as_json`` writes it."""
    columns = names or row.__table__.columns.keys()
    return {name: as_json(getattr(row, name)) for name in columns if name != "revision"}


def _row(kind: type[Row], columns: Mapping[str, Any]) -> Row:
    """A row of ``kind`` from plain columns, each in its own type again."""
    mapper = cast("Mapper[Row]", inspect(kind))
    values = {
        attribute.key: _typed(columns[attribute.key], attribute.columns[0].type.python_type)
        for attribute in mapper.column_attrs
        if attribute.key in columns
    }
    return kind(**values)


def row_from(kind: type[Row], columns: Mapping[str, Any]) -> Row:
    """A row of any kind from columns as ``as_json`` wrote them, such as those of an act."""
    return _row(kind, columns)


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
