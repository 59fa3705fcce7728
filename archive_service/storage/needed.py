"""Which bytes work still needs in staging: the one answer before any are discarded."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.act import Act
from archive_service.domain.case_file import CaseFile, PackageVersion
from archive_service.domain.document import DigitalObject
from archive_service.domain.job import OPEN_STATES, Job
from archive_service.domain.migration_batch import ItemState, MigrationItem
from archive_service.domain.signing_request import SigningRequest, SigningState
from archive_service.domain.submission import Submission, SubmissionFile, SubmissionState

# The jobs whose checkpoints name staged files.
_DIGITIZES = ("digitize-case-file", "make-twins")
# A submission in one of these states needs no bytes of its own any more.
_OVER = (
    SubmissionState.RETURNED,
    SubmissionState.WITHDRAWN,
    SubmissionState.REJECTED,
    SubmissionState.STORED,
)


def needed_digests(session: Session) -> set[str]:
    """Digests that must stay in staging.

    Of open submissions, of papers that are out to be signed, of what is not yet stored, of
    converted files that a person has to look at or that are not in their case file yet, and of
    documents that a digitization which goes on for longer than the time of grace has made already
    (see ``digitize.case_file``).
    """
    needed = set(
        session.scalars(
            select(SubmissionFile.sha256)
            .join(Submission, Submission.id == SubmissionFile.submission_id)
            .where(Submission.state.not_in(_OVER))
        )
    )
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
    papers = select(SigningRequest.sha256).where(SigningRequest.state == SigningState.WAITING)
    needed |= set(session.scalars(papers))
    converted = MigrationItem.state.in_((ItemState.CONVERTED, ItemState.ACCEPTED))
    results = session.scalars(select(MigrationItem.sha256).where(converted))
    needed |= {digest for digest in results if digest is not None}
    companions = select(Act.companion_sha256).where(~Act.written)
    return needed | {digest for digest in session.scalars(companions) if digest is not None}
