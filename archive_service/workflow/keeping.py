"""The periodic acts of keeping: evidence out, staging swept, fixity checked."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.act import Act
from archive_service.domain.case_file import CaseFile, PackageVersion
from archive_service.domain.document import DigitalObject
from archive_service.domain.job import OPEN_STATES, Job
from archive_service.domain.submission import Submission, SubmissionFile, SubmissionState
from archive_service.evidence.outbox import write_out as write_out_rows
from archive_service.jobs.port import Lease
from archive_service.workflow.fixity import CHECK_JOB, check_all, check_case_file

# A submission in one of these states needs no bytes of its own any more.
_OVER = (
    SubmissionState.RETURNED,
    SubmissionState.WITHDRAWN,
    SubmissionState.REJECTED,
    SubmissionState.STORED,
)

_SWEPT_AT_ONCE = 500  # files; so long the write lock is held


def write_out(lease: Lease, services: Services) -> None:
    """Put acts and the running audit segment into every copy."""
    write_out_rows(services.database, staging=services.staging, copies=services.copies)
    _finish(lease, services)


def sweep_staging(lease: Lease, services: Services) -> None:
    """Discard staged bytes that no row needs and that have lain for the time of grace."""
    grace = dt.timedelta(seconds=services.settings.storage.staging_grace_s)
    services.staging.sweep()
    for copy in services.copies:
        copy.sweep()
    before = clock.now() - grace
    old = list(services.staging.iter_digests(older_than=before))
    for start in range(0, len(old), _SWEPT_AT_ONCE):
        some = old[start : start + _SWEPT_AT_ONCE]
        with services.unit_of_work() as uow:  # under the write lock: no new row can need them
            for digest in set(some) - needed_digests(uow.session):
                services.staging.discard(digest, older_than=before)  # it may have come again
            uow.commit()
    _finish(lease, services)


def check_fixity(lease: Lease, services: Services) -> None:
    """Read every copy again; the result is an event, damage is an alarm."""
    check_all(services, progress=lambda share: services.jobs.heartbeat(lease, progress=share))
    _finish(lease, services)


def check_one(lease: Lease, services: Services) -> None:
    """Read one case file again in every copy."""
    if lease.subject_id is None:
        raise ValueError(f"{CHECK_JOB} needs a case file")
    check_case_file(lease.subject_id, services)
    _finish(lease, services)


def needed_digests(session: Session) -> set[str]:
    """Digests that must stay in staging.

    Of open submissions, of what is not yet stored, and of documents that a digitization which
    goes on for longer than the time of grace has made already (see ``digitize.case_file``).
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
    for checkpoint in session.scalars(select(Job.checkpoint).where(Job.state.in_(OPEN_STATES))):
        needed.update(file["sha256"] for files in checkpoint.values() for file in files)
    companions = select(Act.companion_sha256).where(~Act.written)
    return needed | {digest for digest in session.scalars(companions) if digest is not None}


def _finish(lease: Lease, services: Services) -> None:
    with services.unit_of_work() as uow:
        services.jobs.finish(uow.session, lease)
        uow.commit()
