"""The two ways out other than acceptance: returned to the sender, or withdrawn by them."""

from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
)
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import InputError
from archive_service.keeping.malware.verdicts import (
    MALWARE_FOUND,
    forget_verdicts,
    incident_subject,
)
from archive_service.notices.incidents import close_incident
from archive_service.text import telling
from digitize.page_one.secrecy import SECRECY_MARK
from ingest.answers.sender_notices import tell_returned
from ingest.transitions import TRANSITIONS, move, not_there, submission_for


class ReasonMissingError(InputError):
    """A submission is not returned without a word of why."""


def return_submission(
    submission_id: UUID, reason: str, *, actor: Actor, session: Session
) -> Submission:
    """Give a checked or quarantined submission back with the reason; the caller commits.

    Once returned, a second call with the same reason changes nothing.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not return for this agency.
        ReasonMissingError: ``reason`` is empty.
        SubmissionStateError: neither ``checked`` nor ``quarantined``, another archivist was
            first, or it was returned for another reason.
    """
    submission = submission_for(session, submission_id, "return", actor=actor)
    if not (reason_told := telling(reason)):
        raise ReasonMissingError(id=submission_id)
    if submission.state is SubmissionState.RETURNED and submission.decision_reason != reason_told:
        raise not_there(submission, "return")
    was = _decided(submission, "return", reason_told, actor=actor, session=session)
    for kind in (MALWARE_FOUND, SECRECY_MARK):
        close_incident(session, kind, incident_subject(submission_id), actor=actor)
    return was


def rescan_submission(submission_id: UUID, *, actor: Actor, session: Session) -> Submission:
    """Have a quarantined submission checked again, its found files by a new look; caller commits.

    The job is the caller's too. The incident stands until the checks find nothing, or it is
    returned.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not.
        SubmissionStateError: not ``quarantined``, or another was first.
    """
    submission = submission_for(session, submission_id, "rescan", actor=actor)
    move(session, submission, "rescan")
    forget_verdicts(session, [file.sha256 for file in submission.files])
    record_event(
        session, "submission:rescanned", of=submission, actor=actor, data={"code": submission.code}
    )
    return submission


def refuse_submission(submission_id: UUID, reason: str, *, session: Session) -> Submission:
    """Return a checked submission because a rule says so, without a person; the caller commits.

    Raises:
        SubmissionNotFoundError: no such submission.
        SubmissionStateError: somebody decided it meanwhile.
    """
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise SubmissionNotFoundError(id=submission_id)
    return _decided(submission, "refuse", reason, actor=WORKER, session=session)


def withdraw_submission(
    submission_id: UUID, *, actor: Actor, session: Session, reason: str = ""
) -> Submission:
    """Take back what was not decided yet; the caller commits. A second call changes nothing.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not withdraw for this agency.
        SubmissionStateError: it was decided already.
    """
    submission = submission_for(session, submission_id, "withdraw", actor=actor)
    return _decided(submission, "withdraw", telling(reason), actor=actor, session=session)


def _decided(
    submission: Submission, act: str, reason: str, *, actor: Actor, session: Session
) -> Submission:
    (state,) = TRANSITIONS[act].after
    if submission.state is state:
        return submission
    move(
        session,
        submission,
        act,
        decided_by=actor.account,
        decided_at=clock.now(),
        decision_reason=reason,
    )
    record_event(
        session,
        f"submission:{state.value}",
        of=submission,
        actor=actor,
        data={"code": submission.code, "reason": reason},
    )
    if state is SubmissionState.RETURNED:
        tell_returned(session, submission, reason)
    return submission
