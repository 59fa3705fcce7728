"""A copy that does not answer is one incident, whoever meets it first; it ends when it answers."""

import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import Database, StaleWriteError
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.errors import ArchiveError
from archive_service.notices.incidents import close_incident, open_incident

COPY_UNREACHABLE = "copy-unreachable"
COPY_LAGGING = "copy-lagging"
_TOLD_AGAIN = dt.timedelta(minutes=1)  # every job that meets it tells; once a minute is enough


def note_answers(
    database: Database, *, here: Collection[str], away: Mapping[str, ArchiveError]
) -> None:
    """Copies that answered just now, and those that did not with why; writes only what is new.

    Where somebody else notes the same at this moment, theirs stands.
    """
    names = [*here, *away]
    with database.read_only() as session:
        rows = session.execute(
            select(EnrolledCopy.name, EnrolledCopy.away_since).where(EnrolledCopy.name.in_(names))
        ).all()
        query = select(Incident.subject).where(
            Incident.kind == COPY_UNREACHABLE,
            Incident.closed_at.is_(None),
            Incident.seen_at > clock.now() - _TOLD_AGAIN,
        )
        lately = set(session.scalars(query))
    back = [row.name for row in rows if row.name in here and row.away_since is not None]
    gone = [row.name for row in rows if row.name in away and row.name not in lately]
    if not back and not gone:
        return
    with suppress(StaleWriteError), database.writing() as session:
        for name in sorted(back):
            _mark(session, name, None)
            close_incident(session, COPY_UNREACHABLE, name)
        for name in sorted(gone):
            _mark(session, name, clock.now())
            trouble = away[name]
            facts = {"code": trouble.code} | {key: str(it) for key, it in trouble.facts.items()}
            alarm = IncidentSeverity.ALARM
            open_incident(session, COPY_UNREACHABLE, name, severity=alarm, facts=facts)


def _mark(session: Session, name: str, since: dt.datetime | None) -> None:
    row = update(EnrolledCopy).where(EnrolledCopy.name == name)
    if since is not None:
        row = row.where(EnrolledCopy.away_since.is_(None))
    session.execute(row.values(away_since=since))


def forget_copy(session: Session, name: str) -> None:
    """Its troubles end with it: it was renewed, or is used no longer."""
    for kind in (COPY_UNREACHABLE, COPY_LAGGING):
        close_incident(session, kind, name)
    _mark(session, name, None)
