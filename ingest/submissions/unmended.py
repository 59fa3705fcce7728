"""What was returned to an officer and was not sent again since."""

from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor


class Unmended(NamedTuple):
    """A returned submission that waits for its sender, as little of it as counting needs."""

    id: UUID
    code: str


def find_unmended(session: Session, *, actor: Actor) -> list[Unmended]:
    """Of what the account looks after, the first decided first.

    Sent again is what came later under the same code or title and was not withdrawn.
    """
    rows = session.execute(_query(), {"account": actor.account})
    return [Unmended(*row) for row in rows]


@cache
def _query() -> Select[UUID, str]:
    """Put together once: each page of an officer asks it, and that takes longer than the answer."""
    query = select(Submission.id, Submission.code).where(_is_returned(Submission))
    for column in (Submission.code, Submission.title):
        last = _last_sent(column)
        query = query.outerjoin(last, last.c.value == column)
        query = query.where(or_(last.c.at.is_(None), last.c.at <= Submission.received_at))
    return query.order_by(Submission.decided_at, Submission.id)


def _last_sent(column: InstrumentedAttribute[str]) -> Subquery:
    """When each code, or title, of what was returned to the account was last sent.

    Asked once for all of them: to look for later ones of each would read all that came since.
    """
    sent, returned = aliased(Submission), aliased(Submission)
    value = getattr(sent, column.key)
    wanted = select(getattr(returned, column.key)).where(_is_returned(returned))
    return (
        select(value.label("value"), func.max(sent.received_at).label("at"))
        .where(
            value.in_(wanted),
            value != "",
            sent.state.not_in((SubmissionState.WITHDRAWN, SubmissionState.DRAFT)),
        )
        .group_by(value)
        .subquery()
    )


def _is_returned(row: type[Submission]) -> ColumnElement[bool]:
    """To the account that the query is asked with."""
    return and_(_is_of(row, bindparam("account")), row.state == SubmissionState.RETURNED)


def is_theirs(row: type[Submission], actor: Actor) -> ColumnElement[bool]:
    """What was handed to the account, or what it made and handed to nobody."""
    return _is_of(row, actor.account)


def _is_of(row: type[Submission], account: str | BindParameter[str]) -> ColumnElement[bool]:
    own = and_(row.submitted_by == account, row.keeper == "")
    return or_(row.keeper == account, own)
