"""Claims of open submissions, so that two people never work on one unknowingly."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError

HELD_S = 180  # a page that is open says so each minute; three missed, and it counts as closed


class ClaimedError(ConflictError):
    """Somebody else has the submission open; who wants to decide it takes it over first."""

    code = "submission-claimed"


@dataclass(frozen=True, slots=True)
class Claim:
    """The account that has it open, and since when."""

    account: str
    since: dt.datetime


def claim(
    session: Session, submission_id: UUID, *, actor: Actor, take_over: bool = False
) -> Claim | None:
    """Say that ``actor`` has it open; the caller commits. Who has it instead; ``None``: ``actor``.

    Args:
        session: of a writing unit of work.
        submission_id: which.
        actor: whose page it is.
        take_over: whoever has it loses it.

    Raises:
        ActNotAllowedError: ``actor`` decides nothing.
    """
    access.require(actor, "submission:accept")
    now = clock.now()
    mine = Submission.claimed_by == actor.account
    free = or_(Submission.claimed_by.is_(None), Submission.claimed_at < now - _held(), mine)
    taken = update(Submission).where(Submission.id == submission_id)
    if not take_over:
        taken = taken.where(free)
    # Work in progress, no change of what was sent: the revision stays, and there is no event.
    session.execute(
        taken.values(claimed_by=actor.account, claimed_at=now).execution_options(
            synchronize_session=False
        )
    )
    return others_claim(session, submission_id, actor=actor)


def release(session: Session, submission_id: UUID, *, actor: Actor, until: dt.datetime) -> None:
    """The page was closed that last claimed it before ``until``.

    Nothing happens where another has it meanwhile, or the account itself on a page opened since.
    """
    session.execute(
        update(Submission)
        .where(
            Submission.id == submission_id,
            Submission.claimed_by == actor.account,
            Submission.claimed_at <= until,
        )
        .values(claimed_by=None, claimed_at=None)
        .execution_options(synchronize_session=False)
    )


def others_claim(session: Session, submission_id: UUID, *, actor: Actor) -> Claim | None:
    """The claim of another person, if the submission is open elsewhere now."""
    return others_claims(session, [submission_id], actor=actor).get(submission_id)


def others_claims(session: Session, ids: Collection[UUID], *, actor: Actor) -> dict[UUID, Claim]:
    """By submission, who else has it open now; one statement."""
    rows = session.execute(
        select(Submission.id, Submission.claimed_by, Submission.claimed_at).where(
            Submission.id.in_(ids), _is_held(), Submission.claimed_by != actor.account
        )
    )
    return {row.id: Claim(row.claimed_by, row.claimed_at) for row in rows}


def require_unclaimed(session: Session, submission_id: UUID, *, actor: Actor) -> None:
    """``ClaimedError`` where another account has it open."""
    if (held := others_claim(session, submission_id, actor=actor)) is not None:
        raise refusal(submission_id, held, display_names(session, [held.account]))


def refusal(submission_id: UUID, held: Claim, names: Mapping[str, str]) -> ClaimedError:
    """That it is open elsewhere, told with the name of the person."""
    return ClaimedError(
        id=submission_id,
        account=held.account,
        name=names.get(held.account, held.account),
        since=clock.iso(held.since),
    )


def _is_held() -> ColumnElement[bool]:
    return Submission.claimed_by.is_not(None) & (Submission.claimed_at >= clock.now() - _held())


def _held() -> dt.timedelta:
    return dt.timedelta(seconds=HELD_S)
