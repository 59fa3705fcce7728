"""Steps once the pages of a batch are read: documents, proposals, the sample, the count."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database
from archive_service.domain.digitization.scan_batch import (
    PageState,
    ScanBatch,
    ScanPage,
    Verdict,
)
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.people.account import WORKER
from archive_service.storage.staging import Staging
from digitize.batches.desk.consent import note_differing, take_equal
from digitize.batches.doubts.find import doubts_of, note_doubts
from digitize.batches.doubts.traits import PageTraits, traits_of
from digitize.batches.queue.tickets import sync_tickets
from digitize.batches.reading.order import FRONT, refresh, split_into_documents
from digitize.batches.reading.places import propose_places
from digitize.batches.reading.verdicts import counts, finding_row, verdict_of
from digitize.batches.release.sampling import draw, plan
from digitize.batches.release.targets import targets_of
from digitize.batches.transitions import TRANSITIONS
from digitize.ocr.reading_file import load_reading
from digitize.ocr.words import PageReading
from digitize.page_one.proposals import read_page_one

Fence = Callable[[Session], None]
CHECK = "page-images"


def make_documents(batch_id: UUID, database: Database, *, fence: Fence) -> None:
    """Pages become documents, once a batch; what the desk changed later is never made anew."""
    with database.read_only() as session:
        if session.get_one(ScanBatch, batch_id).split_done:
            return
    with database.writing() as session:
        batch = session.get_one(ScanBatch, batch_id, with_for_update=True)
        fence(session)
        if not batch.split_done and TRANSITIONS.is_open(batch, "lay-out"):
            split_into_documents(session, batch, targets_of(session, batch))
            session.expire(batch, ["documents"])
            for page in batch.pages:
                _flag_blank_front(page)
            batch.split_done = True


def settle(
    batch_id: UUID,
    database: Database,
    staging: Staging,
    *,
    fence: Fence,
    take_equal_from: float = 0.0,
    sample_from: int = 0,
) -> bool:
    """Propose, compare, draw the sample, count; the batch is to be looked at from here on.

    Args:
        take_equal_from: confidence from which a field that equals the list is taken; 0: never.
        sample_from: pages of a batch from which on a sample of it is drawn for a second look.

    Returns:
        Whether all is done; ``False`` where an edit came meanwhile: to be done once more.
    """
    with database.read_only() as session:
        seen = session.get_one(ScanBatch, batch_id)
        edit = seen.last_edit
        proposed, traits = _read_through(seen, staging)
        targets = targets_of(session, seen)
        doubts = doubts_of(session, seen, traits, proposed, targets, staging=staging)
        proposed = propose_places(seen, targets, proposed)
    with database.unit_of_work() as uow:
        session = uow.session
        batch = session.get_one(ScanBatch, batch_id, with_for_update=True)
        fence(session)
        if not TRANSITIONS.is_open(batch, "read"):
            uow.commit()
            return True
        if batch.last_edit != edit or _waits(session, batch_id):
            return False
        for document in batch.documents:
            document.proposals = _merged(document.proposals, proposed.get(document.id, {}))
        targets = targets_of(session, batch)
        note_differing(batch, targets)
        take_equal(batch, targets, least=take_equal_from)
        note_doubts(batch, doubts)
        batch.looked_at_edit = edit
        if TRANSITIONS.is_open(batch, "lay-out"):
            _to_desk(session, batch, sample_from)
        refresh(batch, targets_of(session, batch))
        sync_tickets(session, batch, actor=WORKER)
        uow.commit()
    return True


def reading_of(page: ScanPage, staging: Staging) -> PageReading | None:
    """The reading of a page; ``None`` for one that is blank, refused or not read yet."""
    if page.reading_sha256 is None or page.state is not PageState.READ:
        return None
    with staging.open(page.reading_sha256) as file:
        return load_reading(file.read())


def _read_through(
    batch: ScanBatch, staging: Staging
) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, PageTraits]]:
    """By document what its first page proposes, by page what it is compared by.

    The readings of one document at a time are held, however large the batch is.
    """
    of_document: dict[UUID | None, list[ScanPage]] = {}
    for page in sorted(batch.pages, key=lambda item: item.position):
        if counts(page):
            of_document.setdefault(page.document_id, []).append(page)
    proposed: dict[UUID, dict[str, Any]] = {}
    traits: dict[UUID, PageTraits] = {}
    for document_id, pages in of_document.items():
        read = [(page, reading_of(page, staging)) for page in pages]
        own = [(page, reading) for page, reading in read if reading is not None]
        traits |= {page.id: traits_of(reading) for page, reading in own}
        if document_id is not None:
            proposals = read_page_one([reading for _, reading in own])
            proposed[document_id] = {
                name: proposal.as_dict()
                | {"page": str(own[proposal.page][0].id), "state": "proposed"}
                for name, proposal in proposals.items()
            }
    return proposed, traits


def _merged(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """New proposals; those that a person took or refused stay as they are."""
    decided = {
        name: proposal for name, proposal in before.items() if proposal.get("state") != "proposed"
    }
    return {**now, **decided}


def _to_desk(session: Session, batch: ScanBatch, sample_from: int) -> None:
    TRANSITIONS.move(batch, "lay-out")
    batch.read_at = clock.now()
    pages = [page for page in batch.pages if counts(page)]
    if not batch.sample and len(pages) >= sample_from:
        chosen = plan(len(pages))
        drawn = draw(chosen, [page.id for page in pages], seed=batch.id)
        batch.sample = {"plan": chosen.as_dict(), "drawn": [str(page) for page in drawn]}
    record_event(
        session,
        "batch:read",
        of=batch,
        actor=WORKER,
        data={
            "batch": batch.number,
            "pages": len(pages),
            "documents": len(batch.documents),
            "sample": len(batch.sample.get("drawn", ())),
            **_by_verdict(pages),
        },
    )


def _by_verdict(pages: Sequence[ScanPage]) -> dict[str, int]:
    return {word.value: sum(page.verdict is word for page in pages) for word in Verdict}


def _flag_blank_front(page: ScanPage) -> None:
    """A blank back is usual; a blank front may be a sheet that was laid the wrong way."""
    if page.blank and page.side == FRONT and counts(page):
        finding = Finding(CHECK, "page-front-blank", Severity.WARNING, page.name)
        page.findings = [*page.findings, finding_row(finding)]
        page.verdict = max(
            (page.verdict or Verdict.ACCEPT, verdict_of([finding])), key=list(Verdict).index
        )


def _waits(session: Session, batch_id: UUID) -> bool:
    waiting = select(func.count()).where(
        ScanPage.batch_id == batch_id,
        ScanPage.state == PageState.WAITING,
        ScanPage.removed_at.is_(None),
    )
    return bool(session.scalar(waiting))
