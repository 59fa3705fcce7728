"""Rights that wait for a second person for too long: one incident an account."""

import datetime as dt

from sqlalchemy import func, select

from archive_service import clock
from archive_service.domain.people.account import Account
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.people.rights_gain import GainState, RightsGain
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services

WATCH_JOB = "watch-rights"
PENDING = "rights-pending"  # kind of the incident


def watch_rights(lease: Lease, services: Services) -> None:
    """Tell of each account that has waited longer than the settings say; close what was decided."""
    days = dt.timedelta(days=services.settings.accounts.rights_wait_days)
    late = (
        select(Account.name, func.count(), func.min(RightsGain.asked_at))
        .join(RightsGain, RightsGain.account_id == Account.id)
        .where(RightsGain.state == GainState.WAITING, RightsGain.asked_at < clock.now() - days)
        .group_by(Account.name)
        .order_by(Account.name)
    )
    query = select(Incident.subject).where(Incident.kind == PENDING, Incident.closed_at.is_(None))
    with services.writing() as session:
        over = set(session.scalars(query))
        for name, count, since in session.execute(late).all():
            facts = {"account": name, "count": count, "since": clock.iso(clock.of_database(since))}
            warning = IncidentSeverity.WARNING
            open_incident(session, PENDING, name, severity=warning, facts=facts)
            over.discard(name)
        for name in sorted(over):
            close_incident(session, PENDING, name)
        services.jobs.finish(session, lease)
