"""What the first page of a held document says, for whoever describes it."""

from pathlib import Path
from uuid import UUID

from archive_service import access
from archive_service.catalogue.describing.fields import editable, values_of
from archive_service.catalogue.holdings.opening import readable_document
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.field_source import as_entered
from archive_service.domain.people.account import Actor
from archive_service.law import FieldRule
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from digitize.documents.text_file import read_alto
from digitize.ocr.printed_words import read_printed
from digitize.ocr.words import PageReading
from digitize.page_one.as_fields import as_fields
from digitize.page_one.proposals import read_page_one

_MOST_BYTES = 64 << 20  # of a PDF that is fetched for its first page


def proposed_by_page_one(
    services: Services, code: str, document_id: UUID, *, actor: Actor
) -> list[tuple[FieldRule, str]]:
    """Fields of which page 1 says something else than what stands, as people would enter it.

    Raises:
        CaseFileNotFoundError, DocumentUnknownError: absent, or not to be known.
        ActNotAllowedError, DocumentQuarantinedError, ContentRestrictedError: not to be read.
    """
    access.require(actor, "case-file:describe")
    keeper, document = readable_document(services, code, document_id, actor=actor)
    access.require(actor, "case-file:describe", keeper)
    proposals = read_page_one(_readings(services, keeper, document))
    with services.read_only() as session:
        own = session.get_one(Agency, keeper.agency_id).name
    superior = proposals["superior"].value if "superior" in proposals else ""
    entered, stands = as_entered(as_fields(proposals), own, superior), values_of(document)
    return [
        (rule, entered[rule.name])
        for rule in editable(document.kind)
        if entered.get(rule.name, "") not in ("", stands.get(rule.name, ""))
    ]


def _readings(services: Services, keeper: CaseFile, document: Document) -> list[PageReading]:
    """As the engine read the scan, else the words of the PDF."""
    _, alto = document.text_files(keeper.version_stored)
    file = alto or document.readable_pdf(keeper.version_stored)
    if file is None or file.size_bytes > _MOST_BYTES:
        return []
    limits = services.settings.limits
    with work_place(services.work_folder, "page-one-") as place:
        target: Path = place / "file"
        HeldContent(services.copies, keeper.ocfl_id).fetch(file.sha256, file.size_bytes, target)
        if alto is not None:
            return [page_reading for _, page_reading in read_alto(target) if page_reading.lines]
        printed = read_printed(target, limit_s=limits.parser_s, memory_mib=limits.parser_mib)
    return printed.readings if printed else []
