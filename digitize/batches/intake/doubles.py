"""The same files in another batch: two stations sent one box, or one station sent it twice."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    BatchState,
    ScanBatch,
    ScanSource,
)
from archive_service.domain.intake.finding import Finding, Severity

CHECK = "batch"
_COUNT = (*OPEN_BATCHES, BatchState.RELEASED)


def doubled_findings(session: Session, batch: ScanBatch) -> Iterator[Finding]:
    """One finding for each other batch, open or released, that holds files with equal bytes.

    Empty files are alike everywhere and say nothing.
    """
    ours = select(ScanSource.sha256).where(
        ScanSource.batch_id == batch.id, ScanSource.size_bytes > 0
    )
    rows = session.execute(
        select(
            ScanBatch.number,
            ScanBatch.state,
            func.count(),
            func.coalesce(func.sum(ScanSource.frames), 0),
        )
        .join(ScanSource, ScanSource.batch_id == ScanBatch.id)
        .where(
            ScanBatch.id != batch.id,
            ScanBatch.state.in_(_COUNT),
            ScanSource.sha256.in_(ours),
        )
        .group_by(ScanBatch.number, ScanBatch.state)
        .order_by(ScanBatch.number)
    )
    for number, state, files, pages in rows:
        facts = {"batch": number, "state": state.value, "files": files, "count": pages}
        yield Finding(CHECK, "batch-doubled", Severity.ERROR, number, facts)
