"""A document in the viewer, for pages of other rooms that show it beside a form."""

from typing import Any

from archive_service.catalogue.case_files.page_document import case_page
from archive_service.catalogue.case_files.pages.shown import shown_document
from archive_service.request import current_actor, services


def document_beside(code: str, ordinal: int) -> dict[str, Any] | None:
    """What the viewer takes; nothing where the document has no page or may not be read."""
    page = case_page(
        services(),
        code,
        actor=current_actor(),
        part=lambda lines: [line.id for line in lines if line.ordinal == ordinal],
    )
    named = (document for document in page.case["documents"] if document["ordinal"] == ordinal)
    return shown_document(page, next(named, None))
