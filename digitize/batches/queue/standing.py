"""How the pages of a batch stand, without what was measured and read of them."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.digitization.scan_batch import PageState, ScanPage, Verdict
from digitize.batches.reading.verdicts import counts


@dataclass(slots=True)
class PageStanding:
    """One page; ``number`` is its place among those that count."""

    id: UUID
    document_id: UUID | None
    is_sheet: bool
    removed_at: dt.datetime | None
    replaced_by: UUID | None
    state: PageState
    verdict: Verdict | None
    decision: str
    dpi: float | None
    number: int | None = None


def standings_of(session: Session, batch_id: UUID) -> list[PageStanding]:
    """All pages of a batch in order: a thick one costs little more than a thin one."""
    rows = session.execute(
        select(
            ScanPage.id,
            ScanPage.document_id,
            ScanPage.is_sheet,
            ScanPage.removed_at,
            ScanPage.replaced_by,
            ScanPage.state,
            ScanPage.verdict,
            ScanPage.decision,
            ScanPage.dpi,
        )
        .where(ScanPage.batch_id == batch_id)
        .order_by(ScanPage.position)
    )
    found, last = [], 0
    for row in rows:
        standing = PageStanding(*row)
        if counts(standing):
            last += 1
            standing.number = last
        found.append(standing)
    return found
