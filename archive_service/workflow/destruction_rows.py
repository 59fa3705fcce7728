"""Rows of a case file that the destroy gate takes away, and why others stay: every table is named.

A table that is new is named here too, or the test of this file fails.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, func, or_, select, update
from sqlalchemy.orm import Session

from archive_service.domain.answer import Answer
from archive_service.domain.callback import Callback
from archive_service.domain.case_file import CaseFile, CopyState, PackageVersion
from archive_service.domain.copy_signing import CopyToSign
from archive_service.domain.delivery import DeliveryRefusal
from archive_service.domain.description_batch import DescriptionItem
from archive_service.domain.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.document_link import DocumentLink
from archive_service.domain.draft import Draft
from archive_service.domain.finding import FindingRow
from archive_service.domain.hold import HoldLock
from archive_service.domain.job import Job
from archive_service.domain.migration_batch import MigrationItem
from archive_service.domain.notice import Notice
from archive_service.domain.page_reading import DoubtfulPage, PageReadingRow, WordCorrection
from archive_service.domain.recall import Recall
from archive_service.domain.rereading import RereadingItem
from archive_service.domain.scan_batch import (
    RescanTicket,
    ScanBatch,
    ScanDocument,
    ScanEdit,
    ScanPage,
    ScanSource,
)
from archive_service.domain.submission import (
    Submission,
    SubmissionFile,
    SubmissionPacket,
    WaitingDocument,
)

DESTROY_JOB = "destroy-case-file"

EVIDENCE = "evidence: sealed trail and acts, which every copy holds and no destruction changes"
DECIDED = "what was decided of the case file: the file of its destruction"
STUB = "the stub, no more than the destruction list tells"
NO_CONTENT = "digests, counts or names of places; no word or byte of a case file"
OTHER = "of the archive, its people and its work; not of one case file"
_OF_OTHERS = (
    "access_token",
    "account",
    "agency",
    "agency_identifier",
    "agency_succession",
    "announcement",
    "closed_register",
    "collection_list",
    "enrolled_copy",
    "file_plan",
    "file_plan_amendment",
    "file_plan_entry",
    "file_plan_heading",
    "fonds",
    "form_number",
    "format_registry",
    "handover_record",
    "idempotent_request",
    "index_in_use",
    "keep_back",
    "mail_run",
    "outage",
    "own_field",
    "paper_box",
    "paper_handover",
    "report",
    "retention_schedule",
    "schedule",
    "seal_custody",
    "series",
    "station",
    "term",
    "term_name",
    "watched_key",
    "web_session",
    "what_if",
)
# Table → why its rows stay.
KEPT: Mapping[str, str] = {
    "case_file": STUB,
    "act": EVIDENCE,
    "audit_event": EVIDENCE,
    "audit_segment": EVIDENCE,
    "disposition": DECIDED,
    "disposition_item": DECIDED,
    "disposition_paper": DECIDED,
    "council_member": DECIDED,
    "hold": DECIDED,
    "hold_order": OTHER,
    "removal": DECIDED,
    "removal_place": DECIDED,
    "retention_change": DECIDED,
    "retention_event": DECIDED,
    "mode_change": DECIDED,
    "paper_part": DECIDED,  # the paper half goes by hand, and is told there
    "paper_movement": DECIDED,
    "handover_item": NO_CONTENT,
    "delivery": NO_CONTENT,
    "what_if_item": NO_CONTENT,
    "fixity_trouble": NO_CONTENT,
    "fixity_pass": NO_CONTENT,
    "incident": NO_CONTENT,
    "malware_scan": NO_CONTENT,
    "format_identification": NO_CONTENT,
    "signing_order": NO_CONTENT,
    "signing_request": NO_CONTENT,
    "migration_batch": NO_CONTENT,
    "rereading": NO_CONTENT,
    "description_batch": NO_CONTENT,
    "late_entry": NO_CONTENT,
    "reserved_number": NO_CONTENT,
    "backup_run": NO_CONTENT,
    **dict.fromkeys(_OF_OTHERS, OTHER),
}


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which rows one case file consists: its own id, its submissions, its batches, its code."""

    case_file_id: UUID
    code: str
    submissions: tuple[UUID, ...]
    documents: tuple[UUID, ...]
    batches: tuple[UUID, ...]

    @property
    def ids(self) -> tuple[UUID, ...]:
        """What a job, a notice or an answer may be about."""
        return (self.case_file_id, *self.submissions)


def whose(session: Session, case_file_id: UUID) -> Whose:
    """What belongs to the case file now; what was returned before it came whole belongs to it."""
    row = session.get_one(CaseFile, case_file_id)
    of_code = (Submission.code == row.code) & (Submission.agency_id == row.agency_id)
    mine = or_(Submission.id == row.id, Submission.case_file_id == row.id, of_code)
    documents = select(Document.id).where(Document.case_file_id == row.id)
    batches = select(ScanBatch.id).where(ScanBatch.case_code == row.code)
    return Whose(
        row.id,
        row.code,
        tuple(session.scalars(select(Submission.id).where(mine))),
        tuple(session.scalars(documents)),
        tuple(session.scalars(batches)),
    )


def digests_of(session: Session, one: Whose) -> set[str]:
    """Of all bytes of it that may lie in staging, those that others have too among them."""
    of_case = DigitalObject.case_file_id == one.case_file_id
    of_submissions = SubmissionFile.submission_id.in_(one.submissions)
    packets = SubmissionPacket.submission_id.in_(one.submissions)
    pages = _pages(one)
    found: set[str | None] = set()
    for query in (
        select(DigitalObject.sha256).where(of_case),
        select(SubmissionFile.sha256).where(of_submissions),
        select(SubmissionPacket.sha256).where(packets),
        select(ScanPage.sha256).where(pages),
        select(ScanPage.thumbnail_sha256).where(pages),
        select(ScanPage.reading_sha256).where(pages),
        select(ScanSource.sha256).where(ScanSource.batch_id.in_(one.batches)),
        select(CopyToSign.signed_sha256).where(CopyToSign.case_file_id == one.case_file_id),
        select(MigrationItem.sha256).where(MigrationItem.case_file_id == one.case_file_id),
    ):
        found |= set(session.scalars(query))
    lists: list[Iterable[Any]] = [
        *session.scalars(
            select(PackageVersion.staged).where(PackageVersion.case_file_id == one.case_file_id)
        ),
        *session.scalars(
            select(RereadingItem.readings).where(RereadingItem.case_file_id == one.case_file_id)
        ),
    ]
    for some in lists:
        found |= set(some)
    for pieces in session.scalars(
        select(Submission.evidence).where(Submission.id.in_(one.submissions))
    ):
        found |= {piece["sha256"] for piece in pieces}
    readings = select(PageReadingRow.reading_sha256).where(
        PageReadingRow.image_sha256.in_({digest for digest in found if digest})
    )
    found |= set(session.scalars(readings))
    return {digest for digest in found if digest}


def conditions(session: Session, one: Whose) -> list[tuple[Table, ColumnElement[bool]]]:
    """Table and which of its rows go, in an order that no foreign key forbids."""
    own = {"case_file_id": one.case_file_id}
    images = _images_of_it_alone(session, one)
    documents = Document.case_file_id == one.case_file_id
    in_batches = one.batches
    listed: list[tuple[Any, ColumnElement[bool]]] = [
        (WordCorrection, WordCorrection.image_sha256.in_(images)),
        (PageReadingRow, PageReadingRow.image_sha256.in_(images)),
        (DoubtfulPage, DoubtfulPage.case_file_id == own["case_file_id"]),
        (RescanTicket, RescanTicket.batch_id.in_(in_batches)),
        (ScanEdit, ScanEdit.batch_id.in_(in_batches)),
        (ScanPage, _pages(one)),
        (ScanDocument, or_(ScanDocument.batch_id.in_(in_batches), _scanned(one))),
        (ScanSource, ScanSource.batch_id.in_(in_batches)),
        (ScanBatch, ScanBatch.id.in_(in_batches)),
        (CopyToSign, CopyToSign.case_file_id == own["case_file_id"]),
        (MigrationItem, MigrationItem.case_file_id == own["case_file_id"]),
        (RereadingItem, RereadingItem.case_file_id == own["case_file_id"]),
        (HoldLock, HoldLock.case_file_id == own["case_file_id"]),
        (CopyState, CopyState.case_file_id == own["case_file_id"]),
        (PackageVersion, PackageVersion.case_file_id == own["case_file_id"]),
        (DescriptionItem, DescriptionItem.case_file_id == own["case_file_id"]),
        (Recall, or_(Recall.case_file_id.in_(one.ids), Recall.submission_id.in_(one.ids))),
        (DocumentLink, DocumentLink.case_file_id == own["case_file_id"]),
        (DocumentRelation, DocumentRelation.document_id.in_(one.documents)),
        (PictureDescription, PictureDescription.document_id.in_(one.documents)),
        (RecordingDescription, RecordingDescription.document_id.in_(one.documents)),
        (DigitalObject, DigitalObject.case_file_id == own["case_file_id"]),
        (Document, documents),
        (Notice, or_(Notice.subject_id.in_(one.ids), Notice.about.in_(map(str, one.ids)))),
        (Answer, Answer.subject_id.in_(one.ids)),
        (Callback, Callback.submission_id.in_(one.ids)),
        (DeliveryRefusal, DeliveryRefusal.code == one.code),
        (Draft, Draft.submission_id.in_(one.ids)),
        (SubmissionPacket, SubmissionPacket.submission_id.in_(one.ids)),
        (SubmissionFile, SubmissionFile.submission_id.in_(one.ids)),
        (WaitingDocument, WaitingDocument.submission_id.in_(one.ids)),
        (FindingRow, FindingRow.submission_id.in_(one.ids)),
        (Submission, Submission.id.in_(one.submissions)),
    ]
    return [(model.__table__, condition) for model, condition in listed]


def jobs_of(one: Whose) -> ColumnElement[bool]:
    """What the queue holds about it, done or waiting, but the destruction itself."""
    return Job.subject_id.in_(one.ids) & (Job.name != DESTROY_JOB)


def count_rows(session: Session, one: Whose) -> int:
    """How many rows of it there are."""
    return sum(
        session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for table, condition in conditions(session, one)
    )


def remove_rows(session: Session, one: Whose) -> None:
    """All of them; what points to a document of it from elsewhere points to none."""
    pointing = DocumentRelation.target_id.in_(one.documents)
    session.execute(update(DocumentRelation).where(pointing).values(target_id=None))
    for table, condition in conditions(session, one):
        session.execute(delete(table).where(condition))


def _pages(one: Whose) -> ColumnElement[bool]:
    of_it = select(ScanDocument.id).where(_scanned(one))
    return or_(ScanPage.batch_id.in_(one.batches), ScanPage.document_id.in_(of_it))


def _scanned(one: Whose) -> ColumnElement[bool]:
    """Its documents in a batch of many case files, told apart by separators."""
    return ScanDocument.case_code == one.code


def _images_of_it_alone(session: Session, one: Whose) -> set[str]:
    """Readings and corrections go by the image; what another case file has too is its."""
    own = set(
        session.scalars(
            select(DigitalObject.sha256).where(DigitalObject.case_file_id == one.case_file_id)
        )
    ) | set(session.scalars(select(ScanPage.sha256).where(_pages(one))))
    others = select(DigitalObject.sha256).where(
        DigitalObject.sha256.in_(own), DigitalObject.case_file_id != one.case_file_id
    )
    return own - set(session.scalars(others))
