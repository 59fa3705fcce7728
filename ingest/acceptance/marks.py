"""A second person says that what was read as a mark of secrecy is none."""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.case_files.recall import LONGEST_RECALL_REASON
from archive_service.domain.intake.submission import (
    LIFTED,
    MARKS,
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError, NotAllowedError
from archive_service.keeping.malware.verdicts import is_infected
from archive_service.text import nfc


class MarkSecondPersonError(NotAllowedError):
    """Another person has to do this: who sent it, or who lifted its mark, may not."""

    code = "mark-second-person"


class MarkReasonMissingError(InputError):
    """That it is no mark wants a word of why."""

    code = "mark-reason-missing"


def lift_mark(submission_id: UUID, reason: str, *, actor: Actor, uow: UnitOfWork) -> Submission:
    """Say with a reason that no file bears a mark; it is checked anew then. The caller commits.

    The word counts for as many marks as were seen. Who gives it may not accept the submission.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not.
        MarkSecondPersonError: ``actor`` sent it.
        MarkReasonMissingError: ``reason`` is empty.
        SubmissionStateError: it is not quarantined for a mark alone, or another was first.
    """
    session = uow.session
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise SubmissionNotFoundError(id=submission_id)
    access.require(actor, "submission:lift-mark", submission)
    if actor.account == submission.submitted_by:
        raise MarkSecondPersonError(id=submission_id)
    told = " ".join(nfc(reason).split())[:LONGEST_RECALL_REASON]
    if not told:
        raise MarkReasonMissingError(id=submission_id)
    if not stopped_by_mark(submission):
        raise SubmissionStateError(
            id=submission_id, state=submission.state, needed=SubmissionState.QUARANTINED
        )
    lifted: dict[str, Any] = {
        "by": actor.account,
        "at": clock.iso(clock.now()),
        "reason": told,
        "count": submission.verdict[MARKS],
    }
    session.execute(
        update(Submission)
        .where(Submission.id == submission.id, Submission.state == SubmissionState.QUARANTINED)
        .values(
            state=SubmissionState.RECEIVED,
            verdict=submission.verdict | {LIFTED: lifted},
            revision=Submission.revision + 1,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(submission)
    record_event(
        session,
        "submission:mark-lifted",
        subject_id=submission.id,
        actor=actor,
        agency_id=submission.agency_id,
        data={"code": submission.code, "reason": told, "marks": lifted["count"]},
    )
    return submission


def stopped_by_mark(submission: Submission) -> bool:
    """Whether it is in quarantine for a mark of secrecy, and for nothing else."""
    quarantined = submission.state is SubmissionState.QUARANTINED
    return quarantined and submission.is_marked and not is_infected(submission)


def lifted_marks(submission: Submission) -> int:
    """For how many marks somebody said that they are none."""
    return int(submission.verdict.get(LIFTED, {}).get("count", 0))


def require_another(submission: Submission, actor: Actor) -> None:
    """``MarkSecondPersonError`` for who lifted the mark: to accept it is up to another."""
    if submission.verdict.get(LIFTED, {}).get("by") == actor.account:
        raise MarkSecondPersonError(id=submission.id)
