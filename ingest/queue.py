"""The archivist's queue: what waits for a decision, worst first, then oldest."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.account import Account, Actor
from archive_service.domain.agency import Agency
from archive_service.domain.finding import FindingRow, Severity
from archive_service.domain.submission import Submission, SubmissionState
from archive_service.text import fold
from ingest.register import OPEN

GROUPS = ("errors", "warnings", "clean", "checking", "quarantined")
WAITING = (*OPEN, SubmissionState.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One submission of the queue."""

    id: UUID
    code: str
    title: str
    agency: str  # its name; empty where the code names none
    sender: str
    received_at: dt.datetime
    state: SubmissionState
    errors: int
    warnings: int

    @property
    def group(self) -> str:
        """Which of ``GROUPS`` it stands in."""
        if self.state is SubmissionState.QUARANTINED:
            return "quarantined"
        if self.state is not SubmissionState.CHECKED:
            return "checking"
        return "errors" if self.errors else "warnings" if self.warnings else "clean"


def waiting_submissions(session: Session, *, actor: Actor, text: str = "") -> list[Waiting]:
    """All that waits and fits ``text``, marks optional; one statement however long it is."""
    counted = (
        select(
            FindingRow.submission_id,
            _count(Severity.ERROR).label("errors"),
            _count(Severity.WARNING).label("warnings"),
        )
        .join(Submission, Submission.id == FindingRow.submission_id)
        .where(Submission.state.in_(WAITING))
        .group_by(FindingRow.submission_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Submission.id,
            Submission.code,
            Submission.title,
            func.coalesce(Agency.name, ""),
            func.coalesce(func.nullif(Account.display_name, ""), Submission.submitted_by),
            Submission.received_at,
            Submission.state,
            func.coalesce(counted.c.errors, 0),
            func.coalesce(counted.c.warnings, 0),
        )
        .outerjoin(counted, counted.c.submission_id == Submission.id)
        .outerjoin(Agency, Agency.id == Submission.agency_id)
        .outerjoin(Account, Account.name == Submission.submitted_by)
        .where(
            Submission.state.in_(WAITING),
            access.visible(actor, "submission:list", Submission.agency_id),
        )
        .order_by(Submission.received_at, Submission.id)
    )
    found = [Waiting(*row) for row in rows]
    if words := fold(text).split():
        found = [one for one in found if _fits(one, words)]
    return sorted(found, key=lambda one: GROUPS.index(one.group))  # stable: oldest first within


def count_waiting(session: Session, *, actor: Actor) -> int:
    """How many submissions wait for this account's decision."""
    query = select(func.count()).where(
        Submission.state.in_(WAITING),
        access.visible(actor, "submission:accept", Submission.agency_id),
    )
    return session.scalar(query) or 0


def neighbours(queue: Sequence[Waiting], submission_id: UUID) -> tuple[UUID | None, UUID | None]:
    """The one before and the one after in the queue; ``None`` at its ends."""
    at = next((number for number, one in enumerate(queue) if one.id == submission_id), None)
    if at is None:
        return None, queue[0].id if queue else None
    before = queue[at - 1].id if at else None
    return before, queue[at + 1].id if at + 1 < len(queue) else None


def _count(severity: Severity) -> ColumnElement[int]:
    return func.sum(case((FindingRow.severity == severity, 1), else_=0))


def _fits(one: Waiting, words: Sequence[str]) -> bool:
    told = fold(f"{one.code} {one.title} {one.sender} {one.agency}")
    return all(word in told for word in words)
