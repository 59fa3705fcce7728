"""One page whose words people look at again: of a batch on the desk, or of a stored document."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.holdings.uses import note_use, require_readable
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.digitization.page_reading import DoubtfulPage, Sheet
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanPage
from archive_service.domain.people.account import Actor
from archive_service.formats.child import ParserFailure
from archive_service.formats.page_image import read_page_image
from archive_service.formats.picture import make_pdf_picture, make_picture
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from digitize.batches.desk.changes import PageNotInBatchError
from digitize.batches.reach import get_batch
from digitize.batches.reading.verdicts import is_secret, may_decide_secrecy
from digitize.documents.text_file import read_alto
from digitize.ocr.kept_readings import kept_reading
from digitize.ocr.words import PageReading
from digitize.page_one.lines import turn_of


@dataclass(frozen=True, slots=True)
class OfBatch:
    """A page on the desk; its picture is the desk's."""

    page: ScanPage
    batch: ScanBatch

    @property
    def sheet(self) -> Sheet:
        """What its corrections are kept by."""
        return self.page.sha256, 0

    @property
    def agency_id(self) -> UUID | None:
        """Whose word list it feeds."""
        return self.batch.agency_id

    def told(self) -> dict[str, Any]:
        """For events."""
        return {"batch": self.batch.number, "page": self.page.name}


@dataclass(frozen=True, slots=True)
class OfDocument:
    """A page of a document in the copies; ``file`` is its image, or the PDF that has it."""

    page: DoubtfulPage
    case_file: CaseFile
    document: Document
    file: DigitalObject

    @property
    def sheet(self) -> Sheet:
        """What its corrections are kept by."""
        return self.page.sheet

    @property
    def agency_id(self) -> UUID | None:
        """Whose word list it feeds."""
        return self.case_file.agency_id

    def told(self) -> dict[str, Any]:
        """For events."""
        place = {"ordinal": self.document.ordinal, "number": self.page.number}
        return {"code": self.case_file.code, "page": self.page.name} | place


ProofPage = OfBatch | OfDocument


def proof_page(session: Session, page_id: UUID, *, actor: Actor) -> ProofPage:
    """A page whose words the account may see and put right.

    Raises:
        PageNotInBatchError, CaseFileNotFoundError: absent, not to be known, or marked secret.
        NotAllowedError: the account does not work on batches, or does not read this document.
    """
    access.require(actor, "batch:edit")
    page = session.get(ScanPage, page_id)
    if page is not None:
        batch = get_batch(session, page.batch_id, actor=actor, act="batch:edit")
        if is_secret(page) and not may_decide_secrecy(actor):
            raise PageNotInBatchError(id=page_id, batch=batch.number)
        return OfBatch(page, batch)
    stored = session.get(DoubtfulPage, page_id)
    if stored is None:
        raise PageNotInBatchError(id=page_id, batch="")
    code = session.scalars(select(CaseFile.code).where(CaseFile.id == stored.case_file_id)).one()
    case_file = get_case_file(session, code, actor=actor)
    document = next(
        document for document in case_file.documents if document.ordinal == stored.ordinal
    )
    require_readable(actor, case_file, document)
    file = next(
        digital_object
        for digital_object in document.files
        if digital_object.sha256 == stored.image_sha256
    )
    return OfDocument(stored, case_file, document, file)


def open_page(
    services: Services, page_id: UUID, *, actor: Actor
) -> tuple[ProofPage, PageReading | None]:
    """The page and what was read of it, in the package or on the desk; the use is noted.

    Nothing where it is blank, or its words lie here no more. Raises as ``proof_page``, and
    ``BackendError`` where no copy answers.
    """
    with services.read_only() as session:
        found = proof_page(session, page_id, actor=actor)
    if isinstance(found, OfBatch):
        return found, kept_reading(services.staging, found.page.reading_sha256)
    note_use(actor, found.case_file, found.document, database=services.database)
    _, alto = found.document.text_files(found.case_file.version_stored)
    if alto is None:
        return found, None
    with work_place(services.work_folder, "text-") as place:
        target = place / "alto.xml"
        _content(services, found).fetch(alto.sha256, alto.size_bytes, target)
        readings = (
            page_reading
            for number, page_reading in read_alto(target)
            if number == found.page.number
        )
        return found, next(readings, None)


def turn_shown(services: Services, page: ProofPage, reading: PageReading) -> int:
    """How far the page is turned clockwise before people see it."""
    if isinstance(page, OfBatch):
        return turn_of(reading)
    if page.page.page:  # of a PDF: read as it is shown
        return 0
    with work_place(services.work_folder, "page-image-") as place:
        image = place / "image"
        _content(services, page).fetch(page.file.sha256, page.file.size_bytes, image)
        facts = read_page_image(image)
    own = 0 if isinstance(facts, ParserFailure) else facts.turned_deg
    return (own + page.file.turn_deg) % 360


def page_picture(services: Services, page_id: UUID, *, actor: Actor) -> bytes:
    """A page of a stored document upright as a JPEG for browsers; the use is noted.

    Raises:
        PageNotInBatchError, NotAllowedError: as ``proof_page``; a page of a batch is on the desk.
        PictureImpossibleError: it cannot be drawn.
    """
    with services.read_only() as session:
        found = proof_page(session, page_id, actor=actor)
    if isinstance(found, OfBatch):
        raise PageNotInBatchError(id=page_id, batch=found.batch.number)
    note_use(actor, found.case_file, found.document, database=services.database)
    pixels = services.settings.limits.page_pixels
    with work_place(services.work_folder, "page-image-") as place:
        file = place / "page"
        _content(services, found).fetch(found.file.sha256, found.file.size_bytes, file)
        if found.page.page:
            return make_pdf_picture(file, found.page.page)
        return make_picture(file, pixels=pixels, turn_deg=found.file.turn_deg)


def _content(services: Services, page: OfDocument) -> HeldContent:
    return HeldContent(services.copies, page.case_file.ocfl_id)
