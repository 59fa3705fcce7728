"""Which bytes work still needs in staging: the one answer before any are discarded."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile, Digitization, PackageVersion
from archive_service.domain.case_files.document import DigitalObject
from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.domain.digitization.rereading import RereadingItem, RereadingItemState
from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    BatchState,
    ScanBatch,
    ScanPage,
    ScanSource,
)
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission, SubmissionFile, SubmissionState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.job import OPEN_STATES, Job
from archive_service.domain.keeping.migration_batch import ItemState, MigrationItem
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign
from archive_service.domain.signing.signing_request import SigningRequest, SigningState

# The jobs whose checkpoints name staged files.
_DIGITIZES = ("digitize-case-file", "make-twins")
LOOKED_AT = dt.timedelta(days=30)  # after its release a batch can still be looked at so long
CORRECTED_FOR = dt.timedelta(days=90)  # so long the files of a returned submission stay at hand
# A submission in one of these states needs no bytes of its own any more, but see ``_to_correct``.
OVER = (
    SubmissionState.RETURNED,
    SubmissionState.WITHDRAWN,
    SubmissionState.REJECTED,
    SubmissionState.STORED,
)


def needed_digests(session: Session, *, to_correct: bool = True) -> set[str]:
    """Digests that must stay in staging; ``to_correct``: of what was returned, too.

    Of open submissions, of those that were returned lately, of batches that are not decided on and
    what was read of their pages, of papers that are out to be signed, of sealed copies that may be
    fetched, of what is not yet stored, of converted files that a person has to look at or that are
    not in their case file yet, and of documents that a digitization which goes on for longer than
    the time of grace has made already (see ``digitize.documents.case_file``).
    """
    needed = set(
        session.scalars(
            select(SubmissionFile.sha256)
            .join(Submission, Submission.id == SubmissionFile.submission_id)
            .where(or_(Submission.state.not_in(OVER), _to_correct() if to_correct else false()))
        )
    )
    evidence = select(Submission.evidence).where(Submission.state.not_in(OVER))
    for pieces in session.scalars(evidence):
        needed.update(piece["sha256"] for piece in pieces)
    unsafe = CaseFile.version_wanted > CaseFile.version_stored
    needed |= set(
        session.scalars(
            select(DigitalObject.sha256)
            .join(CaseFile, CaseFile.id == DigitalObject.case_file_id)
            .where(unsafe, DigitalObject.version_added > CaseFile.version_stored)
        )
    )
    for staged in session.scalars(
        select(PackageVersion.staged)
        .join(CaseFile, CaseFile.id == PackageVersion.case_file_id)
        .where(PackageVersion.number > CaseFile.version_stored)
    ):
        needed.update(staged)
    made = select(Job.checkpoint).where(Job.name.in_(_DIGITIZES), Job.state.in_(OPEN_STATES))
    for checkpoint in session.scalars(made):
        needed.update(file["sha256"] for files in checkpoint.values() for file in files)
    read_again = select(RereadingItem.readings).where(
        RereadingItem.state == RereadingItemState.READ
    )
    for readings in session.scalars(read_again):
        needed.update(filter(None, readings))
    papers = select(SigningRequest.sha256).where(SigningRequest.state == SigningState.WAITING)
    needed |= set(session.scalars(papers))
    converted = MigrationItem.state.in_((ItemState.CONVERTED, ItemState.ACCEPTED))
    results = session.scalars(select(MigrationItem.sha256).where(converted))
    needed |= {digest for digest in results if digest is not None}
    needed |= set(_of_batches(session))
    sealed = select(CopyToSign.signed_sha256).where(CopyToSign.state == CopySigning.SIGNED)
    needed |= {digest for digest in session.scalars(sealed) if digest is not None}
    copies = session.scalars(
        select(AccessRequest.sealed_sha256)
        .join(CaseFile, CaseFile.id == AccessRequest.case_file_id)
        .where(AccessRequest.going_on(), CaseFile.removing_since.is_(None))
    )
    needed |= {digest for digest in copies if digest is not None}
    companions = select(Act.companion_sha256).where(~Act.written)
    return needed | {digest for digest in session.scalars(companions) if digest is not None}


def _to_correct() -> ColumnElement[bool]:
    """Files of a submission that was returned: its correction begins with them.

    Malware is not kept for it.
    """
    infected = exists().where(
        FindingRow.submission_id == SubmissionFile.submission_id,
        FindingRow.code == "malware-found",
        FindingRow.place == SubmissionFile.path,
    )
    return and_(
        Submission.state == SubmissionState.RETURNED,
        Submission.decided_at > clock.now() - CORRECTED_FOR,
        ~infected,
    )


def _of_batches(session: Session) -> Iterator[str]:
    """Files and pages of open batches; pictures and readings for as long as somebody looks.

    What was read of a page is also needed until its case file is digitized: it is not read again.
    """
    open_ones = ScanBatch.state.in_(OPEN_BATCHES)
    own = select(ScanSource.sha256).join(ScanBatch, ScanBatch.id == ScanSource.batch_id)
    yield from session.scalars(own.where(open_ones))
    lately = (ScanBatch.state == BatchState.RELEASED) & (
        ScanBatch.decided_at > clock.now() - LOOKED_AT
    )
    for column, which in (
        (ScanPage.sha256, open_ones),
        (ScanPage.thumbnail_sha256, open_ones | lately),
        (ScanPage.reading_sha256, open_ones | lately),
    ):
        pages = select(column).join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        found = session.scalars(pages.where(which, column.is_not(None)))
        yield from (digest for digest in found if digest is not None)
    readings = select(PageReadingRow.reading_sha256)
    held = readings.join(DigitalObject, DigitalObject.sha256 == PageReadingRow.image_sha256)
    unread = CaseFile.digitization.in_(
        (Digitization.WAITING, Digitization.RUNNING, Digitization.REVIEW)
    )
    yield from session.scalars(
        held.join(CaseFile, CaseFile.id == DigitalObject.case_file_id).where(unread)
    )
    sent = readings.join(SubmissionFile, SubmissionFile.sha256 == PageReadingRow.image_sha256)
    yield from session.scalars(
        sent.join(Submission, Submission.id == SubmissionFile.submission_id).where(
            Submission.state.not_in(OVER)
        )
    )
