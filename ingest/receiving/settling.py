"""When a delivery is over: nothing of it waits any more."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from archive_service.domain.intake.delivery import (
    SETTLE_JOB,
    Delivery,
    DeliveryState,
)
from archive_service.domain.intake.submission import OPEN, Submission, SubmissionState
from archive_service.jobs.ledger import JobLedger

_WAITS = (*OPEN, SubmissionState.QUARANTINED, SubmissionState.ACCEPTED)


def waits() -> ColumnElement[bool]:
    """Of a delivery's submissions: not decided, or accepted and not in every copy yet.

    What has a receipt of its own is waited for until it is accepted, no longer.
    """
    accepted = Submission.state == SubmissionState.ACCEPTED
    return and_(Submission.state.in_(_WAITS), ~accepted | Submission.delivery_receipt)


def is_to_settle() -> ColumnElement[bool]:
    """A delivery of which nothing waits any more, and of which nobody told so yet."""
    waiting = exists().where(Submission.delivery_id == Delivery.id, waits())
    return and_(Delivery.state == DeliveryState.DONE, Delivery.settled_at.is_(None), ~waiting)


def to_settle(session: Session, delivery_id: UUID) -> bool:
    """Whether this one is."""
    query = select(Delivery.id).where(Delivery.id == delivery_id, is_to_settle())
    return session.scalar(query) is not None


def queue_settling(session: Session, delivery_id: UUID | None, jobs: JobLedger) -> None:
    """Have the delivery settled if nothing of it waits any more; asked after each decision.

    Of two that decide the last ones at once neither may see the other: the watch asks again.
    """
    if delivery_id is None:
        return
    session.flush()
    if to_settle(session, delivery_id):
        jobs.add(session, SETTLE_JOB, subject_id=delivery_id)
