"""An incident with its notes and reports, read from the rows."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.incident_duty import IncidentDuty, IncidentNote
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.notices.subjects import seen_by
from archive_service.oversight.reporting.documents import (
    FieldDocument,
    IncidentDocument,
    NoteDocument,
    ReportDocument,
    RunningDocument,
)
from archive_service.oversight.reporting.filling import filled, known_of
from archive_service.oversight.reporting.rules import Duty, is_open, load_duties, state_of
from archive_service.settings import Settings


def document_of(session: Session, settings: Settings, row: Incident) -> IncidentDocument:
    """The whole of it."""
    notes = notes_of(session, row)
    query = select(IncidentDuty).where(IncidentDuty.incident_id == row.id)
    duties = session.scalars(query.order_by(IncidentDuty.marked_at)).all()
    asked = [
        incident_duty.request_id for incident_duty in duties if incident_duty.request_id is not None
    ]
    signed = SigningRequest.id.in_(asked) & (SigningRequest.state == SigningState.SIGNED)
    came_back = set(session.scalars(select(SigningRequest.id).where(signed))) if asked else set()
    rules = load_duties(settings.home)
    return IncidentDocument.of_row(
        row,
        owner=row.owner or None,
        notes=[NoteDocument.of_row(note) for note in notes],
        reports=[
            _report(
                duty,
                rules.get(duty.kind),
                fields=fields_of(session, settings, row, duty, notes),
                signed=duty.request_id in came_back,
            )
            for duty in duties
        ],
    )


def running_reports(session: Session, *, actor: Actor) -> list[RunningDocument]:
    """Every report whose clock runs, the next to end first, of what the account may know.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "incident:list")
    rows = session.execute(
        select(IncidentDuty, Incident)
        .join(Incident, Incident.id == IncidentDuty.incident_id)
        .where(IncidentDuty.sent_at.is_(None), IncidentDuty.dropped_at.is_(None))
        .order_by(IncidentDuty.due_at)
    ).all()
    seen = {incident.id for incident in seen_by(session, [row for _, row in rows], actor=actor)}
    return [
        RunningDocument(
            incident=row.id,
            report=duty.kind,
            state=state_of(duty),
            kind=row.kind,
            facts=row.facts,
            subject=row.subject,
            due_at=duty.due_at,
            left_s=_left_s(duty),
        )
        for duty, row in rows
        if row.id in seen
    ]


def notes_of(session: Session, row: Incident) -> Sequence[IncidentNote]:
    """What people wrote of it, the oldest first."""
    query = select(IncidentNote).where(IncidentNote.incident_id == row.id)
    return session.scalars(query.order_by(IncidentNote.at, IncidentNote.id)).all()


def fields_of(
    session: Session,
    settings: Settings,
    row: Incident,
    duty: IncidentDuty,
    notes: Sequence[IncidentNote],
) -> list[FieldDocument]:
    """Each field of its form: what a person wrote, else what the archive knows."""
    rule = load_duties(settings.home).get(duty.kind)
    known = known_of(session, settings, row, duty, notes)
    return [
        FieldDocument(
            name=name,
            text=str(duty.fields.get(name) or filled(known, name)),
            written=name in duty.fields,
        )
        for name in (rule.fields if rule else duty.fields)
    ]


def _left_s(row: IncidentDuty) -> int:
    return int((row.due_at - clock.now()).total_seconds())


def _report(
    row: IncidentDuty, rule: Duty | None, *, fields: list[FieldDocument], signed: bool
) -> ReportDocument:
    return ReportDocument.of_row(
        row,
        state=state_of(row),
        certainty=rule.certainty if rule else "",
        left_s=_left_s(row) if is_open(row) else None,
        to=rule.to if rule else "",
        fields=fields,
        signed=signed,
    )
