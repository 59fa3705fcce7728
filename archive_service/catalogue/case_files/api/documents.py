"""Documents of case files, addressed by their id."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from archive_service.catalogue.case_files.case_documents import (
    DocumentDocument,
    replacements,
)
from archive_service.catalogue.holdings.opening import get_document
from archive_service.catalogue.holdings.text_documents import DocumentTextDocument
from archive_service.catalogue.holdings.uses import is_reduced, note_use, require_readable
from archive_service.packaging.page_texts import document_texts
from archive_service.request import current_actor, services
from archive_service.storage.content import HeldContent

bp = APIBlueprint("api_documents", __name__, tag="documents", url_prefix="/documents")


class DocumentOfCase(DocumentDocument):
    """A document and the code of its case file."""

    code: str


@bp.get("/<uuid:document_id>")
@bp.output(DocumentOfCase)
def one(document_id: UUID) -> dict[str, Any]:
    """A document with its files, signatures and relations."""
    actor = current_actor()
    with services().read_only() as session:
        case_file, document = get_document(session, document_id, actor=actor)
        shown_document = DocumentDocument.of(
            document,
            reduced=is_reduced(actor, case_file, document),
            links=case_file.linked_elsewhere,
            replaced_by=replacements(case_file).get(document.id) if document.replaced_in else None,
        )
        return shown_document.model_dump() | {"code": case_file.code}


@bp.get("/<uuid:document_id>/text")
@bp.output(DocumentTextDocument)
def text(document_id: UUID) -> DocumentTextDocument:
    """Its words, page by page."""
    archive, actor = services(), current_actor()
    with archive.read_only() as session:
        case_file, document = get_document(session, document_id, actor=actor)
    require_readable(actor, case_file, document)
    note_use(actor, case_file, document, database=archive.database)
    pages = document_texts(
        document,
        version=case_file.version_stored,
        content=HeldContent(archive.copies, case_file.ocfl_id),
        folder=archive.work_folder,
        confidences=True,
    )
    return DocumentTextDocument.of(document, pages)
