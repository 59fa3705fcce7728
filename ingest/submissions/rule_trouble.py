"""Rules of a home that cannot be read: one incident, and what waits goes on by itself."""

from sqlalchemy import select

from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.home_rules import HomeRulesError
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.office_hours import HomeCalendarError, office_hours
from archive_service.services import Services
from ingest.checks.home_rules import require_home_rules

UNREADABLE = "home-rules-unreadable"
NO_CALENDAR = "home-calendar-unreadable"


def require_readable(services: Services) -> None:
    """Read all rules of the home; the incident of those that could not be read ends with that.

    Raises:
        HomeRulesError: some cannot be read; the worker tells of it and tries again.
    """
    require_home_rules(services.settings.home)
    if _subjects_told(services, UNREADABLE):
        _tell(services, UNREADABLE, "", {})


def require_calendar(services: Services) -> None:
    """Read the office hours of the home; the incident of those that could not be ends with that.

    Raises:
        HomeCalendarError: they cannot be read; the worker tells of it and tries again.
    """
    office_hours(services.settings.home)
    if _subjects_told(services, NO_CALENDAR):
        _tell(services, NO_CALENDAR, "", {})


def tell_unreadable(services: Services, trouble: HomeRulesError) -> None:
    """One incident that names file and line, however many jobs wait for them."""
    kind = NO_CALENDAR if isinstance(trouble, HomeCalendarError) else UNREADABLE
    facts = {name: str(value) for name, value in trouble.facts.items()}
    _tell(services, kind, str(trouble.facts["place"])[:200], facts)


def _tell(services: Services, kind: str, place: str, facts: dict[str, str]) -> None:
    with services.writing() as session:
        for other in _subjects_told(services, kind):
            if other != place:
                close_incident(session, kind, other)
        if place:
            alarm = IncidentSeverity.ALARM
            open_incident(session, kind, place, severity=alarm, facts=facts)


def _subjects_told(services: Services, kind: str) -> list[str]:
    is_open = Incident.kind == kind, Incident.closed_at.is_(None)
    with services.read_only() as session:
        return list(session.scalars(select(Incident.subject).where(*is_open)))
