"""Whether anything of a batch waits for a worker, and the job that does it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.domain.digitization.scan_batch import (
    BatchState,
    PageState,
    ScanBatch,
    ScanPage,
)
from archive_service.services import Services
from digitize.batches.intake.receive import READ_JOB
from digitize.batches.transitions import TRANSITIONS


def is_due(session: Session, batch: ScanBatch) -> bool:
    """Whether a page waits to be read, or pages were never looked at as they stand now."""
    if not TRANSITIONS.is_open(batch, "read"):
        return False
    waiting = select(func.count()).where(
        ScanPage.batch_id == batch.id,
        ScanPage.state == PageState.WAITING,
        ScanPage.removed_at.is_(None),
    )
    unseen = batch.looked_at_edit != batch.last_edit
    return batch.state is BatchState.READING or unseen or bool(session.scalar(waiting))


def queue_reading(session: Session, batch: ScanBatch, services: Services) -> None:
    """Have what is due on the batch done by a worker; nothing where nothing is."""
    if is_due(session, batch):
        services.jobs.add(session, READ_JOB, subject_id=batch.id)
