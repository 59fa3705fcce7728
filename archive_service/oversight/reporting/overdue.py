"""Reports that are due soon, and those that were not sent in time: told by a worker."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.domain.people.account import Account
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.people.incident_duty import IncidentDuty
from archive_service.jobs.port import Lease
from archive_service.notices.inbox import named, tell
from archive_service.notices.incidents import open_incident
from archive_service.oversight.reporting.rules import REPORT, load_duties, reminders_due
from archive_service.services import Services

WATCH_JOB = "watch-incident-reports"
DUE_SOON = "incident-report-due"  # a kind of notice
# The kind of the incident that tells of one overdue, by the kind of the report.
OVERDUE = {
    "security": "security-report-overdue",
    "personal-data": "personal-data-report-overdue",
}


def watch_reports(lease: Lease, services: Services) -> None:
    """Remind of each report before its time ends, once a step; past it, open an incident."""
    duties = load_duties(services.settings.home)
    query = (
        select(IncidentDuty, Incident)
        .join(Incident, Incident.id == IncidentDuty.incident_id)
        .where(IncidentDuty.sent_at.is_(None), IncidentDuty.dropped_at.is_(None))
        .order_by(IncidentDuty.due_at)
    )
    with services.writing() as session:
        for duty, row in session.execute(query).all():
            if clock.now() >= duty.due_at:
                _tell_overdue(session, row, duty)
                continue
            due = reminders_due(duty, duties.get(duty.kind))
            if due > duty.reminded:
                duty.reminded = due
                remind(session, row, duty)
        services.jobs.finish(session, lease)


def overdue_subject(row: Incident, duty: IncidentDuty) -> str:
    """What the incident of an overdue report is about."""
    return f"{row.subject[:160]}, {messages.shown(duty.known_at)}"


def _tell_overdue(session: Session, row: Incident, duty: IncidentDuty) -> None:
    facts = {"incident": str(row.id), "due_at": clock.iso(duty.due_at), "citation": duty.citation}
    alarm = IncidentSeverity.ALARM
    open_incident(
        session, OVERDUE[duty.kind], overdue_subject(row, duty), severity=alarm, facts=facts
    )


def remind(session: Session, row: Incident, duty: IncidentDuty) -> None:
    """Who sees to it, who marked it, and who may say that it was sent."""
    answering = select(Account.id).where(
        Account.active,
        Account.agency_id.is_(None),
        Account.role.in_(access.people_of(REPORT)),
    )
    own = named(session, [row.owner, duty.marked_by])
    tell(
        session,
        "incident-report-due",
        to=[*own, *session.scalars(answering.order_by(Account.name))],
        subject_id=duty.id,
        facts={
            "report": duty.kind,
            "subject": row.subject,
            "due_at": clock.iso(duty.due_at),
            "citation": duty.citation,
        },
        href=f"/system/incidents/{row.id}",
        urgent=True,
    )
