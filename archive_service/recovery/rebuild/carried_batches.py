"""Stations and their batches, which no copy holds before they are released."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    RescanTicket,
    ScanBatch,
    ScanDocument,
    ScanEdit,
    ScanPage,
    ScanSource,
)
from archive_service.domain.digitization.station import Station


def iter_batch_rows(session: Session) -> Iterator[Any]:
    """All of a batch that is open; of the others what tells a second sending from the first."""
    yield from session.scalars(select(Station))
    yield from session.scalars(select(ScanBatch))
    yield from session.scalars(select(ScanSource))
    still_open = select(ScanBatch.id).where(ScanBatch.state.in_(OPEN_BATCHES))
    yield from session.scalars(select(ScanDocument).where(ScanDocument.batch_id.in_(still_open)))
    yield from session.scalars(select(ScanPage).where(ScanPage.batch_id.in_(still_open)))
    yield from session.scalars(select(ScanEdit).where(ScanEdit.batch_id.in_(still_open)))
    yield from session.scalars(select(RescanTicket).where(RescanTicket.batch_id.in_(still_open)))
    images = select(ScanPage.sha256).where(ScanPage.batch_id.in_(still_open))
    yield from session.scalars(
        select(PageReadingRow).where(PageReadingRow.image_sha256.in_(images))
    )
