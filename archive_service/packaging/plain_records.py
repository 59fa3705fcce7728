"""Catalogue records of many case files at once, from plain columns.

Whoever compares changes nothing: to make an object of each row takes longer than to read it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

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
from archive_service.domain.intake.submission import NEW, Submission, SubmissionFile
from archive_service.packaging.catalogue import assembled, recorded_columns, writing

_Plain = dict[str, Any]  # columns in types that JSON has
_OWN = CaseFile.id, CaseFile.code, CaseFile.ocfl_id, CaseFile.version_stored


class PlainCaseFile(NamedTuple):
    """A case file as its rows are: where its package lies, and the record that this has to bear."""

    id: UUID
    code: str
    ocfl_id: str
    version_stored: int
    record: dict[str, Any]


def plain_records(session: Session, case_file_ids: Sequence[UUID]) -> Iterator[PlainCaseFile]:
    """Those of these that are there, by their ids, with the records of ``catalogue_document``."""
    theirs = CaseFile.id.in_(case_file_ids)
    documents = _documents(session, case_file_ids)
    links = _below(session, DocumentLink.case_file_id, case_file_ids, DocumentLink.ordinal)
    sent = _submissions(session, case_file_ids)
    for row in session.execute(select(*_OWN, *_of(CaseFile)).where(theirs).order_by(CaseFile.id)):
        id_, code, ocfl_id, version, *values = row
        first, added = _parted(sent.get(id_, ()))
        record = assembled(
            _plain(CaseFile, values),
            documents=documents.get(id_, []),
            links=links.get(id_, []),
            submission=first,
            additions=added,
        )
        yield PlainCaseFile(id_, code, ocfl_id, version, record)


def _documents(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[_Plain]]:
    theirs = Document.case_file_id.in_(ids)
    within = select(Document.id).where(theirs)
    files = _below(session, DigitalObject.document_id, within, DigitalObject.ordinal)
    relations = _below(session, DocumentRelation.document_id, within)
    pictures = _below(session, PictureDescription.document_id, within)
    recordings = _below(session, RecordingDescription.document_id, within)
    query = select(Document.case_file_id, Document.id, *_of(Document)).where(theirs)
    found = defaultdict[UUID, list[_Plain]](list)
    for case_file_id, id_, *values in session.execute(query.order_by(Document.ordinal)):
        found[case_file_id].append(
            _plain(Document, values)
            | {
                "files": files.get(id_, []),
                "relations": relations.get(id_, []),
                "picture": next(iter(pictures.get(id_, ())), None),
                "recording": next(iter(recordings.get(id_, ())), None),
            }
        )
    return found


def _submissions(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[_Plain]]:
    """What became each case file, then what was added; as ``submissions_of`` has them."""
    theirs = Submission.id.in_(ids) | Submission.case_file_id.in_(ids)
    within = select(Submission.id).where(theirs)
    files = _below(session, SubmissionFile.submission_id, within, SubmissionFile.ordinal)
    findings = _below(session, FindingRow.submission_id, within, FindingRow.ordinal)
    query = select(Submission.case_file_id, Submission.id, *_of(Submission)).where(theirs)
    in_order = query.order_by(Submission.version.is_not(None), Submission.version)
    found = defaultdict[UUID, list[_Plain]](list)
    for case_file_id, id_, *values in session.execute(in_order):
        parts = {"files": files.get(id_, []), "findings": findings.get(id_, [])}
        found[case_file_id or id_].append(_plain(Submission, values) | parts)
    return found


def _parted(sent: Sequence[_Plain]) -> tuple[_Plain | None, list[_Plain]]:
    """As ``parted`` does with rows."""
    added = [submission for submission in sent if submission["record_status"] != NEW]
    return next(
        (submission for submission in sent if submission["record_status"] == NEW), None
    ), added


def _below(
    session: Session,
    owner: InstrumentedAttribute[UUID],
    owners: Sequence[UUID] | Select[UUID],
    *order: InstrumentedAttribute[int],
) -> Mapping[UUID, list[_Plain]]:
    """Rows by whom they hang on."""
    kind: type[Base] = owner.parent.class_
    query = select(owner, *_of(kind)).where(owner.in_(owners)).order_by(*order)
    found = defaultdict[UUID, list[_Plain]](list)
    for above, *values in session.execute(query):
        found[above].append(_plain(kind, values))
    return found


def _plain(kind: type[Base], values: Sequence[Any]) -> _Plain:
    plain = dict(zip(recorded_columns(kind), values, strict=True))
    for name, turned in _to_turn(kind):
        if plain[name] is not None:
            plain[name] = turned(plain[name])
    return plain


@cache
def _of(kind: type[Base]) -> Sequence[InstrumentedAttribute[Any]]:
    return [getattr(kind, name) for name in recorded_columns(kind)]


@cache
def _to_turn(kind: type[Base]) -> Sequence[tuple[str, Callable[[Any], Any]]]:
    """Columns whose values JSON has no type for, and what ``as_json`` makes of such a value."""
    held = ((name, getattr(kind, name).type.python_type) for name in recorded_columns(kind))
    return [(name, write) for name, type_ in held if (write := writing(type_)) is not None]
