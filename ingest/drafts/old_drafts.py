"""Drafts that nobody works on any more: whoever did last is told once, and nothing is removed."""

import datetime as dt

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.notice import Notice
from archive_service.notices.inbox import named, tell

OLD_DRAFT = "draft-old"  # kind of the notice
_AT_ONCE = 500


def tell_of_old_drafts(session: Session, *, now: dt.datetime, after_days: int) -> int:
    """Tell of each draft that stands still for so long, once as long as it does.

    Returns how many were told of, at most some hundreds; the caller commits.
    """
    condition = exists().where(
        Notice.kind == OLD_DRAFT,
        Notice.subject_id == Submission.id,
        Notice.created_at >= Draft.changed_at,
    )
    rows = session.execute(
        select(Submission.id, Submission.code, Submission.title, Draft.changed_at, Draft.changed_by)
        .join(Draft, Draft.submission_id == Submission.id)
        .where(
            Submission.state == SubmissionState.DRAFT,
            Draft.changed_at < now - dt.timedelta(days=after_days),
            ~condition,
        )
        .order_by(Draft.changed_at, Submission.id)
        .limit(_AT_ONCE)
    ).all()
    for draft_id, code, title, changed_at, changed_by in rows:
        tell(
            session,
            "draft-old",
            to=named(session, [changed_by]),
            subject_id=draft_id,
            facts={
                "name": " – ".join(filter(None, (code, title))),
                "days": (now - changed_at).days,
            },
            href=f"/drafts/{draft_id}",
        )
    return len(rows)
