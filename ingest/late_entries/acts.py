"""Entering late what was done on paper while the system was down; acts go into every copy."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service import access
from archive_service.db.numbers import coming_number
from archive_service.domain.intake.handover import HANDOVER_RECORD
from archive_service.domain.intake.outage import Outage
from archive_service.domain.people.account import Actor
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.formats.malware import MalwareState
from archive_service.formats.pdf.facts import PdfCondition, read_pdf
from archive_service.services import Services
from ingest.handover.acts import chosen_parties, waiting_ids
from ingest.handover.documents import HandoverRecordDocument
from ingest.handover.minutes import handover_document
from ingest.late_entries import late_entry, outages
from ingest.late_entries.documents import OutageDocument
from ingest.late_entries.given import VoidIn
from ingest.late_entries.late_entry import OnPaper
from ingest.late_entries.minutes_on_paper import HandoverScanError, enter_handover
from ingest.late_entries.outages import outage_document

MOST_SCAN_BYTES = 200 * 2**20  # of one scan of minutes


@dataclass(frozen=True, slots=True)
class PaperMinutes:
    """What paper minutes list, and the number of the paper register that they bear.

    All that waits of the agency, or of the sender, where no submissions are named; ``said`` are
    names and positions as the paper has them, as for ``handovers.make``.
    """

    number: int
    agency_id: UUID | None = None
    submission_ids: Sequence[UUID] = ()
    sender: str = ""
    said: Mapping[str, str] = field(default_factory=dict)


def enter(
    services: Services, subject_id: UUID, what: str, paper: OnPaper, *, actor: Actor
) -> dict[str, Any]:
    """See ``ingest.late_entries.late_entry.enter_late``."""
    with services.unit_of_work() as uow:
        row = late_entry.enter_late(subject_id, what, paper, actor=actor, uow=uow)
        document = late_entry.late_entry_document(row)
        uow.commit()
    write_out_evidence(services)
    return document


def entries_of(services: Services, submission_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    """List what was entered late of a submission."""
    with services.read_only() as session:
        rows = late_entry.visible_late_entries(session, submission_id, actor=actor)
        return [late_entry.late_entry_document(row) for row in rows]


def choices(
    services: Services, subject_id: UUID, *, actor: Actor
) -> tuple[list[tuple[str, UUID, dt.datetime]], list[dict[str, Any]]]:
    """What of a submission or case file may be entered late, and the outages; none: not theirs."""
    if not access.may(actor, "late-entry:make"):
        return [], []
    with services.read_only() as session:
        acts = late_entry.to_be_entered(session, subject_id)
        rows = outages.list_outages(session, actor=actor) if acts else []
        return acts, [outage_document(row) for row in rows]


def record_outage(
    services: Services,
    began_at: dt.datetime,
    ended_at: dt.datetime,
    reason: str,
    *,
    numbers: tuple[int, int] | None = None,
    actor: Actor,
) -> dict[str, Any]:
    """See ``ingest.late_entries.outages.record_outage``."""
    with services.unit_of_work() as uow:
        row = outages.record_outage(
            began_at, ended_at, reason, numbers=numbers, actor=actor, uow=uow
        )
        document = outage_document(row)
        uow.commit()
    write_out_evidence(services)
    return document


def void_number(
    services: Services, outage_id: UUID, number: int, given: VoidIn, *, actor: Actor
) -> OutageDocument:
    """The paper of a number was spoilt: it stays taken, and waits for nothing.

    Raises:
        ActNotAllowedError, OutageNotFoundError, OutageReasonError, RegisterClosedError
        ReservedNumberError: it does not wait for its paper.
    """
    with acting(services, "outage:record", actor) as session:
        return outages.void_number(session, outage_id, number, given.reason, actor=actor)


def list_outages(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """List the outages, and the numbers whose minutes are still to be entered."""
    with services.read_only() as session:
        rows = outages.list_outages(session, actor=actor)
        entries = late_entry.entries_by_outage(session, [row.id for row in rows])
        return [
            outage_document(row) | {"entries": entries.get(row.id, []), "waiting": _waiting(row)}
            for row in rows
        ]


def _waiting(row: Outage) -> list[dict[str, Any]]:
    return [
        {"number": number.number, "text": number.text} for number in row.numbers if number.waits()
    ]


def next_number(services: Services, year: int) -> int:
    """The number that the next minutes of a year would get."""
    with services.read_only() as session:
        return coming_number(session, HANDOVER_RECORD, year)


def enter_minutes(
    services: Services,
    paper: OnPaper,
    minutes: PaperMinutes,
    scan: Path,
    *,
    actor: Actor,
) -> HandoverRecordDocument:
    """Enter minutes that both sides signed on paper, with their scan, which stands for the paper.

    Raises:
        HandoverScanError: no PDF, or one that is not to be kept.
        and what ``ingest.late_entries.minutes_on_paper.enter_handover`` raises.
    """
    access.require(actor, "late-entry:make")
    sha256 = _scan(services, scan)
    with services.writing() as session:
        ids = list(minutes.submission_ids) or waiting_ids(
            session, minutes.agency_id, minutes.sender, actor
        )
        parties = chosen_parties(session, ids, giver=minutes.sender, said=minutes.said, actor=actor)
        record = enter_handover(
            session, ids, parties, paper, number=minutes.number, scan_sha256=sha256, actor=actor
        )
        document = handover_document(record)
    write_out_evidence(services)
    return document.extended(HandoverRecordDocument, state="complete")


def _scan(services: Services, scan: Path) -> str:
    """The digest of the scan, which lies in staging then."""
    size = scan.stat().st_size
    if not 0 < size <= MOST_SCAN_BYTES:
        raise HandoverScanError(reason="size")
    limits = services.settings.limits
    facts = read_pdf(scan, limit_s=limits.parser_s, memory_mib=limits.parser_mib)
    if facts.condition is not PdfCondition.GOOD or facts.active:
        raise HandoverScanError(reason="pdf")
    with scan.open("rb") as source:
        if services.scanner.scan(source).state is MalwareState.INFECTED:
            raise HandoverScanError(reason="malware")
    with scan.open("rb") as source:
        return services.staging.receive(source).sha256
