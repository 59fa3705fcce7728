"""A request for what is not digitized yet: how far its document is, and the end of the wait."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.use_requests import deadlines
from archive_service.catalogue.use_requests.documents import (
    AccessRequestDocument,
    request_document,
)
from archive_service.catalogue.use_requests.news import record, tell_scan_ended
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    BatchState,
    ScanBatch,
    ScanDocument,
)
from archive_service.domain.people.account import WORKER
from archive_service.services import Services

_STEPS = ("queued", "scanning", "on-desk", "making")
_ON_DESK = (BatchState.REVIEW, BatchState.STOPPED)


def as_they_stand(session: Session, rows: Sequence[AccessRequest]) -> list[AccessRequestDocument]:
    """Their documents; of those that wait for a scan with how far it is, in two statements."""
    waiting = [row for row in rows if row.awaits_scan]
    far: dict[tuple[str, int | None], int] = {}
    for place, step in _met(session, waiting) if waiting else ():
        far[place] = max(step, far.get(place, 0))
    by_id = {
        access_request.id: _STEPS[
            max(far.get((access_request.code, at), 0) for at in (access_request.ordinal, None))
        ]
        for access_request in waiting
    }
    return [request_document(row, by_id.get(row.id, "")) for row in rows]


def _met(
    session: Session, waiting: Sequence[AccessRequest]
) -> Iterator[tuple[tuple[str, int | None], int]]:
    """Steps that were reached, by case file and document; no document: whichever it is."""
    codes = {access_request.code for access_request in waiting}
    of_sheet = func.nullif(ScanDocument.case_code, "")
    batches = (
        select(func.coalesce(of_sheet, ScanBatch.case_code), ScanDocument.document_ordinal)
        .add_columns(ScanBatch.state)
        .outerjoin(ScanDocument, ScanDocument.batch_id == ScanBatch.id)
        .where(ScanBatch.state.in_(OPEN_BATCHES))
        .where(or_(ScanBatch.case_code.in_(codes), ScanDocument.case_code.in_(codes)))
    )
    for code, ordinal, state in session.execute(batches):
        yield (code, ordinal), _STEPS.index("on-desk" if state in _ON_DESK else "scanning")
    pages = (
        select(CaseFile.code, Document.ordinal)
        .join(Document, Document.case_file_id == CaseFile.id)
        .join(DigitalObject, DigitalObject.document_id == Document.id)
        .where(CaseFile.code.in_(codes), DigitalObject.page_image)
        .distinct()
    )
    for code, ordinal in session.execute(pages):
        yield (code, ordinal), _STEPS.index("making")


def end_scans(session: Session, row: CaseFile, services: Services) -> None:
    """Whoever waited for documents of this case file hears what came of it; the days go on.

    A document that can be read now, that cannot be scanned, or that is closed. Safe to repeat.
    """
    waiting = select(AccessRequest).where(
        AccessRequest.case_file_id == row.id, AccessRequest.awaiting_scan()
    )
    for access_request in session.scalars(waiting.with_for_update()):
        if not (outcome := _outcome(row, access_request.ordinal)):
            continue
        now = clock.now()
        access_request.scan_ended_at = now
        access_request.due_on = access_request.due_on or deadlines.due_on(services, now)
        record(
            session,
            "access-request:scan-ended",
            access_request,
            WORKER,
            outcome=outcome,
            due_on=access_request.due_on,
        )
        tell_scan_ended(session, access_request, outcome)


def _outcome(row: CaseFile, ordinal: int) -> str:
    document = row.document_at(ordinal)
    if document is None or not document.stands:
        return "closed"
    if document.no_image_reason:
        return "unscannable"
    return "" if document.readable_pdf(row.version_stored) is None else "scanned"
