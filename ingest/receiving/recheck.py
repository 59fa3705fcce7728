"""Checking again: what some findings rest on has changed since, so they are looked for anew."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import (
    CHECK_JOB,
    Submission,
)
from archive_service.domain.people.account import WORKER, Actor
from archive_service.jobs.ledger import JobLedger
from ingest.receiving.settling import queue_settling
from ingest.register.register import LATER
from ingest.register.waiting_documents import forget_documents
from ingest.transitions import TRANSITIONS, not_there, submission_for

CODE_IN_USE = ("code-in-open-submission", "code-in-foreign-submission", "code-taken", LATER)
_RECHECKED = TRANSITIONS["recheck"].states
OF_THE_PLAN = ("no-file-plan", "file-plan-not-approved", "not-in-file-plan", "rule-of-plan-unknown")


def recheck_submission(
    submission_id: UUID, *, actor: Actor, session: Session, jobs: JobLedger
) -> None:
    """Have a checked submission checked again because a person asks; the caller commits.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not.
        SubmissionStateError: not ``checked``.
    """
    row = submission_for(session, submission_id, "recheck", actor=actor)
    if not _recheck(session, [submission_id], jobs, actor=actor):
        raise not_there(row, "recheck")


def go_on_after(session: Session, decided: Submission, jobs: JobLedger) -> None:
    """What waited for this submission to leave the desk: its delivery, and those of its code."""
    forget_documents(session, decided.id)
    queue_settling(session, decided.delivery_id, jobs)
    recheck_same_code(session, decided, jobs)


def recheck_same_code(session: Session, decided: Submission, jobs: JobLedger) -> None:
    """Those that were told of this one because it bears their code; it has just been decided."""
    _recheck_found(session, CODE_IN_USE, Submission.code == decided.code, jobs)


def recheck_planned(session: Session, agency_id: UUID, jobs: JobLedger) -> None:
    """Those of an agency that its file plan did not have; the plan has just changed."""
    _recheck_found(session, OF_THE_PLAN, Submission.agency_id == agency_id, jobs)


def _recheck_found(
    session: Session, codes: Collection[str], which: ColumnElement[bool], jobs: JobLedger
) -> None:
    session.flush()
    found = (
        select(FindingRow.id)
        .where(FindingRow.submission_id == Submission.id, FindingRow.code.in_(codes))
        .exists()
    )
    waiting = select(Submission.id).where(which, Submission.state.in_(_RECHECKED), found)
    # One that is locked is being decided now: it needs no look, and two that wait for each other
    # would both fail.
    ids = session.scalars(waiting.with_for_update(skip_locked=True)).all()
    _recheck(session, ids, jobs, actor=WORKER)


def _recheck(session: Session, ids: Collection[UUID], jobs: JobLedger, *, actor: Actor) -> int:
    begun = session.execute(
        update(Submission)
        .where(Submission.id.in_(ids), Submission.state.in_(_RECHECKED))
        .values(state=TRANSITIONS["recheck"].leads_to(), revision=Submission.revision + 1)
        .returning(Submission.id, Submission.agency_id, Submission.code)
        .execution_options(synchronize_session="fetch")
    ).all()
    for submission_id, agency_id, code in begun:
        record_event(
            session,
            "submission:rechecked",
            subject_id=submission_id,
            actor=actor,
            agency_id=agency_id,
            data={"code": code},
        )
        jobs.add(session, CHECK_JOB, subject_id=submission_id)
    return len(begun)
