"""Whose a row is: what belongs to some case files, and the bytes of it that may be staged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.domain.digitization.rereading import RereadingItem
from archive_service.domain.digitization.scan_batch import (
    ScanBatch,
    ScanDocument,
    ScanPage,
    ScanSource,
)
from archive_service.domain.intake.submission import Submission, SubmissionFile, SubmissionPacket
from archive_service.domain.keeping.migration_batch import MigrationItem
from archive_service.domain.signing.copy_signing import CopyToSign
from archive_service.storage.destroy.past_submissions import submissions_of

_VALUES = 5000  # in one statement: servers take some 30,000


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which rows some case files consist; each id, code or digest leads to its case file."""

    case_files: tuple[UUID, ...]
    codes: Mapping[str, UUID]
    submissions: Mapping[UUID, UUID]
    documents: Mapping[UUID, UUID]
    batches: Mapping[UUID, UUID]

    @property
    def own(self) -> Mapping[UUID, UUID]:
        """The case files themselves."""
        return {case_file: case_file for case_file in self.case_files}

    @property
    def ids(self) -> Mapping[UUID, UUID]:
        """What a job, a notice or an answer may be about."""
        return {**self.submissions, **self.own}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table that go: those whose ``column`` is one of ``owners``."""

    column: InstrumentedAttribute[Any]
    owners: Mapping[Any, UUID]

    @property
    def table(self) -> Table:
        """Of which table they are."""
        return cast("Table", self.column.class_.__table__)

    def parts(self) -> Iterator[ColumnElement[bool]]:
        """Conditions, each with no more values than a server takes."""
        values = list(self.owners)
        for start in range(0, len(values), _VALUES):
            yield self.column.in_(values[start : start + _VALUES])


def whose(session: Session, case_file_ids: Sequence[UUID]) -> Whose:
    """What belongs to them now."""
    rows = session.execute(
        select(CaseFile.id, CaseFile.code).where(CaseFile.id.in_(case_file_ids))
    ).all()
    ids = [row.id for row in rows]
    codes = {row.code: row.id for row in rows}
    mine = submissions_of(session, ids)
    documents = select(Document.id, Document.case_file_id).where(Document.case_file_id.in_(ids))
    batches = select(ScanBatch.id, ScanBatch.case_code).where(ScanBatch.case_code.in_(codes))
    of_code = {batch: codes[code] for batch, code in _pairs(session, batches).items()}
    return Whose(tuple(ids), codes, mine, _pairs(session, documents), of_code)


def digests_of(session: Session, many: Whose) -> dict[UUID, set[str]]:
    """Case file → all its bytes that may lie in staging, those that others have too among them."""
    found: dict[UUID, set[str]] = {case_file: set() for case_file in many.case_files}
    scanned = scanned_of(session, many)
    for column, rows in (
        (DigitalObject.sha256, Rows(DigitalObject.case_file_id, many.own)),
        (SubmissionFile.sha256, Rows(SubmissionFile.submission_id, many.submissions)),
        (SubmissionPacket.sha256, Rows(SubmissionPacket.submission_id, many.submissions)),
        *(
            (column, rows)
            for column in (ScanPage.sha256, ScanPage.thumbnail_sha256, ScanPage.reading_sha256)
            for rows in (
                Rows(ScanPage.batch_id, many.batches),
                Rows(ScanPage.document_id, scanned),
            )
        ),
        (ScanSource.sha256, Rows(ScanSource.batch_id, many.batches)),
        (CopyToSign.signed_sha256, Rows(CopyToSign.case_file_id, many.own)),
        (AccessRequest.sealed_sha256, Rows(AccessRequest.case_file_id, many.own)),
        (MigrationItem.sha256, Rows(MigrationItem.case_file_id, many.own)),
        (PackageVersion.staged, Rows(PackageVersion.case_file_id, many.own)),
        (RereadingItem.readings, Rows(RereadingItem.case_file_id, many.own)),
        (Submission.evidence, Rows(Submission.id, many.submissions)),
    ):
        for part in rows.parts():
            for key, values in session.execute(select(rows.column, column).where(part)):
                found[rows.owners[key]].update(_digests(values))
    images = {digest: identifier for identifier, digests in found.items() for digest in digests}
    readings = Rows(PageReadingRow.image_sha256, images)
    for part in readings.parts():
        query = select(PageReadingRow.image_sha256, PageReadingRow.reading_sha256).where(part)
        for image, reading in session.execute(query):
            found[images[image]].update(_digests(reading))
    return found


def scanned_of(session: Session, many: Whose) -> dict[UUID, UUID]:
    """Their documents in a batch of many case files, told apart by separators."""
    found = select(ScanDocument.id, ScanDocument.case_code).where(
        ScanDocument.case_code.in_(many.codes)
    )
    return {key: many.codes[code] for key, code in _pairs(session, found).items()}


def _digests(value: Any) -> Iterator[str]:  # Any: a digest or none, or JSON with some of them
    if isinstance(value, str):
        yield value
    elif value:
        yield from (item["sha256"] if isinstance(item, dict) else item for item in value if item)


def _pairs(session: Session, query: Select[Any, Any]) -> dict[Any, Any]:
    return {row[0]: row[1] for row in session.execute(query)}
