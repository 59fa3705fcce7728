"""The rows of pages: one for each image that a source gives, in the order of the sources."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database
from archive_service.domain.digitization.scan_batch import (
    PageState,
    ScanBatch,
    ScanPage,
    ScanSource,
    Verdict,
)
from digitize.batches.desk.changes import STEP
from digitize.batches.reading.verdicts import finding_row
from digitize.batches.sources.frames import Frame, FrameRefused, Splitter, iter_frames

Fence = Callable[[Session], None]
_AT_ONCE = 16  # pages that are noted in one transaction; they are not read yet


def make_pages(batch_id: UUID, database: Database, splitter: Splitter, *, fence: Fence) -> int:
    """A row for each page of each source that has none yet; returns how many were made.

    Args:
        fence: called in each transaction, to name the fencing token of the job.
    """
    with database.read_only() as session:
        batch = session.get_one(ScanBatch, batch_id)
        sources = list(batch.sources)
        rows = select(ScanPage.source_id, func.max(ScanPage.frame)).where(
            ScanPage.batch_id == batch_id
        )
        known = {row[0]: row[1] for row in session.execute(rows.group_by(ScanPage.source_id))}
    made = 0
    waiting: list[tuple[ScanSource, Frame | FrameRefused]] = []
    for source in sources:
        last = known.get(source.id)
        if last is not None and last + 1 >= max(source.frames, 1):
            continue
        for frame in iter_frames(source, splitter, first=0 if last is None else last + 1):
            waiting.append((source, frame))
            if len(waiting) >= _AT_ONCE:
                made += _note_frames(batch_id, waiting, database, fence)
                waiting = []
    return made + _note_frames(batch_id, waiting, database, fence)


def _note_frames(
    batch_id: UUID,
    frames: Sequence[tuple[ScanSource, Frame | FrameRefused]],
    database: Database,
    fence: Fence,
) -> int:
    if not frames:
        return 0
    with database.writing() as session:
        last = session.scalar(
            select(func.max(ScanPage.position)).where(ScanPage.batch_id == batch_id)
        )
        for number, (source, frame) in enumerate(frames, start=1):
            session.add(page_of(batch_id, source, frame, position=(last or 0) + number * STEP))
        session.flush()
        fence(session)
    return len(frames)


def page_of(
    batch_id: UUID, source: ScanSource, frame: Frame | FrameRefused, *, position: int
) -> ScanPage:
    """The row of one page; one of which no image can be made is to be scanned again."""
    page = ScanPage(
        id=uuid4(),
        batch_id=batch_id,
        source_id=source.id,
        frame=frame.number,
        position=position,
        name=frame.name,
        sha256=source.sha256,
        size_bytes=source.size_bytes,
        media_type=source.media_type,
        separator={},
        is_sheet=False,
        measures={},
        findings=[],
        decision="",
        decision_reason="",
        turn_deg=0,
        side="",
    )
    if isinstance(frame, FrameRefused):
        page.state, page.verdict = PageState.REFUSED, Verdict.RESCAN
        page.findings = [finding_row(frame.finding)]
        return page
    page.state = PageState.WAITING
    page.sha256, page.size_bytes = frame.sha256, frame.size_bytes
    page.media_type = frame.media_type
    page.width_px, page.height_px = frame.width_px, frame.height_px
    page.dpi, page.dpi_from = frame.dpi, frame.dpi_from
    page.turn_deg = frame.turn_deg
    page.findings = [finding_row(finding) for finding in frame.findings]
    return page
