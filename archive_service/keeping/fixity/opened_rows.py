"""Incidents and reviews, by the events that opened them, said something of them, and closed them.

Whoever closes or removes one in the database lets people believe that nothing is to be done. What a
restore or a rebuild gave up is not asked: no copy keeps these rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.review import Review, ReviewLine, Verdict
from archive_service.evidence.compared.brought_back import BroughtBack
from archive_service.packaging.catalogue import as_json
from archive_service.recovery.backup.acts import MISSED
from archive_service.recovery.backup.set import BackupKind

_OPENED, _CLOSED = "incident:opened", "incident:closed"
_REVIEW_OPENED, _CONFIRMED, _SIGNED = "review:opened", "review:confirmed", "review:signed"
# Older events of a missed backup tell which one it was in the place of the incident's kind.
_BACKUPS = frozenset(BackupKind)
_OF_REVIEWS = ("kind", "first", "last", "due_on", "citation")
# What an event of another shape meets: somebody wrote it into the database.
_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)


class _EventFacts(NamedTuple):
    """What one event tells of its subject."""

    tag: str
    account: str
    agency_id: str | None
    data: Mapping[str, Any]


def told_otherwise(session: Session) -> Iterator[str]:
    """``incident`` or ``review`` with the id of each that its events contradict."""
    brought_back = BroughtBack.read(session)
    yield from _incidents(session, brought_back)
    yield from _reviews(session, brought_back)


def _incidents(session: Session, brought_back: BroughtBack) -> Iterator[str]:
    columns = select(Incident.id, Incident.kind, Incident.subject, Incident.facts)
    query = columns.add_columns(Incident.closed_at)
    rows = {str(row.id): row for row in session.execute(query)}
    opened, _ = _events(session, brought_back, (_OPENED, _CLOSED))
    for id_, events in opened.items():
        if id_ not in rows or not _stands(rows[id_], events[-1]):
            yield f"incident {id_}"


def _stands(row: Any, last: _EventFacts) -> bool:
    """Open or over as it was told, and of the same thing."""
    is_over = row.closed_at is not None
    kind, subject = last.data.get("kind"), last.data.get("subject")
    if last.tag == _OPENED and kind in _BACKUPS:
        kind = MISSED
    return is_over == (last.tag == _CLOSED) and (row.kind, row.subject) == (kind, subject)


def _reviews(session: Session, brought_back: BroughtBack) -> Iterator[str]:
    events, forgotten = _events(session, brought_back, (_REVIEW_OPENED, _CONFIRMED, _SIGNED))
    rows = {str(row.id): row for row in session.scalars(select(Review))}
    lines = defaultdict[UUID, Counter[tuple[str, ...]]](Counter)
    for line in session.scalars(select(ReviewLine)):
        lines[line.review_id][line.state_sha256, line.verdict.value, line.remark, line.by] += 1
    for id_ in sorted(events.keys() | rows.keys() - forgotten):
        row = rows.get(id_)
        try:
            fits = row is not None and _fits(row, events.get(id_, ()), lines[row.id])
        except _UNREADABLE:
            fits = False
        if not fits:
            yield f"review {id_}"


def _fits(row: Review, events: Sequence[_EventFacts], lines: Counter[tuple[str, ...]]) -> bool:
    opened = next((event for event in events if event.tag == _REVIEW_OPENED), None)
    if opened is None:
        return False
    agency = row.agency_id and str(row.agency_id)
    is_same = all(opened.data.get(name, held) == held for name, held in _of_row(row))
    is_closed = any(event.tag == _SIGNED for event in events)
    if not is_same or opened.agency_id != agency or (row.closed_at is not None) != is_closed:
        return False
    confirmations = [event for event in events if event.tag == _CONFIRMED]
    is_told = all(
        "states" in confirmation.data for confirmation in confirmations
    )  # older events tell none
    return not is_told or lines == _lines(confirmations)


def _of_row(row: Review) -> Iterator[tuple[str, object]]:
    return ((name, as_json(getattr(row, name))) for name in _OF_REVIEWS)


def _lines(events: Sequence[_EventFacts]) -> Counter[tuple[str, ...]]:
    """What was said last of each line."""
    last: dict[str, tuple[str, ...]] = {}
    for event in events:
        for name, state in event.data["states"].items():
            remark = event.data["objected"].get(name, "")
            verdict = Verdict.OBJECTED if remark else Verdict.IN_ORDER
            last[name] = (state, verdict.value, remark, event.account)
    return Counter(last.values())


def _events(
    session: Session, brought_back: BroughtBack, tags: Sequence[str]
) -> tuple[Mapping[str, Sequence[_EventFacts]], set[str]]:
    """By subject, the oldest first; and apart the subjects of which something was given up."""
    columns = (AuditEvent.number, AuditEvent.at, AuditEvent.subject_id, AuditEvent.tag)
    query = select(*columns, AuditEvent.account, AuditEvent.agency_id, AuditEvent.data)
    found, forgotten = defaultdict[str, list[_EventFacts]](list), set[str]()
    in_order = query.where(AuditEvent.tag.in_(tags)).order_by(AuditEvent.number)
    for number, at, subject, *values in session.execute(in_order):
        if brought_back.forgets(number, at):
            forgotten.add(subject or "")
        found[subject or ""].append(_EventFacts(*values))
    return {id_: values for id_, values in found.items() if id_ not in forgotten}, forgotten
