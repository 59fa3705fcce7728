"""Who guesses passwords or codes: told to the person, and an incident a place it comes from."""

import datetime as dt

from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import find_account, told_name
from archive_service.accounts.tries import OWN, Place, paused_for
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.notices import inbox
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services

GUESSED = "passwords-guessed"  # kind of the incident
_QUIET = dt.timedelta(days=1)


def tell_of_pause(services: Services, name: str, place: Place) -> None:
    """After a try that was refused: where it begins a pause, people are told.

    A name that nobody bears leaves the same incident, so nobody learns from it who has an account.
    """
    wait = paused_for(name, place, database=services.database)
    if not wait:
        return
    now = clock.now()
    name = name.removeprefix(OWN).replace("\0", "")[:100]
    until = clock.iso(now + wait)
    facts = {"address": place.address, "at": clock.iso(now), "until": until}
    with services.writing() as session:
        facts["account"] = told_name(session, name)
        severity = IncidentSeverity.WARNING
        open_incident(session, GUESSED, place.address, severity=severity, facts=facts)
        account = find_account(session, name)
        if account is not None:
            inbox.tell(
                session,
                "sign-in-paused",
                to=[account.id],
                subject_id=account.id,
                facts=facts,
                href="/account",
                urgent=True,
            )


def close_quiet(services: Services) -> None:
    """Incidents of places where nobody has guessed for a day are over."""
    quiet = select(Incident.subject).where(
        Incident.kind == GUESSED,
        Incident.closed_at.is_(None),
        Incident.seen_at < clock.now() - _QUIET,
    )
    with services.read_only() as session:
        subjects = session.scalars(quiet).all()
    if not subjects:
        return
    with services.writing() as session:
        for subject in subjects:
            close_incident(session, GUESSED, subject)
