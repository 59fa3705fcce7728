"""The newest checkpoint goes outside: to folders and media, and by mail to named persons."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.audit import record_event
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import Checkpoint
from archive_service.evidence.rollback import is_beside
from archive_service.evidence.sealing import BEGUN, newest_checkpoint
from archive_service.evidence.witness.kept import cosigners_since
from archive_service.evidence.write_out import write_out_evidence
from archive_service.log import logger
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.notices.mail import Letter, begun_letter, require_address
from archive_service.services import Services
from archive_service.storage.durable import write_whole

GIVEN = "evidence:given"
FEW = "few-witnesses"  # a kind of incident
_SUBJECT = "log"
FRESH = dt.timedelta(hours=48)


def give_checkpoint(services: Services) -> list[str]:
    """Give the newest checkpoint to everybody of the settings; who outside has it now.

    One that does not take it keeps no other from it; the next day tries again. What lies in a
    folder on the disk of the home may contradict the trail, and nobody outside has it by that.
    """
    newest = newest_checkpoint(services.database)
    takers = (
        [] if newest is None else [*_to_folders(services, newest), *_to_people(services, newest)]
    )
    if newest is not None and takers:
        data = {"size": newest.size, "to": takers}
        with services.writing() as session:
            record_event(session, GIVEN, subject_id=_SUBJECT, actor=WORKER, data=data)
        write_out_evidence(services)
    return takers


def count_witnesses(services: Services) -> None:
    """An incident while fewer than are wanted took or cosigned a checkpoint within 48 hours."""
    wanted = services.settings.evidence.witnesses_wanted
    now = clock.now()
    with services.writing() as session:
        begun = session.scalar(select(AuditEvent.at).where(AuditEvent.tag == BEGUN).limit(1))
        known = known_since(session, now - FRESH)
        if begun is None or begun > now - FRESH or len(known) >= wanted:
            close_incident(session, FEW, _SUBJECT)
        else:
            facts = {"wanted": wanted, "known": len(known), "by": ", ".join(known)}
            severity = IncidentSeverity.WARNING
            open_incident(session, FEW, _SUBJECT, severity=severity, facts=facts)


def name_of(checkpoint: Checkpoint) -> str:
    """The name of the file that keeps it outside; names sort by size."""
    return f"{checkpoint.origin}-{checkpoint.size:012d}.txt"


def known_since(session: Session, since: dt.datetime) -> list[str]:
    """Names of those who took or cosigned a checkpoint since then."""
    query = select(AuditEvent.data).where(AuditEvent.tag == GIVEN, AuditEvent.at >= since)
    given = {name for data in session.scalars(query) for name in data["to"]}
    return sorted(given | cosigners_since(session, since))


def _to_folders(services: Services, newest: Checkpoint) -> Iterator[str]:
    for folder in map(Path, services.settings.evidence.give_to):
        try:
            target = folder / name_of(newest)
            if not target.exists():
                write_whole(target, newest.note.encode())
            beside = is_beside(services.settings.home, folder)
        except OSError as trouble:
            logger().warning("witness-silent", witness=folder.name, reason=str(trouble))
            continue
        if not beside:
            yield folder.as_posix()


def _to_people(services: Services, newest: Checkpoint) -> Iterator[str]:
    for address in services.settings.evidence.mail_to if services.mailer.is_used else ():
        try:
            services.mailer.send(_letter(services, newest, require_address(address)))
        except ArchiveError as trouble:
            logger().warning("witness-silent", witness=address, reason=str(trouble))
        else:
            yield address


def _letter(services: Services, newest: Checkpoint, address: str) -> Letter:
    settings = services.settings
    message_id = f"<checkpoint-{newest.size}.{newest.root.hex()[:16]}@{newest.origin}>"
    facts = {"archive": settings.archive.name, "size": newest.size}
    message = begun_letter(
        (settings.archive.name, settings.mail.sender),
        address,
        subject=messages.text("mail.checkpoint-subject", "vi", **facts),
        message_id=message_id,
        at=clock.now(),
    )
    lead = messages.text("mail.checkpoint-lead", "vi", **facts)
    message.set_content(f"{lead}\n\n{newest.note}")
    message.add_attachment(newest.note, filename=name_of(newest))
    return Letter(address, message_id, message)
