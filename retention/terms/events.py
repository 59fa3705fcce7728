"""What happened from which a term counts: recorded with the paper that shows it, or taken back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.acts import newest_bodies, of_case_files
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import (
    LONGEST_BASIS,
    RETENTION_EVENT,
    RetentionEvent,
)
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.storage.held import require_free
from archive_service.text import telling_line
from retention.terms.changes import set_term
from retention.terms.documents import RetentionEventDocument
from retention.terms.rules import EVENTS, RetentionRule

CAUSE = "event"


class RetentionEventKindError(InputError):
    """No event from which a term may count."""


class RetentionEventWordsError(InputError):
    """No paper is named that shows it, or no reason for taking it back; or too long a one."""


class RetentionEventDayError(InputError):
    """The day is still to come: what has not happened starts no clock."""


class RetentionEventNotFoundError(NotFoundError):
    """The case file has no such event."""


class RetentionEventWithdrawnError(ConflictError):
    """It was taken back before."""


def record_happening(
    session: Session, case_file: CaseFile, *, kind: str, on: dt.date, basis: str, actor: Actor
) -> tuple[RetentionEvent, bool]:
    """Write down what happened and reckon the term anew; second: whether the term moved.

    The same event of the same day again is the same event.

    Args:
        kind: one of ``retention.terms.rules.EVENTS``.
        on: local day; of several days of one kind the last counts.
        basis: the paper that shows it.

    Raises:
        RetentionEventKindError, RetentionEventDayError, RetentionEventWordsError
        CaseFileHeldError: a hold stops every change.
        TermBeyondCalendarError
    """
    require_possible(kind, on)
    basis = _words(basis)
    require_free(session, case_file, act="retention:event", actor=actor)
    for known in happenings(session, case_file.id):
        if (known.kind, known.happened_on) == (kind, on) and known.withdrawn_at is None:
            return known, False
    row = RetentionEvent(
        id=uuid4(),
        case_file_id=case_file.id,
        kind=kind,
        happened_on=on,
        basis=basis,
        recorded_by=actor.account,
        recorded_at=clock.now(),
        withdrawn_reason="",
    )
    session.add(row)
    return row, _follow(session, row, case_file, "retention-event:recorded", actor)


def require_possible(kind: str, on: dt.date) -> None:
    """``RetentionEventKindError``; ``RetentionEventDayError`` for a day that is still to come."""
    if kind not in EVENTS:
        raise RetentionEventKindError(kind=kind, known=list(EVENTS))
    if on > clock.today():
        raise RetentionEventDayError(on=on)


def withdraw_happening(
    session: Session, row: RetentionEvent, case_file: CaseFile, *, reason: str, actor: Actor
) -> bool:
    """Take it back and reckon the term anew; whether the term moved.

    Raises:
        RetentionEventWordsError: no reason.
        RetentionEventWithdrawnError: somebody was first.
        CaseFileHeldError
    """
    reason = _words(reason)
    require_free(session, case_file, act="retention:event", actor=actor)
    session.refresh(row)
    if row.withdrawn_at is not None:
        raise RetentionEventWithdrawnError(id=row.id, by=row.withdrawn_by)
    row.withdrawn_at, row.withdrawn_by = clock.now(), actor.account
    row.withdrawn_reason = reason
    return _follow(session, row, case_file, "retention-event:withdrawn", actor)


def get_happening(session: Session, case_file: CaseFile, event_id: UUID) -> RetentionEvent:
    """The event of this case file; ``RetentionEventNotFoundError``."""
    row = session.get(RetentionEvent, event_id)
    if row is None or row.case_file_id != case_file.id:
        raise RetentionEventNotFoundError(id=event_id, code=case_file.code)
    return row


def happenings(session: Session, case_file_id: UUID) -> list[RetentionEvent]:
    """What was recorded, the earliest first; those taken back as well."""
    query = select(RetentionEvent).where(RetentionEvent.case_file_id == case_file_id)
    return list(session.scalars(query.order_by(RetentionEvent.recorded_at, RetentionEvent.id)))


def restore_happenings(session: Session) -> None:
    """Rows of the newest acts, once acts and case files are back."""
    bodies, _ = of_case_files(session, newest_bodies(session, RETENTION_EVENT))
    session.add_all(_row_of(body) for body in bodies)
    session.flush()


def _follow(
    session: Session, row: RetentionEvent, case_file: CaseFile, tag: str, actor: Actor
) -> bool:
    """The act on its way into every copy, the event beside it, and the term that follows."""
    body = RetentionEventDocument.of_row(row).as_json() | {
        "case_file_id": str(case_file.id),
        "code": case_file.code,
    }
    at = row.withdrawn_at or row.recorded_at
    session.add(Act(kind=RETENTION_EVENT, subject_id=str(row.id), at=at, document=body))
    record_event(
        session,
        tag,
        of=case_file,
        actor=actor,
        data={
            "code": case_file.code,
            "kind": row.kind,
            "on": row.happened_on.isoformat(),
            "basis": row.basis,
            "reason": row.withdrawn_reason,
        },
    )
    session.flush()
    rule = RetentionRule.from_document(case_file.rule)
    return set_term(session, case_file, rule, cause=CAUSE, by=actor.account) is not None


def _words(text: str) -> str:
    words = telling_line(text)
    if not words or len(words) > LONGEST_BASIS:
        raise RetentionEventWordsError(longest=LONGEST_BASIS, given=len(words))
    return words


def _row_of(body: Mapping[str, Any]) -> RetentionEvent:
    facts = {name: value for name, value in body.items() if name != "code"}
    for name in ("id", "case_file_id"):
        facts[name] = UUID(facts[name])
    for name in ("recorded_at", "withdrawn_at"):
        facts[name] = clock.parse_iso(facts[name]) if facts[name] else None
    return RetentionEvent(**facts | {"happened_on": dt.date.fromisoformat(facts["happened_on"])})
