"""Reviews made when their period has ended, and told of while they wait: by a worker."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER, Account, Role
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.people.review import Review, ReviewKind, ReviewLine, Verdict
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.jobs.port import Lease
from archive_service.notices.inbox import settle, tell
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.oversight.reviewing.acts import papers_of, reviewers_of
from archive_service.oversight.reviewing.lines import lines_of
from archive_service.oversight.reviewing.rules import (
    OBJECTED,
    OPENED,
    OVERDUE,
    SIGNED,
    ReviewRule,
    ended_period,
    load_reviews,
    review_id,
)
from archive_service.services import Services

WATCH_JOB = "watch-reviews"
DUE = "review-due"  # a kind of notice


def watch_reviews(lease: Lease, services: Services) -> None:
    """Make reviews of what has ended, close signed ones, tell of late ones and of objections."""
    watch_on(services, clock.today())
    with services.writing() as session:
        services.jobs.finish(session, lease)


def watch_on(services: Services, today: dt.date) -> None:
    """The same as of this day; a second time it changes nothing."""
    rules = load_reviews(services.settings.home)
    with services.writing() as session:
        take_write_lock(session)
        for rule in rules.values():
            _make(session, rule, today)
        waiting = session.scalars(select(Review).where(Review.closed_at.is_(None))).all()
        papers = papers_of(session, waiting)
        for row in waiting:
            _look_at(session, row, papers.get(row.id), today)


def _make(session: Session, rule: ReviewRule, today: dt.date) -> None:
    """Those of what ended since the newest one; none from before the archive began."""
    newest = session.scalar(select(func.max(Review.last)).where(Review.kind == rule.kind))
    began = session.scalar(select(func.min(AuditEvent.at)))
    first, last = ended_period(rule.period, today)
    whose = list(_whose(session, rule.kind))
    while began is not None and clock.local(began).date() <= last:
        ids = {review_id(rule.kind, of, first): of for of in whose}
        known = set(session.scalars(select(Review.id).where(Review.id.in_(ids))))
        for id_ in ids.keys() - known:
            _add(session, rule, id_, ids[id_], first, last)
        if newest is None or first <= newest:
            break
        first, last = ended_period(rule.period, first)


def _add(
    session: Session, rule: ReviewRule, id_: UUID, of: UUID | None, first: dt.date, last: dt.date
) -> None:
    due_on = last + dt.timedelta(days=rule.days)
    row = Review(
        id=id_,
        kind=rule.kind,
        agency_id=of,
        first=first,
        last=last,
        due_on=due_on,
        citation=rule.citation,
        opened_at=clock.now(),
    )
    session.add(row)
    session.flush()
    days = {"first": first, "last": last, "due_on": due_on}
    facts = {"kind": rule.kind.value, "citation": rule.citation}
    facts |= {name: day.isoformat() for name, day in days.items()}
    record_event(session, OPENED, of=row, actor=WORKER, data=facts)
    _tell(session, row)


def _whose(session: Session, kind: ReviewKind) -> Iterator[UUID | None]:
    """The archive, and of rights each agency that has people beside its head."""
    yield None
    if kind is ReviewKind.RIGHTS:
        people = (Account.active, Account.role != Role.AGENCY_HEAD)
        has = select(Account.agency_id).where(*people, Account.agency_id.is_not(None))
        yield from session.scalars(has.distinct())


def _look_at(session: Session, row: Review, paper: SigningRequest | None, today: dt.date) -> None:
    if paper is not None and paper.state is SigningState.SIGNED:
        row.closed_at = paper.closed_at
        event_facts = {"request": str(paper.id), "signer": paper.signed_by}
        record_event(session, SIGNED, of=row, actor=WORKER, data=event_facts)
        settle(session, DUE, row.id)
        close_incident(session, OVERDUE[row.kind], _subject(session, row))
        _tell_of_objections(session, row)
    elif row.due_on < today:
        facts = {"due_on": row.due_on.isoformat(), "citation": row.citation}
        warning, subject = IncidentSeverity.WARNING, _subject(session, row)
        late = open_incident(session, OVERDUE[row.kind], subject, severity=warning, facts=facts)
        if late.times == 1:
            _tell(session, row, urgent=True)


def _tell_of_objections(session: Session, row: Review) -> None:
    """What the reviewer did not find in order is somebody's work, until they end the incident.

    That an account changed tells nothing: it may have gained what was objected to.
    """
    of_it = ReviewLine.review_id == row.id, ReviewLine.verdict == Verdict.OBJECTED
    if objected := set(session.scalars(select(ReviewLine.subject).where(*of_it))):
        names = [line.name for line in lines_of(session, row, "vi") if line.subject in objected]
        facts = {"review": str(row.id), "lines": names}
        warning, subject = IncidentSeverity.WARNING, _subject(session, row)
        open_incident(session, OBJECTED[row.kind], subject, severity=warning, facts=facts)


def _subject(session: Session, row: Review) -> str:
    agency = "" if row.agency_id is None else session.get_one(Agency, row.agency_id).code + " "
    return f"{agency}{row.first:%d/%m/%Y}–{row.last:%d/%m/%Y}"


def _tell(session: Session, row: Review, *, urgent: bool = False) -> None:
    facts = {
        "kind": row.kind.value,
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
        "due_on": row.due_on.isoformat(),
        "citation": row.citation,
    }
    tell(
        session,
        "review-due",
        to=[reviewer.id for reviewer in reviewers_of(session, row)],
        subject_id=row.id,
        facts=facts,
        href=f"/reviews/{row.id}",
        urgent=urgent,
    )
