"""What a copy of a document tells of the original and its keepers."""

from dataclasses import dataclass

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.formats.pdf.pdfa import CopyFacts


@dataclass(frozen=True, slots=True)
class Keepers:
    """Whose case file it is, and who keeps it, by name, as a copy tells it."""

    agency: str
    archive: str


def copy_facts(case_file: CaseFile, document: Document, keepers: Keepers) -> CopyFacts:
    """What a copy of the document tells of it."""
    return CopyFacts(
        file_code=case_file.code,
        ordinal=document.ordinal,
        document_code=document.doc_code,
        type_name=document.type_name or "",
        number=document.code_number or "",
        notation=document.code_notation or "",
        issued_date=document.issued_date or "",
        issuer=document.organ_name or "",
        agency_code=case_file.agency_code,
        agency=keepers.agency,
        archive=keepers.archive,
    )
