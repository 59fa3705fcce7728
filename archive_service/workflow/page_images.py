"""The image of a batch's page: in staging as long as the batch is open, then in the package."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from archive_service.bootstrap import Services
from archive_service.catalogue.holdings import whole_case_file
from archive_service.domain.account import Actor
from archive_service.domain.document import DigitalObject
from archive_service.domain.scan_batch import ScanPage
from archive_service.errors import NotFoundError
from archive_service.reading.uses import note_use, require_readable
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place


class PageImageGoneError(NotFoundError):
    """Its batch went nowhere, and the image lies here no more."""

    code = "page-image-gone"


@contextmanager
def page_image(services: Services, page: ScanPage, *, actor: Actor) -> Iterator[Path]:
    """A local file with the page as it was scanned, while the block lasts.

    Raises:
        PageImageGoneError: it lies nowhere any more.
        NotAllowedError: it lies in a package that is not the account's to read.
        BackendError: no copy answers.
    """
    if services.staging.has(page.sha256):
        with services.staging.path(page.sha256) as path:
            yield path
        return
    held = select(DigitalObject).where(
        DigitalObject.sha256 == page.sha256, DigitalObject.page_image.is_(True)
    )
    with services.read_only() as session:
        file = session.scalar(held.limit(1))
        if file is None:
            raise PageImageGoneError(page=page.name)
        row = whole_case_file(session, file.case_file_id)
    document = next(one for one in row.documents if one.id == file.document_id)
    require_readable(actor, row, document)
    note_use(actor, row, document, database=services.database)
    with work_place(services.work_folder, "page-image-") as folder:
        target = folder / f"page{Path(file.path).suffix}"
        HeldContent(services.copies, row.ocfl_id).fetch(file.sha256, file.size_bytes, target)
        yield target
