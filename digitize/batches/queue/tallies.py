"""How far batches are, counted without their pages being loaded, and how long they still take."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.digitization.scan_batch import (
    PageState,
    RescanTicket,
    ScanBatch,
    ScanPage,
    ScanSource,
    Verdict,
)
from archive_service.domain.keeping.job import IS_OPEN, Job
from digitize.batches.desk.batch_documents import Tally
from digitize.batches.desk.changes import RESCAN
from digitize.batches.intake.receive import READ_JOB
from digitize.batches.reading.verdicts import sampled_pages

_AT_ONCE = 500  # values of one IN


def tallies_of(session: Session, batches: Sequence[ScanBatch]) -> dict[UUID, Tally]:
    """In a few statements, however many batches and pages there are."""
    ids = [batch.id for batch in batches]
    flagged = ScanPage.verdict.in_((Verdict.LOOK, Verdict.RESCAN))
    asked_again = ScanPage.decision == RESCAN
    undecided = asked_again | (flagged & (ScanPage.decision == ""))
    waits = ScanPage.state == PageState.WAITING
    pages = session.execute(
        select(
            ScanPage.batch_id,
            func.count(),
            func.sum(_one_if(waits)),
            func.sum(_one_if(flagged)),
            func.sum(_one_if(undecided)),
            func.sum(_one_if(waits | undecided)),
        )
        .where(ScanPage.batch_id.in_(ids), ScanPage.removed_at.is_(None), ~ScanPage.is_sheet)
        .group_by(ScanPage.batch_id)
    )
    counted = {row[0]: row[1:] for row in pages}
    open_ones = (
        select(RescanTicket.batch_id, func.count())
        .where(RescanTicket.batch_id.in_(ids), RescanTicket.closed_at.is_(None))
        .group_by(RescanTicket.batch_id)
    )
    tickets = {row[0]: row[1] for row in session.execute(open_ones)}
    unseen = _unseen_of_samples(session, batches)
    bare = select(ScanSource.batch_id, func.sum(ScanSource.frames)).where(
        ScanSource.batch_id.in_([batch_id for batch_id in ids if batch_id not in counted])
    )
    expected = {row[0]: row[1] for row in session.execute(bare.group_by(ScanSource.batch_id))}
    found = {}
    for batch in batches:
        total, waiting, flags, left, held = counted.get(batch.id, (0, 0, 0, 0, 0))
        unlooked = unseen.get(batch.id, 0)
        found[batch.id] = Tally(
            pages=total or expected.get(batch.id, 0),  # before its pages are rows: what files say
            waiting=waiting if total else expected.get(batch.id, 0),
            flagged=flags,
            undecided=left + unlooked,
            good=total - held - unlooked,
            documents=len(batch.documents),
            tickets=tickets.get(batch.id, 0),
        )
    return found


def _unseen_of_samples(session: Session, batches: Sequence[ScanBatch]) -> dict[UUID, int]:
    """Pages that were drawn and nobody looked at; flagged ones are counted already."""
    drawn = [UUID(page) for batch in batches for page in sampled_pages(batch)]
    found: dict[UUID, int] = {}
    for begin in range(0, len(drawn), _AT_ONCE):
        rows = session.execute(
            select(ScanPage.batch_id, func.count())
            .where(
                ScanPage.id.in_(drawn[begin : begin + _AT_ONCE]),
                ScanPage.decision == "",
                ScanPage.verdict == Verdict.ACCEPT,
                ScanPage.removed_at.is_(None),
                ~ScanPage.is_sheet,
            )
            .group_by(ScanPage.batch_id)
        )
        for batch_id, count in rows:
            found[batch_id] = found.get(batch_id, 0) + count
    return found


def left_s(
    session: Session, batches: Sequence[ScanBatch], tallies: dict[UUID, Tally]
) -> dict[UUID, float]:
    """Seconds until batches that are being read are done, by how fast they were read so far."""
    waiting = {batch.id: tallies[batch.id].waiting for batch in batches}
    ids = [batch_id for batch_id, pages in waiting.items() if pages]
    jobs = session.scalars(
        select(Job).where(Job.name == READ_JOB, Job.subject_id.in_(ids), IS_OPEN)
    )
    found: dict[UUID, float] = {}
    for job in jobs:
        pages, began = job.checkpoint.get("pages", 0), job.checkpoint.get("began_at")
        if pages and began and job.subject_id is not None:
            spent = (clock.now() - clock.parse_iso(began)).total_seconds()
            found[job.subject_id] = round(spent / pages * waiting[job.subject_id], 1)
    return found


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
