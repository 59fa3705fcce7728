"""What a worker does for the trail by itself: verified, stamped and given outside each day."""

from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import ArchiveError
from archive_service.evidence.outbox import answering
from archive_service.evidence.outside.asking import FIRST, SECOND, TROUBLES
from archive_service.evidence.outside.giving import count_witnesses, give_checkpoint
from archive_service.evidence.outside.renewing import renew_stamps
from archive_service.evidence.outside.stamping import stamp_log, stamped_until
from archive_service.evidence.outside.trees import renew_trees
from archive_service.evidence.rollback import configured_witnesses, note_heads
from archive_service.evidence.vouching import prove_trail
from archive_service.jobs.port import Lease
from archive_service.log import logger
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services

VERIFY_JOB, WITNESS_JOB = "verify-trail", "witness-log"
MISFIT = "trail-misfit"  # a kind of incident
LATE = "late-stamp"  # another; its subject is the setting of the service
_SUBJECT = "log"


def verify_daily(lease: Lease, services: Services) -> None:
    """Prove the trail by the copies that answer and the witnesses of the settings; tell a misfit.

    A checkpoint beyond the end of the trail is told as a trail that was put back, and stops
    destruction and transfers.
    """
    here, _ = answering(services.database, services.copies)
    proof = prove_trail(services, witnesses=configured_witnesses(services), copies=here)
    note_heads(services, proof.longer)
    with services.writing() as session:
        if proof.first_bad is None:  # of what was given up two people know
            close_incident(session, MISFIT, _SUBJECT)
        else:
            facts = {"first": proof.first_bad, "events": proof.events}
            severity = IncidentSeverity.ALARM
            open_incident(session, MISFIT, _SUBJECT, severity=severity, facts=facts)
        services.jobs.finish(session, lease)


def witness_daily(lease: Lease, services: Services) -> None:
    """Have the newest checkpoint stamped, give it to all outside, and count who has one.

    Stamps that cease to prove soon are renewed, and hash trees whose algorithm does. A stamp
    service that does not answer keeps nobody else from it: it is an incident, and asked again the
    next day.
    """
    for service in (FIRST, SECOND):
        _stamp(services, service)
    try:
        renew_trees(services, actor=WORKER)
        renew_stamps(services, actor=WORKER)
    except TROUBLES as trouble:
        logger().warning("stamps-not-renewed", code=trouble.code, facts=str(trouble))
    give_checkpoint(services)
    count_witnesses(services)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _stamp(services: Services, service: str) -> None:
    """Have the log stamped by one service; an incident while it does not."""
    late: ArchiveError | None = None
    try:
        stamp_log(services, actor=WORKER, service=service)
    except TROUBLES as trouble:
        logger().warning("log-not-stamped", code=trouble.code, facts=str(trouble))
        late = trouble
    with services.writing() as session:
        if late is None:
            close_incident(session, LATE, service)
        else:
            until = stamped_until(session, service)
            reason = {name: str(value) for name, value in late.facts.items()}
            facts = {"code": late.code, "facts": reason, "until": until}
            severity = IncidentSeverity.WARNING
            open_incident(session, LATE, service, severity=severity, facts=facts)
