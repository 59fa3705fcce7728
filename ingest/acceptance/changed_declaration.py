"""What a checked submission declares, changed at the desk; the next check judges it anew."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    Submission,
)
from archive_service.domain.people.account import Actor
from ingest.transitions import TRANSITIONS, move, submission_for

T = TypeVar("T")


def change_declared(
    submission_id: UUID,
    act: str,
    change: Callable[[Submission, DeclaredCaseFile], T],
    *,
    actor: Actor,
    session: Session,
) -> tuple[Submission, T]:
    """Compare and set: of two archivists one wins. The caller commits and adds the check.

    Args:
        act: of ``TRANSITIONS``.
        change: edits the declared case file in place; whatever it raises changes nothing.

    Raises:
        SubmissionNotFoundError, ActNotAllowedError
        SubmissionStateError: not ``checked``, or another was first.
    """
    submission = submission_for(session, submission_id, act, actor=actor)
    TRANSITIONS.require_open(submission, act)
    declared = submission.case_file()
    outcome = change(submission, declared)
    count = len(declared.documents)
    move(session, submission, act, declared=declared.model_dump(), document_count=count)
    return submission, outcome
