"""Where the paper of a case file stands at this moment, with the batches that bring its pages."""

from sqlalchemy import or_, select
from sqlalchemy.orm import object_session

from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch, ScanDocument
from archive_service.domain.keeping.job import Job, JobState

_DIGITIZES = "digitize-case-file"
_ON_DESK = (BatchState.REVIEW, BatchState.STOPPED)


def digitization_now(row: CaseFile) -> Digitization:
    """What its row says; of paper that waits, whether it is read or looked at right now.

    Its pages are being read, from a batch or into a PDF/A: running. A batch of its pages waits
    for a person: review. A row that no session holds is taken at its word.
    """
    session = object_session(row)
    if session is None or row.digitization is not Digitization.WAITING:
        return row.digitization
    works = select(Job.id).where(
        Job.name == _DIGITIZES, Job.subject_id == row.id, Job.state == JobState.RUNNING
    )
    if session.scalar(works.limit(1)) is not None:
        return Digitization.RUNNING
    by_sheets = select(ScanDocument.batch_id).where(ScanDocument.case_code == row.code)
    states = set(
        session.scalars(
            select(ScanBatch.state).where(
                or_(ScanBatch.case_code == row.code, ScanBatch.id.in_(by_sheets)),
                ScanBatch.state.in_((BatchState.READING, *_ON_DESK)),
            )
        )
    )
    if BatchState.READING in states:
        return Digitization.RUNNING
    return Digitization.REVIEW if states else row.digitization
