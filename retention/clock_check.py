"""Before anything is proposed or destroyed by the clock, it is asked whether it can be believed."""

from archive_service.db.clock_doubt import clock_doubt
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.storage.machine_clock import read_machine_clock
from archive_service.storage.server_clock import ask_times, told_times

CLOCK_DOUBTFUL = "clock-doubtful"  # a kind of incident
_SUBJECT = "clock"


def is_clock_believed(services: Services) -> bool:
    """No: then an incident says what speaks against it, and closes when nothing does any more.

    Each bucket is asked for an answer first: it tells the time of its server.
    """
    stores = (*services.stores, *services.reserve_stores)
    ask_times(stores)
    source = read_machine_clock().source_time()
    with services.writing() as session:
        rules = services.settings.retention
        doubt = clock_doubt(session, rules, told_times(stores), source)
        if doubt is None:
            close_incident(session, CLOCK_DOUBTFUL, _SUBJECT)
        else:
            severity = IncidentSeverity.ALARM
            open_incident(session, CLOCK_DOUBTFUL, _SUBJECT, severity=severity, facts=doubt.facts())
    return doubt is None
