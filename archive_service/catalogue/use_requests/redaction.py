"""Areas blackened on the pages of a request, and the file that shows these pages so."""

from dataclasses import dataclass
from uuid import UUID

from archive_service import access, clock
from archive_service.catalogue.holdings.uses import note_use, require_readable
from archive_service.catalogue.use_requests import rules
from archive_service.catalogue.use_requests.areas import areas_of, areas_within
from archive_service.catalogue.use_requests.documents import (
    AccessRequestDocument,
    request_document,
)
from archive_service.catalogue.use_requests.given import Redaction
from archive_service.catalogue.use_requests.news import record
from archive_service.catalogue.use_requests.reading import (
    ReadingEndedError,
    granted_numbers,
    shown_pdf,
    stored_pdf,
)
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.people.account import Actor
from archive_service.evidence.acting import acting
from archive_service.formats.pdf.facts import read_pdf
from archive_service.formats.pdf.redacted import make_page_picture, make_redacted, shown_sizes
from archive_service.services import Services
from archive_service.storage.held import require_free


@dataclass(frozen=True, slots=True)
class ToRedact:
    """A request as whoever decides looks at it, with the number of pages of its document."""

    request: AccessRequestDocument
    pages: int


@dataclass(frozen=True, slots=True)
class _Found:
    row: AccessRequest
    case_file: CaseFile
    document: Document
    pdf: DigitalObject


def redact_access_request(
    services: Services, request_id: UUID, given: Redaction, *, actor: Actor
) -> AccessRequestDocument:
    """Have areas of pages blackened for the one who asked; the original stays as it is.

    They take the place of all that were chosen before, and hold for this file of the document.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
        AccessRequestOwnError: who asked does not decide.
        AccessRequestSealedError: a sealed copy shows them as they were.
        RedactionPageError, RedactionAreaError, RedactionReasonError
        DocumentRecalledError, DocumentQuarantinedError, CaseFileDestroyedError …: nobody reads it.
        CaseFileHeldError: a hold is in force.
    """
    found = _found(services, request_id, actor)
    with stored_pdf(services, found.case_file, found.pdf) as path:
        areas = areas_within(given, shown_sizes(path))
    with acting(services, rules.DECIDE, actor) as session:
        row = rules.to_decide(session, request_id, "redact", actor)
        if row.sealed_at is not None:
            raise rules.AccessRequestSealedError(code=row.code, ordinal=row.ordinal)
        require_free(session, found.case_file, act=rules.DECIDE, actor=actor)
        row.areas, row.areas_of = areas, found.pdf.sha256 if areas else ""
        record(session, "access-request:redacted", row, actor, areas=areas, file=row.areas_of)
        return request_document(row)


def to_redact(services: Services, request_id: UUID, *, actor: Actor) -> ToRedact:
    """What areas can be chosen on.

    Raises: as ``redact_access_request``.
    """
    found = _found(services, request_id, actor)
    with stored_pdf(services, found.case_file, found.pdf) as path:
        return ToRedact(request_document(found.row), read_pdf(path).pages)


def page_to_redact(services: Services, request_id: UUID, number: int, *, actor: Actor) -> bytes:
    """A page as it is, on which areas are chosen; its use is noted.

    Raises: as ``redact_access_request``.
    """
    found = _found(services, request_id, actor)
    with stored_pdf(services, found.case_file, found.pdf) as path:
        if not 1 <= number <= read_pdf(path).pages:
            raise rules.AccessRequestPageError(number=number)
        picture = make_page_picture(path, number)
    note_use(actor, found.case_file, found.document, database=services.database)
    return picture


def redacted_file(services: Services, request_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """The PDF of the pages as the one who asked sees them, and its name; made anew each time.

    Its title is the code of the document alone: a subject may name whom an area hides.

    Raises: as ``redact_access_request``.
    """
    found = _found(services, request_id, actor)
    row = found.row
    name = f"{row.code}.{row.ordinal}"
    with stored_pdf(services, found.case_file, found.pdf) as path:
        pages = granted_numbers(row, read_pdf(path).pages)
        if not pages:
            raise rules.AccessRequestPageError(number=1)
        target = path.with_name("redacted.pdf")
        made_at = clock.now().replace(microsecond=0)
        make_redacted(path, target, pages=pages, areas=areas_of(row), title=name, made_at=made_at)
        data = target.read_bytes()
    note_use(actor, found.case_file, found.document, database=services.database)
    return f"{name}.pdf", data


def _found(services: Services, request_id: UUID, actor: Actor) -> _Found:
    access.require(actor, rules.DECIDE)
    with services.read_only() as session:
        row = rules.to_decide(session, request_id, "redact", actor)
        case_file = session.get(CaseFile, row.case_file_id)
        document = None if case_file is None else case_file.document_at(row.ordinal)
        if case_file is None or document is None:
            raise ReadingEndedError(code=row.code, ordinal=row.ordinal)
        require_readable(actor, case_file, document)
        return _Found(row, case_file, document, shown_pdf(row, case_file, document))
