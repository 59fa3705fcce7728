"""What a checked submission declares, changed at the desk; the next check judges it anew."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import update

from archive_service import access
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.people.account import Actor

T = TypeVar("T")


def change_declared(
    submission_id: UUID,
    change: Callable[[Submission, DeclaredCaseFile], T],
    *,
    actor: Actor,
    uow: UnitOfWork,
) -> tuple[Submission, T]:
    """Compare and set: of two archivists one wins. The caller commits and adds the check.

    Args:
        change: edits the declared case file in place; whatever it raises changes nothing.

    Raises:
        SubmissionNotFoundError, ActNotAllowedError
        SubmissionStateError: not ``checked``, or another was first.
    """
    session = uow.session
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise SubmissionNotFoundError(id=submission_id)
    access.require(actor, "submission:accept", submission)
    declared, needed = submission.case_file(), SubmissionState.CHECKED
    if submission.state is not needed:
        raise SubmissionStateError(id=submission_id, state=submission.state, needed=needed)
    told = change(submission, declared)
    changed = session.scalar(
        update(Submission)
        .where(Submission.id == submission.id, Submission.state == needed)
        .values(
            state=SubmissionState.RECEIVED,
            declared=declared.model_dump(),
            document_count=len(declared.documents),
            revision=Submission.revision + 1,
        )
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise SubmissionStateError(id=submission_id, state=submission.state, needed=needed)
    session.refresh(submission)
    return submission, told
