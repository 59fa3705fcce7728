"""One trouble, one incident: opened at its first sign, counted, owned, closed at its end."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.domain.people.account import WORKER, Account, Actor
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.errors import NotFoundError
from archive_service.notices.inbox import settle, tell
from archive_service.notices.subjects import seen_by, subjects_of


class IncidentNotFoundError(NotFoundError):
    """No incident bears this id."""


def open_incident(
    session: Session,
    kind: str,
    subject: str,
    *,
    severity: IncidentSeverity,
    facts: Mapping[str, Any] | None = None,
    actor: Actor = WORKER,
) -> Incident:
    """Tell of a trouble; while it lasts there is one incident, however often it is told.

    Args:
        kind: kebab-case; its words stand under ``labels.incident``.
        subject: what is troubled, such as a copy's name.
        facts: what is known now; it takes the place of what was known before. The event tells
            them too, except one that is called ``kind``, ``subject`` or ``severity``.
    """
    now = clock.now()
    row = held_incident(session, kind, subject)
    if row is not None:
        row.times += 1
        row.seen_at = now
        row.facts = dict(facts or {})
        was, row.severity = row.severity, severity
        if severity is IncidentSeverity.ALARM and was is not severity:
            _alarm(session, row)
        return row
    row = Incident(
        kind=kind,
        subject=subject,
        severity=severity,
        facts=dict(facts or {}),
        opened_at=now,
        seen_at=now,
    )
    session.add(row)
    session.flush()
    data = {**row.facts, "kind": kind, "subject": subject, "severity": str(severity)}
    record_event(session, "incident:opened", subject_id=str(row.id), actor=actor, data=data)
    if severity is IncidentSeverity.ALARM:
        _alarm(session, row)
    return row


def _alarm(session: Session, row: Incident) -> None:
    """Whoever may see to it, and acts for all agencies, gets a notice, and a letter at once."""
    answering = select(Account.id).where(
        Account.active,
        Account.agency_id.is_(None),
        Account.role.in_(access.people_of("incident:take")),
    )
    subject = subjects_of(session, [row])[row.id]
    facts = {
        "kind": row.kind,
        "subject": subject.words("vi"),
        "subject_en": subject.words("en"),
        "at": clock.iso(row.seen_at),
    }
    tell(
        session,
        "incident-alarm",
        to=session.scalars(answering.order_by(Account.name)),
        subject_id=row.id,
        facts=facts,
        href=f"/system/incidents#incident-{row.id}",
        urgent=True,
    )


def close_incident(
    session: Session, kind: str, subject: str, *, actor: Actor = WORKER
) -> Incident | None:
    """The trouble is over; ``None`` where there was none."""
    row = held_incident(session, kind, subject)
    if row is None:
        return None
    row.closed_at = clock.now()
    settle(session, "incident-alarm", row.id)
    data = {"kind": kind, "subject": subject, "times": row.times}
    record_event(session, "incident:closed", subject_id=str(row.id), actor=actor, data=data)
    return row


def held_incident(session: Session, kind: str, subject: str) -> Incident | None:
    """The open one, if there is one; nobody else changes it until the commit."""
    return session.scalar(_open(kind, subject).with_for_update())


def take_incident(session: Session, incident_id: UUID, *, actor: Actor) -> Incident:
    """``actor`` sees to it from now on.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        IncidentNotFoundError: no such incident, or not the account's to know.
    """
    access.require(actor, "incident:take")
    row = session.get(Incident, incident_id)
    if row is None or not seen_by(session, [row], actor=actor):
        raise IncidentNotFoundError(id=incident_id)
    row.owner = actor.account
    data = {"kind": row.kind, "subject": row.subject}
    record_event(session, "incident:taken", subject_id=str(row.id), actor=actor, data=data)
    return row


def open_incidents(session: Session) -> Sequence[Incident]:
    """All that are not over, the newest first."""
    rows = select(Incident).where(Incident.closed_at.is_(None)).order_by(Incident.opened_at.desc())
    return session.scalars(rows).all()


def _open(kind: str, subject: str) -> Select[Incident]:
    return select(Incident).where(
        Incident.kind == kind, Incident.subject == subject, Incident.closed_at.is_(None)
    )


def list_incidents(session: Session, *, actor: Actor, closed: bool = False) -> Sequence[Incident]:
    """Open incidents, or with ``closed`` those of the newest hundred that are over.

    An account of one agency sees those of its own case files, and of the service as a whole.

    Raises:
        ActNotAllowedError: ``actor`` may not.
    """
    access.require(actor, "incident:list")
    if not closed:
        return seen_by(session, open_incidents(session), actor=actor)
    rows = select(Incident).where(Incident.closed_at.is_not(None))
    newest = session.scalars(rows.order_by(Incident.closed_at.desc()).limit(100)).all()
    return seen_by(session, newest, actor=actor)


def incident_title(kind: str, facts: Mapping[str, Any], lang: str = "vi") -> str:
    """What it is called: by its cause, where that has a name of its own."""
    cause = f"labels.incident-cause.{kind}.{facts.get('code', '')}"
    return messages.text(cause if messages.has(cause) else f"labels.incident.{kind}", lang)
