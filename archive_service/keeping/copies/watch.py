"""Looking after the copies: who answers, who lags, has to be filled, or is back against word."""

from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.evidence.outbox import answering
from archive_service.jobs.port import Lease
from archive_service.keeping import reserve
from archive_service.keeping.copies.acts import CATCH_UP_JOB
from archive_service.keeping.copies.media import watch_media
from archive_service.notices.incidents import close_incident, open_incident, open_incidents
from archive_service.notices.silent_copies import COPY_LAGGING, note_answers
from archive_service.services import Services
from archive_service.storage.copies.lag import copy_lag


def watch_copies(lease: Lease, services: Services) -> None:
    """Ask every copy who it is, tell of lag beyond the setting, queue what brings them level."""
    here, away = answering(services.database, [*services.copies, *services.reserves])
    note_answers(services.database, here=[copy.name for copy in here], away=away)
    _tell_of_lag(services)
    watch_media(services)
    with services.writing() as session:
        joining = select(EnrolledCopy.identity).where(
            EnrolledCopy.state == CopyStanding.JOINING, EnrolledCopy.role == CopyRole.COPY
        )
        for identity in session.scalars(joining).all():
            services.jobs.add(session, CATCH_UP_JOB, subject_id=UUID(identity))
        reserve.queue_lacking(session, services)
        services.jobs.finish(session, lease)


def _tell_of_lag(services: Services) -> None:
    """An incident a copy that lags for longer than the setting; a joining one is expected to."""
    longest_s = services.settings.storage.lag_alarm_s
    now = clock.now()
    with services.read_only() as session:
        active = set(
            session.scalars(
                select(EnrolledCopy.name).where(EnrolledCopy.state == CopyStanding.ACTIVE)
            )
        )
        lags = {name: lag for name, lag in copy_lag(session).items() if name in active}
        subjects = {row.subject for row in open_incidents(session) if row.kind == COPY_LAGGING}
    late = {
        name: lag
        for name, lag in lags.items()
        if lag.since is not None and (now - lag.since).total_seconds() > longest_s
    }
    if not late and not subjects:
        return
    with services.writing() as session:
        for name, lag in late.items():
            open_incident(
                session,
                COPY_LAGGING,
                name,
                severity=IncidentSeverity.WARNING,
                facts=lag.as_document(),
            )
        for name in subjects - set(late):
            close_incident(session, COPY_LAGGING, name)
