"""What the one who handed something in is told of it: returned, accepted, kept."""

from sqlalchemy.orm import Session

from archive_service.domain.intake.delivery import Delivery
from archive_service.domain.intake.submission import Submission
from archive_service.notices.inbox import named, tell


def tell_returned(session: Session, submission: Submission, reason: str) -> None:
    """It needs them again: told at once to those who want that."""
    tell(
        session,
        "submission-returned",
        to=named(session, [submission.submitted_by]),
        subject_id=submission.id,
        facts={"code": submission.code or submission.title, "reason": reason.rstrip(" .")},
        href=_place(submission),
        urgent=True,
    )


def tell_accepted(session: Session, submission: Submission) -> None:
    """It is in custody."""
    tell(
        session,
        "submission-accepted",
        to=named(session, [submission.submitted_by]),
        subject_id=submission.id,
        facts={"code": submission.code},
        href=_place(submission),
    )


def tell_left_out(session: Session, submission: Submission, *, title: str, reason: str) -> None:
    """One of its documents will not be accepted; the others may be."""
    tell(
        session,
        "submission-document-left-out",
        to=named(session, [submission.submitted_by]),
        subject_id=submission.id,
        facts={"code": submission.code, "title": title, "reason": reason.rstrip(" .")},
        href=_place(submission),
    )


def tell_reordered(session: Session, submission: Submission, *, count: int, moves: str) -> None:
    """Its documents stand in another order now."""
    tell(
        session,
        "submission-documents-reordered",
        to=named(session, [submission.submitted_by]),
        subject_id=submission.id,
        facts={"code": submission.code, "count": count, "moves": moves},
        href=_place(submission),
    )


def tell_stored(session: Session, submission: Submission) -> None:
    """It is in every copy, and there is a receipt for it."""
    tell(
        session,
        "submission-stored",
        to=named(session, [submission.submitted_by]),
        subject_id=submission.id,
        facts={"code": submission.code},
        href=_place(submission),
    )


def tell_settled(session: Session, delivery: Delivery, *, kept: int, returned: int) -> None:
    """Each case file of the delivery is decided, and there is one receipt for what was accepted."""
    tell(
        session,
        "delivery-settled",
        to=named(session, [delivery.submitted_by]),
        subject_id=delivery.id,
        facts={
            "source": delivery.source,
            "kept": kept,
            "returned": returned,
            "refused": delivery.refused,
        },
        href=f"/deliveries/{delivery.id}",
    )


def _place(submission: Submission) -> str:
    return f"/submissions/{submission.id}"
