"""Re-scan tickets (phiếu quét lại): what a station has to scan again, and why."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.digitization.scan_batch import (
    BatchState,
    RescanTicket,
    ScanBatch,
    ScanPage,
    Verdict,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from digitize.batches.reading.verdicts import bears_mark, counts, is_secret, severity_rank

_RESCAN = "rescan"


class SecretNotRescannedError(ConflictError):
    """A page with a secrecy mark is not scanned again, whoever asks."""


class RescanAskedAlreadyError(ConflictError):
    """A person has asked for it before, and that stands."""


def require_askable(page: ScanPage) -> None:
    """``SecretNotRescannedError``, ``RescanAskedAlreadyError``: asking would change nothing."""
    if bears_mark(page):
        raise SecretNotRescannedError(page=page.name)
    if page.decision == _RESCAN:
        raise RescanAskedAlreadyError(page=page.name)


def sync_tickets(session: Session, batch: ScanBatch, *, actor: Actor) -> None:
    """One open ticket for each page that is to be scanned again, none for any other page.

    A ticket whose page was replaced is answered by the page that stands for it.
    """
    open_ones = {ticket.page_id: ticket for ticket in open_tickets(session, batch)}
    now = clock.now()
    waits = batch.state in (BatchState.READING, BatchState.REVIEW, BatchState.STOPPED)
    for page in batch.pages:
        ticket = open_ones.pop(page.id, None)
        if waits and wants_ticket(page):
            if ticket is None:
                session.add(_ticket(batch, page, actor, now))
            elif ticket.reasons != (reasons := _reasons(page)):
                ticket.reasons = reasons
        elif ticket is not None:
            ticket.closed_at, ticket.answered_by_page = now, page.replaced_by


def wants_ticket(page: ScanPage) -> bool:
    """Measured as not good enough and not kept by a person, or a person asks for it."""
    if not counts(page) or is_secret(page):  # nobody scans a secret twice
        return False
    return page.decision == _RESCAN or (page.verdict is Verdict.RESCAN and not page.decision)


def open_tickets(session: Session, batch: ScanBatch) -> list[RescanTicket]:
    """Tickets of the batch that are not answered."""
    query = select(RescanTicket).where(
        RescanTicket.batch_id == batch.id, RescanTicket.closed_at.is_(None)
    )
    return list(session.scalars(query))


def _ticket(batch: ScanBatch, page: ScanPage, actor: Actor, now: Any) -> RescanTicket:
    return RescanTicket(
        batch_id=batch.id,
        page_id=page.id,
        station_id=batch.station_id,
        reasons=_reasons(page),
        opened_by=actor.account,
        opened_at=now,
    )


def _reasons(page: ScanPage) -> list[dict[str, Any]]:
    return list(_iter_reasons(page))


def _iter_reasons(page: ScanPage) -> Iterator[dict[str, Any]]:
    if page.decision_reason:
        yield {"reason": page.decision_reason}
    yield from sorted(page.findings, key=severity_rank)
