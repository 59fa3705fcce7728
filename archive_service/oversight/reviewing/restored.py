"""Reviews brought back by what the trail tells of them, where no old database carries them over."""

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.review import Review, ReviewKind, ReviewLine, Verdict
from archive_service.domain.signing.signing_request import SigningRequest
from archive_service.oversight.reviewing.rules import CONFIRMED, OPENED, SIGNED, load_reviews

REVIEW_TAGS = (OPENED, CONFIRMED, SIGNED)


def replay_review(session: Session, event: AuditEvent) -> None:
    """One event: opened, looked through, or closed by its signed paper.

    What was said of accounts is said anew: they are new ones, since no copy holds accounts. A
    review of an agency that is not there any more is left out.
    """
    review_id = UUID(event.subject_id or "")
    row = session.get(Review, review_id)
    if event.tag == OPENED and row is None:
        _open(session, review_id, event)
    elif event.tag == CONFIRMED and row is not None and row.kind is ReviewKind.TRAIL:
        for name, state in event.data.get("states", {}).items():  # older events do not tell
            _say(session, row, name, state, event)
    elif event.tag == SIGNED and row is not None and row.closed_at is None:
        paper = session.get(SigningRequest, UUID(event.data["request"]))
        row.closed_at = (paper and paper.closed_at) or event.at


def _open(session: Session, review_id: UUID, event: AuditEvent) -> None:
    agency_id = UUID(event.agency_id) if event.agency_id else None
    if agency_id is not None and session.get(Agency, agency_id) is None:
        return
    facts = event.data
    kind, last = ReviewKind(facts["kind"]), dt.date.fromisoformat(facts["last"])
    rule = load_reviews()[kind]  # older events do not tell what the rule was
    due_on = facts.get("due_on") or (last + dt.timedelta(days=rule.days)).isoformat()
    row = Review(
        id=review_id,
        kind=kind,
        agency_id=agency_id,
        first=dt.date.fromisoformat(facts["first"]),
        last=last,
        due_on=dt.date.fromisoformat(due_on),
        citation=facts.get("citation", rule.citation),
        opened_at=event.at,
    )
    session.add(row)


def _say(session: Session, row: Review, name: str, state: str, event: AuditEvent) -> None:
    remark = event.data["objected"].get(name, "")
    line = session.get(ReviewLine, (row.id, name))
    if line is None:
        line = ReviewLine(review_id=row.id, subject=name)
        session.add(line)
    line.verdict = Verdict.OBJECTED if remark else Verdict.IN_ORDER
    line.state_sha256, line.remark, line.by, line.at = state, remark, event.account, event.at
