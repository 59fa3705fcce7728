"""The one place where the term of a case file that is kept is moved, and what it was before."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.acts import newest_bodies, of_case_files
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.act import Act
from archive_service.domain.retention.retention import (
    RETENTION_CHANGE,
    RetentionChange,
    RetentionEvent,
)
from retention.terms.dates import job_ended_on, term_days
from retention.terms.documents import TermDocument
from retention.terms.rules import RetentionRule

_AT_ONCE = 500  # case files asked for in one statement

Happened = Mapping[str, dt.date]  # kind of event -> the last day on which it happened


def set_term(
    session: Session,
    case_file: CaseFile,
    rule: RetentionRule,
    *,
    ended_on: dt.date | None = None,
    cause: str,
    by: str,
) -> RetentionChange | None:
    """Let the case file fall under ``rule``; the change that is left, or none where nothing moves.

    A rule that counts from an event counts from what is recorded of it. The first rule of a case
    file is no change. The act goes into every copy: packages follow when a version is built.

    Args:
        ended_on: when the job ended; unless given, as the case file says.
        cause: a key of ``labels.retention-cause``.

    Raises:
        MalformedEndDateError, TermBeyondCalendarError
    """
    days = term_days(
        rule, ended_on or job_ended_on(case_file.end_date), _happened(session, case_file, rule)
    )
    before = _term_facts(case_file)
    case_file.rule, case_file.rule_code = rule.as_document(), rule.code
    case_file.permanent = rule.permanent
    case_file.starts_on, case_file.ends_on = days
    after = _term_facts(case_file)
    if before == after or not before["rule"]:
        return None
    change = RetentionChange(
        id=uuid4(),
        case_file_id=case_file.id,
        at=clock.now(),
        by=by,
        cause=cause,
        before=before,
        after=after,
    )
    session.add(change)
    body = {name: getattr(change, name) for name in ("by", "cause", "before", "after")} | {
        "id": str(change.id),
        "case_file_id": str(case_file.id),
        "code": case_file.code,
        "at": clock.iso(change.at),
    }
    act = Act(kind=RETENTION_CHANGE, subject_id=str(change.id), at=change.at, document=body)
    session.add(act)
    return change


def reckoned(
    session: Session, case_file: CaseFile, rule: RetentionRule, *, also_on: dt.date | None = None
) -> TermDocument:
    """The term as ``set_term`` would leave it; nothing is written.

    Args:
        also_on: a day on which the event of the rule happened too, and that is not recorded.

    Raises:
        MalformedEndDateError, TermBeyondCalendarError
    """
    days = [day for day in (_happened(session, case_file, rule), also_on) if day]
    _, ends_on = term_days(rule, job_ended_on(case_file.end_date), max(days, default=None))
    waits = rule.event if ends_on is None and not rule.permanent else None
    return TermDocument(
        ends_on=None if ends_on is None else ends_on.isoformat(),
        permanent=rule.permanent,
        waits_for=waits,
    )


def events_of(session: Session, case_file_ids: Iterable[UUID]) -> dict[UUID, dict[str, dt.date]]:
    """Of each case file what happened, and when last; in one statement for each 500."""
    found: dict[UUID, dict[str, dt.date]] = {}
    ids = list(case_file_ids)
    for start in range(0, len(ids), _AT_ONCE):
        query = select(RetentionEvent).where(
            RetentionEvent.case_file_id.in_(ids[start : start + _AT_ONCE]),
            RetentionEvent.withdrawn_at.is_(None),
        )
        for retention_event in session.scalars(query):
            happened = found.setdefault(retention_event.case_file_id, {})
            happened[retention_event.kind] = max(
                retention_event.happened_on, happened.get(retention_event.kind, dt.date.min)
            )
    return found


def changes_of(session: Session, case_file_id: UUID) -> list[RetentionChange]:
    """What moved the term of a case file, the earliest first."""
    query = select(RetentionChange).where(RetentionChange.case_file_id == case_file_id)
    return list(session.scalars(query.order_by(RetentionChange.at, RetentionChange.id)))


def restore_changes(session: Session) -> None:
    """Rows of the acts, once acts and case files are back; the newest one says what holds now.

    A package may be older than the last change of its term.
    """
    bodies, known = of_case_files(session, newest_bodies(session, RETENTION_CHANGE))
    newest: dict[UUID, dict[str, Any]] = {}
    for body in sorted(bodies, key=lambda body: body["at"]):
        case_file_id = UUID(body["case_file_id"])
        session.add(
            RetentionChange(
                id=UUID(body["id"]),
                case_file_id=case_file_id,
                at=clock.parse_iso(body["at"]),
                by=body["by"],
                cause=body["cause"],
                before=body["before"],
                after=body["after"],
            )
        )
        newest[case_file_id] = body["after"]
    ids = sorted(known)
    for start in range(0, len(ids), _AT_ONCE):
        some = CaseFile.id.in_(ids[start : start + _AT_ONCE])
        for row in session.scalars(select(CaseFile).where(some)):
            _set(row, newest[row.id])
        session.flush()


def _happened(session: Session, case_file: CaseFile, rule: RetentionRule) -> dt.date | None:
    """The last day on which the event of the rule happened, as it is recorded."""
    if rule.event is None:
        return None
    return events_of(session, [case_file.id]).get(case_file.id, {}).get(rule.event)


def _set(row: CaseFile, facts: Mapping[str, Any]) -> None:
    row.rule, row.rule_code, row.permanent = (
        facts["rule"],
        facts["rule"]["code"],
        facts["permanent"],
    )
    starts_on, ends_on = facts["starts_on"], facts["ends_on"]
    row.starts_on = dt.date.fromisoformat(starts_on) if starts_on else None
    row.ends_on = dt.date.fromisoformat(ends_on) if ends_on else None


def _term_facts(case_file: CaseFile) -> dict[str, Any]:
    return {
        "rule": case_file.rule,
        "starts_on": case_file.starts_on and case_file.starts_on.isoformat(),
        "ends_on": case_file.ends_on and case_file.ends_on.isoformat(),
        "permanent": case_file.permanent,
    }
