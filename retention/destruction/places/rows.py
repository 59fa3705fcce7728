"""Rows of a case file that the destroy gate takes away, and why others stay: every table is named.

A table that is new is named here too, or the test of this file fails.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CopyState, PackageVersion
from archive_service.domain.case_files.description_batch import DescriptionItem
from archive_service.domain.case_files.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.case_files.recall import Recall
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.digitization.page_reading import (
    DoubtfulPage,
    PageReadingRow,
    WordCorrection,
)
from archive_service.domain.digitization.rereading import RereadingItem
from archive_service.domain.digitization.scan_batch import (
    RescanTicket,
    ScanBatch,
    ScanDocument,
    ScanEdit,
    ScanPage,
    ScanSource,
)
from archive_service.domain.intake.answer import Answer
from archive_service.domain.intake.callback import Callback
from archive_service.domain.intake.delivery import DeliveryRefusal
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionFile,
    SubmissionPacket,
    WaitingDocument,
)
from archive_service.domain.keeping.enrolled_copy import RetiredHolding
from archive_service.domain.keeping.job import Job
from archive_service.domain.keeping.migration_batch import MigrationItem
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.domain.people.notice import Notice
from archive_service.domain.people.shelf import ShelfMark
from archive_service.domain.retention.hold import HoldLock
from archive_service.domain.retention.removal import DESTROY_JOB
from archive_service.domain.signing.copy_signing import CopyToSign
from archive_service.domain.tables import METADATA
from archive_service.storage.destroy.past_submissions import leave_past
from retention.destruction.places.row_owners import Rows, Whose, scanned_of

EVIDENCE = "evidence: sealed trail and acts, which every copy holds and no destruction changes"
DECIDED = "what was decided of the case file: the file of its destruction"
STUB = "the stub, no more than the destruction list tells"
ANSWERS = "answers of a day to programs: those that name the case file go, found by their text"
NO_CONTENT = "digests, counts or names of places; no word or byte of a case file"
COUNTED = "of submissions what reports count: days, numbers, outcomes; no word of a case file"
OTHER = "of the archive, its people and its work; not of one case file"
_OF_OTHERS = (
    "access_token",
    "account",
    "account_application",
    "agency",
    "agency_change",
    "agency_identifier",
    "agency_succession",
    "announcement",
    "closed_register",
    "collection_list",
    "delegation",
    "enrolled_copy",
    "fault_report",
    "file_plan",
    "file_plan_amendment",
    "file_plan_entry",
    "file_plan_heading",
    "fonds",
    "form_number",
    "format_registry",
    "group_member",
    "handover_record",
    "incident_duty",
    "incident_note",
    "index_in_use",
    "keep_back",
    "known_browser",
    "mail_run",
    "oidc_binding",
    "old_password",
    "outage",
    "own_field",
    "paper_box",
    "paper_handover",
    "passkey",
    "passkey_question",
    "reader_group",
    "reading_pace",
    "recovery_code",
    "report",
    "retention_schedule",
    "review",
    "review_line",
    "rights_gain",
    "schedule",
    "seal_custody",
    "search_day",
    "series",
    "sign_in_try",
    "station",
    "term",
    "term_name",
    "transfer_appointment",
    "transfer_partner",
    "transfer_partner_agency",
    "transfer_partner_day",
    "transfer_sending",
    "watched_key",
    "web_session",
    "what_if",
)
# Table → why its rows stay.
KEPT: Mapping[str, str] = {
    "case_file": STUB,
    "past_submission": COUNTED,
    "act": EVIDENCE,
    "audit_event": EVIDENCE,
    "audit_segment": EVIDENCE,
    "rehashed": EVIDENCE,  # digests alone
    "disposition": DECIDED,
    "disposition_item": DECIDED,
    "disposition_paper": DECIDED,
    "council_member": DECIDED,
    "transfer": DECIDED,
    "transfer_item": DECIDED,
    "transfer_medium": OTHER,
    "transfer_message": DECIDED,
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
    "access_request": OTHER,  # who asked for it, and what for
    "reading_grant": OTHER,  # who may read it, why, and who said so
    "opening_record": NO_CONTENT,  # who opened what, forgotten after its months
    "kept_search": NO_CONTENT,  # what a person typed to find something
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
    "idempotent_request": ANSWERS,
    **dict.fromkeys(_OF_OTHERS, OTHER),
}


def tables_of_case_files() -> list[str]:
    """Tables in whose files a row that went may have left words; the stub was cleared in place."""
    return sorted((METADATA.tables.keys() - KEPT.keys()) | {"case_file", "idempotent_request"})


def going(session: Session, many: Whose) -> list[Rows]:
    """Which rows go, in an order that no foreign key forbids; a table may come twice."""
    own, ids, batches, documents = many.own, many.ids, many.batches, many.documents
    images, scanned = _images_of_them_alone(session, many), scanned_of(session, many)
    return [
        Rows(WordCorrection.image_sha256, images),
        Rows(PageReadingRow.image_sha256, images),
        Rows(DoubtfulPage.case_file_id, own),
        Rows(RescanTicket.batch_id, batches),
        Rows(ScanEdit.batch_id, batches),
        Rows(ScanPage.batch_id, batches),
        Rows(ScanPage.document_id, scanned),
        Rows(ScanDocument.batch_id, batches),
        Rows(ScanDocument.case_code, many.codes),
        Rows(ScanSource.batch_id, batches),
        Rows(ScanBatch.id, batches),
        Rows(CopyToSign.case_file_id, own),
        Rows(ShelfMark.case_file_id, own),
        Rows(ShelfMark.case_file_id, documents),  # each in a basket
        Rows(MigrationItem.case_file_id, own),
        Rows(RereadingItem.case_file_id, own),
        Rows(HoldLock.case_file_id, own),
        Rows(CopyState.case_file_id, own),
        Rows(RetiredHolding.case_file_id, own),
        Rows(PackageVersion.case_file_id, own),
        Rows(DescriptionItem.case_file_id, own),
        Rows(Recall.case_file_id, ids),
        Rows(Recall.submission_id, ids),
        Rows(DocumentLink.case_file_id, own),
        Rows(DocumentRelation.document_id, documents),
        Rows(PictureDescription.document_id, documents),
        Rows(RecordingDescription.document_id, documents),
        Rows(DigitalObject.case_file_id, own),
        Rows(Document.case_file_id, own),
        Rows(Notice.subject_id, ids),
        Rows(Notice.about, {str(identifier): owner for identifier, owner in ids.items()}),
        Rows(Answer.subject_id, ids),
        Rows(Callback.submission_id, ids),
        Rows(DeliveryRefusal.code, many.codes),
        Rows(Draft.submission_id, ids),
        Rows(SubmissionPacket.submission_id, ids),
        Rows(SubmissionFile.submission_id, ids),
        Rows(FindingRow.submission_id, ids),
        Rows(WaitingDocument.submission_id, ids),
        Rows(Submission.id, many.submissions),
    ]


def count_rows(session: Session, many: Whose) -> Counter[UUID]:
    """How many rows of each case file there are; one that is named twice counts once."""
    counts: Counter[UUID] = Counter()
    listed = going(session, many)
    tables = Counter(rows.table for rows in listed)
    for table in tables:
        of_table = [rows for rows in listed if rows.table is table]
        if len(of_table) == 1:
            counts += _counted(session, of_table[0])
        else:
            counts += _named(session, table, of_table)
    return counts


def jobs_of(session: Session, many: Whose) -> Counter[UUID]:
    """How many jobs of each the queue holds, done or waiting; the destruction itself is none."""
    counts: Counter[UUID] = Counter()
    about = Rows(Job.subject_id, many.ids)
    for part in about.parts():
        query = select(Job.subject_id, func.count()).where(part, Job.name != DESTROY_JOB)
        for subject, count in session.execute(query.group_by(Job.subject_id)):
            counts[about.owners[subject]] += count
    return counts


def remove_jobs(session: Session, many: Whose) -> None:
    """All that ``jobs_of`` counts."""
    for part in Rows(Job.subject_id, many.ids).parts():
        session.execute(delete(Job).where(part, Job.name != DESTROY_JOB))


def remove_rows(session: Session, many: Whose) -> None:
    """All of them; what points to a document of them from elsewhere points to none.

    Of submissions stays what reports count.
    """
    leave_past(session, many.submissions)
    answers = list(_answers(session, many))
    for pointing in Rows(DocumentRelation.target_id, many.documents).parts():
        session.execute(update(DocumentRelation).where(pointing).values(target_id=None))
    for rows in going(session, many):
        for part in rows.parts():
            session.execute(delete(rows.table).where(part))
    for account, key in answers:
        mine = IdempotentRequest.account == account, IdempotentRequest.key == key
        session.execute(delete(IdempotentRequest).where(*mine))


def _answers(session: Session, many: Whose) -> Iterator[tuple[str, str]]:
    """Keys of answers in which the code or an id of one of them stands.

    They are not counted: what is answered later, of the list or its papers, names it as well.
    """
    about = {*map(str, (*many.ids, *many.documents, *many.batches)), *many.codes}
    columns = IdempotentRequest.account, IdempotentRequest.key, IdempotentRequest.body
    query = select(*columns).where(IdempotentRequest.status.is_not(None))
    for account, key, body in session.execute(query.execution_options(yield_per=100)):
        if not about.isdisjoint(_texts(body)):
            yield account, key


def _texts(value: Any) -> Iterator[str]:  # Any: whatever JSON holds
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _counted(session: Session, rows: Rows) -> Counter[UUID]:
    counts: Counter[UUID] = Counter()
    for part in rows.parts():
        query = select(rows.column, func.count()).where(part).group_by(rows.column)
        for key, count in session.execute(query):
            counts[rows.owners[key]] += count
    return counts


def _named(session: Session, table: Table, listed: Iterable[Rows]) -> Counter[UUID]:
    key = next(iter(table.primary_key.columns))
    owners: dict[Any, UUID] = {}
    for rows in listed:
        for part in rows.parts():
            for owner, values in session.execute(select(key, rows.column).where(part)):
                owners[owner] = rows.owners[values]
    return Counter(owners.values())


def _images_of_them_alone(session: Session, many: Whose) -> dict[str, UUID]:
    """Readings and corrections go by the image; what a case file that stays has too is its."""
    own: dict[str, UUID] = {}
    for column, rows in (
        (DigitalObject.sha256, Rows(DigitalObject.case_file_id, many.own)),
        (ScanPage.sha256, Rows(ScanPage.batch_id, many.batches)),
        (ScanPage.sha256, Rows(ScanPage.document_id, scanned_of(session, many))),
    ):
        for part in rows.parts():
            for key, digest in session.execute(select(rows.column, column).where(part)):
                own[digest] = rows.owners[key]
    for part in Rows(DigitalObject.sha256, own).parts():
        stays = DigitalObject.case_file_id.not_in(many.case_files)
        for digest in session.scalars(select(DigitalObject.sha256).where(part, stays)):
            own.pop(digest, None)
    return own
