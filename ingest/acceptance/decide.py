"""The two ways out other than acceptance: returned to the sender, or withdrawn by them."""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.intake.submission import (
    OPEN,
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import InputError
from archive_service.keeping.malware.verdicts import (
    MALWARE_FOUND,
    forget_verdicts,
    incident_subject,
)
from archive_service.notices.incidents import close_incident
from archive_service.text import nfc
from digitize.page_one.secrecy import SECRECY_MARK
from ingest.answers.sender_notices import tell_returned


class ReasonMissingError(InputError):
    """A submission is not returned without a word of why."""

    code = "reason-missing"


def return_submission(
    submission_id: UUID, reason: str, *, actor: Actor, uow: UnitOfWork
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
    submission = _get(submission_id, "submission:return", actor, uow)
    if not (told := nfc(reason).strip()):
        raise ReasonMissingError(id=submission_id)
    if submission.state is SubmissionState.RETURNED and submission.decision_reason != told:
        raise SubmissionStateError(
            id=submission_id, state=submission.state, needed=SubmissionState.CHECKED
        )
    needed = (SubmissionState.CHECKED, SubmissionState.QUARANTINED)
    was = _decided(submission, SubmissionState.RETURNED, needed, told, actor=actor, uow=uow)
    for kind in (MALWARE_FOUND, SECRECY_MARK):
        close_incident(uow.session, kind, incident_subject(submission_id), actor=actor)
    return was


def rescan_submission(submission_id: UUID, *, actor: Actor, uow: UnitOfWork) -> Submission:
    """Have a quarantined submission checked again, its found files by a new look; caller commits.

    The job is the caller's too. The incident stands until the checks find nothing, or it is
    returned.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not.
        SubmissionStateError: not ``quarantined``, or another was first.
    """
    submission = _get(submission_id, "submission:rescan", actor, uow)
    begun = uow.session.scalar(
        update(Submission)
        .where(Submission.id == submission.id, Submission.state == SubmissionState.QUARANTINED)
        .values(state=SubmissionState.RECEIVED, revision=Submission.revision + 1)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if begun is None:
        raise SubmissionStateError(
            id=submission.id, state=submission.state, needed=SubmissionState.QUARANTINED
        )
    uow.session.refresh(submission)
    forget_verdicts(uow.session, [file.sha256 for file in submission.files])
    record_event(
        uow.session,
        "submission:rescanned",
        subject_id=submission.id,
        actor=actor,
        agency_id=submission.agency_id,
        data={"code": submission.code},
    )
    return submission


def refuse_submission(submission_id: UUID, reason: str, *, uow: UnitOfWork) -> Submission:
    """Return a checked submission because a rule says so, without a person; the caller commits.

    Raises:
        SubmissionNotFoundError: no such submission.
        SubmissionStateError: somebody decided it meanwhile.
    """
    submission = uow.session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise SubmissionNotFoundError(id=submission_id)
    needed = (SubmissionState.CHECKED,)
    return _decided(submission, SubmissionState.RETURNED, needed, reason, actor=WORKER, uow=uow)


def withdraw_submission(
    submission_id: UUID, *, actor: Actor, uow: UnitOfWork, reason: str = ""
) -> Submission:
    """Take back what was not decided yet; the caller commits. A second call changes nothing.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not withdraw for this agency.
        SubmissionStateError: it was decided already.
    """
    submission = _get(submission_id, "submission:withdraw", actor, uow)
    told = nfc(reason).strip()
    return _decided(submission, SubmissionState.WITHDRAWN, OPEN, told, actor=actor, uow=uow)


def _get(submission_id: UUID, act: str, actor: Actor, uow: UnitOfWork) -> Submission:
    submission = uow.session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise SubmissionNotFoundError(id=submission_id)
    access.require(actor, act, submission)
    return submission


def _decided(
    submission: Submission,
    state: SubmissionState,
    needed: tuple[SubmissionState, ...],
    reason: str,
    *,
    actor: Actor,
    uow: UnitOfWork,
) -> Submission:
    if submission.state is state:
        return submission
    values: dict[str, Any] = {
        "state": state,
        "decided_by": actor.account,
        "decided_at": clock.now(),
        "decision_reason": reason,
        "revision": Submission.revision + 1,
    }
    decided = uow.session.scalar(  # compare and set: whoever decides first, decides
        update(Submission)
        .where(Submission.id == submission.id, Submission.state.in_(needed))
        .values(**values)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if decided is None:
        raise SubmissionStateError(
            id=submission.id, state=submission.state, needed=[one.value for one in needed]
        )
    uow.session.refresh(submission)
    record_event(
        uow.session,
        f"submission:{state.value}",
        subject_id=submission.id,
        actor=actor,
        agency_id=submission.agency_id,
        data={"code": submission.code, "reason": reason},
    )
    if state is SubmissionState.RETURNED:
        tell_returned(uow.session, submission, reason)
    return submission
