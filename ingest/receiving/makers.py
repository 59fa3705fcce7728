"""Whose work a draft or submission is: only they take it back, and they hand it over."""

from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import find_account
from archive_service.audit import record_event
from archive_service.domain.intake.submission import (
    Submission,
)
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.text import same_words
from ingest.transitions import TRANSITIONS, submission_for

_PACKET = "edxml"  # handed in by a program of the agency: nobody's own work
_HANDED_OVER = TRANSITIONS["hand-over"]


class NotTheirWorkError(NotAllowedError):
    """Another officer's work: theirs, their unit's head's, or whom they hand it to."""


class HandOverToError(InputError):
    """Nobody of this name can go on with it: no account, or not of the agency."""


class HandOverStateError(ConflictError):
    """It was decided: there is nothing left to be handed over."""


def is_theirs(session: Session, submission: Submission, actor: Actor) -> bool:
    """Whether the account made it, was handed it, or heads the unit of who did."""
    keeper = submission.keeper or submission.submitted_by
    if actor.account in (keeper, submission.submitted_by) or submission.channel == _PACKET:
        return True
    if actor.role in (Role.OPERATOR, Role.WORKER):
        return True
    own = None if actor.account_id is None else session.get(Account, actor.account_id)
    if own is None or not own.is_unit_head or not own.unit:
        return False
    maker = find_account(session, keeper)
    return (
        maker is not None
        and maker.agency_id == own.agency_id
        and same_words(maker.unit) == same_words(own.unit)
    )


def require_theirs(session: Session, submission: Submission, actor: Actor) -> None:
    """``NotTheirWorkError`` unless ``is_theirs``."""
    if not is_theirs(session, submission, actor):
        keeper = submission.keeper or submission.submitted_by
        raise NotTheirWorkError(keeper=keeper, account=actor.account)


def open_work_of(services: Services, name: str, *, actor: Actor) -> list[UUID]:
    """What this officer made or was handed and nobody decided, as far as ``actor`` hands over."""
    keeper = case((Submission.keeper == "", Submission.submitted_by), else_=Submission.keeper)
    query = select(Submission.id).where(
        Submission.state.in_(_HANDED_OVER.states),
        keeper == name.strip(),
        access.visible(actor, _HANDED_OVER.right, Submission.agency_id),
    )
    with services.read_only() as session:
        return list(session.scalars(query.order_by(Submission.received_at, Submission.id)))


def hand_over(services: Services, submission_id: UUID, *, to: str, actor: Actor) -> None:
    """Another officer of the agency goes on with it, and is told; who made it stays named.

    A second time to the same officer changes nothing.

    The head of the agency hands over too: who made it may have left, and no unit have a head.

    Raises:
        SubmissionNotFoundError
        ActNotAllowedError: ``actor`` does not hand in for this agency.
        NotTheirWorkError: another's work.
        HandOverToError: no officer of the agency bears the name.
        HandOverStateError: it was decided.
    """
    with services.writing() as session:
        row = submission_for(session, submission_id, "hand-over", actor=actor)
        if actor.role is not Role.AGENCY_HEAD:
            require_theirs(session, row, actor)
        if not TRANSITIONS.is_open(row, "hand-over"):
            raise HandOverStateError(code=row.code, state=row.state)
        found = find_account(session, to.strip())
        if found is None or not found.active or not access.may(found.as_actor(), "draft:edit", row):
            raise HandOverToError(account=to.strip()[:100])
        if row.keeper == found.name:
            return
        row.keeper = found.name
        record_event(
            session,
            "submission:handed-over",
            of=row,
            actor=actor,
            data={"code": row.code, "to": found.name},
        )
        facts = {"title": row.title or row.code, "by": actor.account, "at": clock.iso(clock.now())}
        inbox.tell(
            session,
            "submission-handed-over",
            to=[found.id],
            subject_id=row.id,
            facts=facts,
            href=f"/submissions/{row.id}",
        )
