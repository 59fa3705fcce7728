"""What another archive wants back, or sends anew, before it was accepted: gone from our door."""

from uuid import UUID

from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.intake.submission import OPEN, TAKEN, Submission
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from ingest.acceptance.decide import withdraw_submission
from ingest.receiving.recheck import go_on_after


def drop_submission(
    services: Services, uow: UnitOfWork, submission_id: UUID, *, reason: str, actor: Actor
) -> bool:
    """Withdraw the submission of a package; the caller commits. Safe to repeat.

    Returns:
        Whether it is gone: what was accepted stays. One in quarantine is left to people.
    """
    row = uow.session.get(Submission, submission_id, with_for_update=True)
    if row is None:
        return True
    if row.state in OPEN:
        gone = withdraw_submission(submission_id, actor=actor, session=uow.session, reason=reason)
        go_on_after(uow.session, gone, services.jobs)
    return row.state not in TAKEN
