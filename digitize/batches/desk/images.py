"""The image of a batch's page: in staging as long as the batch is open, then in the package."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from archive_service.catalogue.holdings.rows import whole_case_file
from archive_service.catalogue.holdings.uses import (
    DocumentQuarantinedError,
    note_use,
    require_readable,
)
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.digitization.scan_batch import ScanDocument, ScanPage
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import NotFoundError
from archive_service.readable import Readable
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from digitize.batches.release.load import file_name


class PageImageGoneError(NotFoundError):
    """It went nowhere, and the image lies here no more."""


def page_file(services: Services, page: ScanPage, *, actor: Actor) -> Readable:
    """Where the page lies as it was scanned, for an account that reaches its batch.

    Raises:
        PageImageGoneError: nowhere any more.
        NotAllowedError: in a package that is not the account's to read. A station reads there
            what it scanned itself, but nothing of a document that is closed to everybody.
    """
    ocfl_id = None
    if not services.staging.has(page.sha256):
        ocfl_id = _held_in(services, page, actor)
    return Readable(file_name(page), page.media_type, page.size_bytes, page.sha256, ocfl_id)


@contextmanager
def page_image(services: Services, page: ScanPage, *, actor: Actor) -> Iterator[Path]:
    """A local file with the page as it was scanned, while the block lasts.

    Raises as ``page_file``, and ``BackendError``: no copy answers.
    """
    file = page_file(services, page, actor=actor)
    if file.ocfl_id is None:
        with services.staging.path(page.sha256) as path:
            yield path
        return
    with work_place(services.work_folder, "page-image-") as folder:
        target = folder / f"page{Path(file.name).suffix}"
        HeldContent(services.copies, file.ocfl_id).fetch(file.sha256, file.size_bytes, target)
        yield target


def _held_in(services: Services, page: ScanPage, actor: Actor) -> str:
    """OCFL id of the case file that its batch put it into; the use is noted."""
    with services.read_only() as session:
        found = session.execute(
            select(DigitalObject.case_file_id, DigitalObject.document_id)
            .join(CaseFile, CaseFile.id == DigitalObject.case_file_id)
            .join(ScanDocument, ScanDocument.case_code == CaseFile.code)
            .where(
                ScanDocument.id == page.document_id,
                DigitalObject.sha256 == page.sha256,
                DigitalObject.page_image.is_(True),
            )
            .limit(1)
        ).first()
        if found is None:
            raise PageImageGoneError(page=page.name)
        row = whole_case_file(session, found.case_file_id)
    document = next(document for document in row.documents if document.id == found.document_id)
    _require_seen(actor, row, document)
    note_use(actor, row, document, database=services.database)
    return row.ocfl_id


def _require_seen(actor: Actor, row: CaseFile, document: Document) -> None:
    if actor.role is not Role.STATION:
        require_readable(actor, row, document)
    elif document.quarantined:
        raise DocumentQuarantinedError(code=row.code, ordinal=document.ordinal)
