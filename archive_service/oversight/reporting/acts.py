"""Incidents as people see to them: told, noted, marked, and reported to others in time."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.passkeys.ending import COPIED
from archive_service.audit import record_event
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.people.incident_duty import IncidentDuty, IncidentNote
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.notices.documents import IncidentListed
from archive_service.notices.inbox import settle
from archive_service.notices.incidents import (
    IncidentNotFoundError,
    close_incident,
    list_incidents,
    open_incident,
    take_incident,
)
from archive_service.notices.subjects import seen_by
from archive_service.oversight.reporting.documents import IncidentDocument, IncidentList
from archive_service.oversight.reporting.given import (
    IncidentMarked,
    IncidentNoted,
    IncidentTold,
    ReportDropped,
    ReportFilled,
    ReportSent,
)
from archive_service.oversight.reporting.overdue import (
    DUE_SOON,
    OVERDUE,
    overdue_subject,
    remind,
)
from archive_service.oversight.reporting.rules import MARK, REPORT, Duty, is_open, load_duties
from archive_service.oversight.reporting.showing import document_of
from archive_service.oversight.reviewing.rules import OBJECTED
from archive_service.services import Services

TOLD = "told-by-person"  # kind of an incident that no machine saw
ENDED_BY_HAND = (TOLD, COPIED, *OBJECTED.values())


class IncidentReportNotFoundError(NotFoundError):
    """The incident is not marked as one of which this has to be told."""


class ReportClosedError(ConflictError):
    """It is sent or dropped already, or its paper waits for a signature."""

    code = "incident-report-closed"


class IncidentMarkedError(ConflictError):
    """It is marked as one already."""


class IncidentMomentError(InputError):
    """No moment is written there, or one that is still to come."""


class IncidentNotByHandError(ConflictError):
    """What a machine told closes by itself; only what a person told is closed by one."""


class ReportFieldError(InputError):
    """The form has no such field."""

    code = "incident-report-field"


def find_incidents(services: Services, *, actor: Actor, closed: bool = False) -> IncidentList:
    """Open incidents, or with ``closed`` the newest hundred that are over.

    Raises:
        ActNotAllowedError
    """
    with services.read_only() as session:
        rows = list_incidents(session, actor=actor, closed=closed)
        return IncidentList(incidents=[IncidentListed.of(row) for row in rows])


def show_incident(services: Services, incident_id: UUID, *, actor: Actor) -> IncidentDocument:
    """Show one incident with its notes and reports.

    Raises:
        ActNotAllowedError, IncidentNotFoundError
    """
    access.require(actor, "incident:list")
    with services.read_only() as session:
        return document_of(session, services.settings, incident_in(session, incident_id, actor))


def take(services: Services, incident_id: UUID, *, actor: Actor) -> IncidentDocument:
    """See to an incident from now on.

    Raises:
        ActNotAllowedError, IncidentNotFoundError
    """
    with acting(services, "incident:take", actor) as session:
        row = take_incident(session, incident_id, actor=actor)
        return document_of(session, services.settings, row)


def tell_of_incident(services: Services, given: IncidentTold, *, actor: Actor) -> IncidentDocument:
    """Tell of a trouble that no machine saw, such as a stolen disk or papers read by others.

    Raises:
        ActNotAllowedError
    """
    with acting(services, MARK, actor) as session:
        alarm = IncidentSeverity.ALARM
        row = open_incident(session, TOLD, given.summary, severity=alarm, actor=actor)
        if row.times > 1:  # it was told before: the event says who told it again
            record_event(session, "incident:told-again", subject_id=row.id, actor=actor)
        return document_of(session, services.settings, row)


def end_incident(
    services: Services, incident_id: UUID, given: IncidentNoted, *, actor: Actor
) -> IncidentDocument:
    """Close an incident that no machine can see the end of, saying how it ended.

    Raises:
        ActNotAllowedError, IncidentNotFoundError
        IncidentNotByHandError: it closes by itself, or is over.
    """
    with acting(services, MARK, actor) as session:
        row = incident_in(session, incident_id, actor, lock=True)
        if row.kind not in ENDED_BY_HAND or row.closed_at is not None:
            raise IncidentNotByHandError(id=incident_id)
        _note(session, row, given.text, actor)
        close_incident(session, row.kind, row.subject, actor=actor)
        return document_of(session, services.settings, row)


def note_incident(
    services: Services, incident_id: UUID, given: IncidentNoted, *, actor: Actor
) -> IncidentDocument:
    """Write down what was found or done; nobody changes it afterwards.

    Raises:
        ActNotAllowedError, IncidentNotFoundError
    """
    with acting(services, "incident:take", actor) as session:
        row = incident_in(session, incident_id, actor, lock=True)
        _note(session, row, given.text, actor)
        return document_of(session, services.settings, row)


def mark_incident(
    services: Services, incident_id: UUID, given: IncidentMarked, *, actor: Actor
) -> IncidentDocument:
    """Mark it as one that the law wants told: its clock runs from when it was known.

    Raises:
        ActNotAllowedError, IncidentNotFoundError, IncidentMomentError
        IncidentMarkedError: it is marked so already.
    """
    with acting(services, MARK, actor) as session:
        row = incident_in(session, incident_id, actor, lock=True)
        if _duty(session, row, given.kind) is not None:
            raise IncidentMarkedError(kind=given.kind)
        duty = load_duties(services.settings.home)[given.kind]
        known_at = moment_in(given.known_at) or row.opened_at
        due_at = known_at + dt.timedelta(hours=duty.hours)
        made = IncidentDuty(
            incident_id=row.id,
            kind=given.kind,
            known_at=known_at,
            due_at=due_at,
            citation=duty.citation[:200],
            marked_by=actor.account,
            marked_at=clock.now(),
            fields={},
        )
        session.add(made)
        session.flush()
        remind(session, row, made)
        facts = {"as": given.kind, "known_at": clock.iso(known_at), "due_at": clock.iso(due_at)}
        _record(session, "incident:marked", row, actor, **facts)
        return document_of(session, services.settings, row)


def fill_report(
    services: Services, incident_id: UUID, kind: str, given: ReportFilled, *, actor: Actor
) -> IncidentDocument:
    """Write into the form what the archive does not know, or knows otherwise.

    Raises:
        ActNotAllowedError, IncidentNotFoundError, IncidentReportNotFoundError
        ReportFieldError: the form has no such field.
        ReportClosedError: it is sent or dropped.
    """
    with changing(services, MARK, incident_id, kind, actor) as (session, row, duty):
        known = form_of(services, kind).fields
        if unknown := sorted(set(given.fields) - set(known)):
            raise ReportFieldError(field=unknown[0], known=", ".join(known))
        written = {name: text.strip() for name, text in given.fields.items()}
        duty.fields = {name: text for name, text in (duty.fields | written).items() if text}
        _record(session, "incident:report-filled", row, actor, report=kind, fields=sorted(written))
        return document_of(session, services.settings, row)


def send_report(
    services: Services, incident_id: UUID, kind: str, given: ReportSent, *, actor: Actor
) -> IncidentDocument:
    """Record to whom the report went and when: its clock stops.

    Raises:
        ActNotAllowedError, IncidentNotFoundError, IncidentReportNotFoundError, ReportClosedError
        IncidentMomentError: it was sent before it was known, or is still to be sent.
    """
    with changing(services, REPORT, incident_id, kind, actor) as (session, row, duty):
        at = moment_in(given.at) or clock.now()
        if at < duty.known_at:
            raise IncidentMomentError(text=given.at)
        duty.sent_at, duty.sent_to, duty.sent_by = at, given.to, actor.account
        _end(session, row, duty, actor)
        facts = {"report": kind, "to": given.to, "sent_at": clock.iso(at), "late": at > duty.due_at}
        _record(session, "incident:reported", row, actor, **facts)
        return document_of(session, services.settings, row)


def drop_report(
    services: Services, incident_id: UUID, kind: str, given: ReportDropped, *, actor: Actor
) -> IncidentDocument:
    """Say why nothing has to be told after all: its clock stops.

    Raises:
        ActNotAllowedError, IncidentNotFoundError, IncidentReportNotFoundError, ReportClosedError
    """
    with changing(services, REPORT, incident_id, kind, actor) as (session, row, duty):
        duty.dropped_at, duty.dropped_by = clock.now(), actor.account
        duty.reason = given.reason
        _end(session, row, duty, actor)
        _record(session, "incident:unmarked", row, actor, report=kind, reason=given.reason)
        return document_of(session, services.settings, row)


@contextmanager
def changing(
    services: Services, right: str, incident_id: UUID, kind: str, actor: Actor
) -> Iterator[tuple[Session, Incident, IncidentDuty]]:
    """A report whose clock runs, locked; raises what ``fill_report`` raises."""
    with acting(services, right, actor) as session:
        row = incident_in(session, incident_id, actor, lock=True)
        duty = _duty(session, row, kind)
        if duty is None:
            raise IncidentReportNotFoundError(kind=kind)
        if not is_open(duty):
            raise ReportClosedError(kind=kind)
        yield session, row, duty


def incident_in(
    session: Session, incident_id: UUID, actor: Actor, *, lock: bool = False
) -> Incident:
    """``IncidentNotFoundError`` where there is none, or it is not the account's to know."""
    row = session.get(Incident, incident_id, with_for_update=lock)
    if row is None or not seen_by(session, [row], actor=actor):
        raise IncidentNotFoundError(id=incident_id)
    return row


def form_of(services: Services, kind: str) -> Duty:
    """``IncidentReportNotFoundError`` of a kind that the table of rules lacks."""
    found = load_duties(services.settings.home).get(kind)
    if found is None:
        raise IncidentReportNotFoundError(kind=kind)
    return found


def moment_in(text: str) -> dt.datetime | None:
    """The moment that was written, none where nothing was; not one that is still to come."""
    if not text.strip():
        return None
    try:
        found = clock.local_moment(text)
    except ValueError:
        raise IncidentMomentError(text=text[:40]) from None
    if found > clock.now():
        raise IncidentMomentError(text=text[:40])
    return found


def _duty(session: Session, row: Incident, kind: str) -> IncidentDuty | None:
    return session.scalar(
        select(IncidentDuty)
        .where(IncidentDuty.incident_id == row.id, IncidentDuty.kind == kind)
        .with_for_update()
    )


def _note(session: Session, row: Incident, text: str, actor: Actor) -> None:
    note = IncidentNote(incident_id=row.id, account=actor.account, at=clock.now(), text=text)
    session.add(note)
    session.flush()
    _record(session, "incident:noted", row, actor, note=str(note.id))


def _end(session: Session, row: Incident, duty: IncidentDuty, actor: Actor) -> None:
    settle(session, DUE_SOON, duty.id)
    close_incident(session, OVERDUE[duty.kind], overdue_subject(row, duty), actor=actor)


def _record(session: Session, tag: str, row: Incident, actor: Actor, **more: object) -> None:
    data = {"kind": row.kind, "subject": row.subject, **more}
    record_event(session, tag, subject_id=row.id, actor=actor, data=data)
