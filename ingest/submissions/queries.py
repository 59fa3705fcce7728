"""Submissions as documents of the contract, for commands and pages."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from ingest.submissions.documents import SubmissionDocument
from ingest.transitions import TRANSITIONS

_OPEN = (JobState.WAITING, JobState.RUNNING)


def submissions(
    services: Services, ids: list[UUID], *, actor: Actor, lang: str = "vi"
) -> list[SubmissionDocument]:
    """SUBMISSION documents in the order of ``ids``; each must be this account's to see."""
    with services.read_only() as session:
        rows = [
            holdings_rows.get_submission(session, submission_id, actor=actor)
            for submission_id in ids
        ]
        return submission_documents(session, rows, lang)


def done_submissions(
    services: Services, ids: list[UUID], *, lang: str = "vi"
) -> list[SubmissionDocument]:
    """The same right after an act: the right to the act is enough to read its outcome."""
    with services.read_only() as session:
        rows = [session.get_one(Submission, submission_id) for submission_id in ids]
        return submission_documents(session, rows, lang)


def list_submissions(
    services: Services,
    *,
    actor: Actor,
    state: str | None = None,
    limit: int | None = None,
    lang: str = "vi",
) -> list[SubmissionDocument]:
    """SUBMISSION documents, oldest first; ``ValueError`` for a state that is none."""
    wanted = None if state is None else SubmissionState(state)
    with services.read_only() as session:
        rows = holdings_rows.list_submissions(session, actor=actor, state=wanted, limit=limit)
        return submission_documents(session, rows, lang)


def awaits_checks(services: Services, submission_id: UUID) -> bool:
    """Whether checks of a submission run or will run; not where they failed for good."""
    with services.read_only() as session:
        if session.get_one(Submission, submission_id).state not in TRANSITIONS["check"].states:
            return False
        still_open = select(Job.id).where(Job.subject_id == submission_id, Job.state.in_(_OPEN))
        return session.scalar(still_open.limit(1)) is not None


def submission_documents(
    session: Session, rows: Sequence[Submission], lang: str
) -> list[SubmissionDocument]:
    """SUBMISSION documents of the rows, in two statements however many there are."""
    codes = holdings_rows.agency_codes(session)
    cases = holdings_rows.case_files_of(session, [row.id for row in rows])
    return [
        SubmissionDocument.of(
            row,
            agency=codes[row.agency_id] if row.agency_id else None,
            case_file=cases.get(row.id),
            lang=lang,
        )
        for row in rows
    ]


def submission_document(session: Session, row: Submission, lang: str = "vi") -> SubmissionDocument:
    """The same of one, right after an act: the right to the act is enough to read its outcome."""
    session.flush()
    (document,) = submission_documents(session, [row], lang)
    return document
