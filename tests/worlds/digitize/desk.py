"""Batches on the desk as rows, with no image behind them: for what only orders and decides."""

import datetime as dt
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.digitization.scan_batch import (
    BatchState,
    PageState,
    ScanBatch,
    ScanDocument,
    ScanPage,
    ScanSource,
    Verdict,
)
from archive_service.domain.digitization.station import Station
from tests.worlds.digitize.scanning import STATION

NOW = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)
SHEETS = 6  # two documents of three pages each


def batch_on_desk(
    session: Session, number: int = 1, *, state: BatchState = BatchState.REVIEW
) -> ScanBatch:
    """Two documents of three good pages each; only the files of one that is being received."""
    station = session.scalars(select(Station).where(Station.name == STATION)).one()
    row = ScanBatch(
        id=uuid4(), number=f"2026-{number:04}", station_id=station.id, reference=f"box {number}",
        state=state, findings=[], sample={}, created_by="tram-1", created_at=NOW,
        looked_at_edit=0, last_edit=0, split_done=True,
    )  # fmt: skip
    session.add(row)
    session.flush()
    for ordinal in range(1, SHEETS + 1):
        source = ScanSource(
            id=uuid4(), ordinal=ordinal, name=f"{ordinal}.jpg", sha256=f"{ordinal:064}",
            size_bytes=1, media_type="image/jpeg", frames=1, refused={}, received_at=NOW,
        )  # fmt: skip
        row.sources.append(source)
    session.flush()
    if state is BatchState.RECEIVING:
        return row
    row.documents.extend(
        ScanDocument(batch_id=row.id, ordinal=ordinal, case_code="", proposals={}, findings=[])
        for ordinal in (1, 2)
    )
    session.flush()
    for place, source in enumerate(row.sources):
        page = page_of(row, source, position=(place + 1) * 1024)
        page.document_id = row.documents[place * 2 // SHEETS].id
        row.pages.append(page)
    session.flush()
    return row


def page_of(batch: ScanBatch, source: ScanSource, *, position: int = 0) -> ScanPage:
    """A good page that was read."""
    return ScanPage(
        id=uuid4(), batch_id=batch.id, source_id=source.id, position=position, name=source.name,
        sha256=source.sha256, size_bytes=1, media_type="image/jpeg", width_px=1654, height_px=2339,
        dpi=200.0, dpi_from="file", state=PageState.READ, verdict=Verdict.ACCEPT, separator={},
        measures={}, findings=[], decision="", decision_reason="", side="", turn_deg=0,
        is_sheet=False, blank=False, frame=0,
    )  # fmt: skip
