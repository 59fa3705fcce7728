"""A case file with the document that is open, as each page shows it that has it at hand."""

from dataclasses import dataclass
from typing import Any

from archive_service.catalogue.case_files.page_document import CasePage
from archive_service.catalogue.case_files.pages.document_list import (
    document_asked,
    in_order,
    listed_documents,
)
from archive_service.catalogue.case_files.pages.shown import shown_document
from archive_service.web.fields import access_word


@dataclass(frozen=True)
class CaseAtHand:
    """``chosen``: the document that is asked for; ``shown``: how the viewer opens it.

    ``closed``: it is not this account's to read.
    """

    case: dict[str, Any]
    documents: list[dict[str, Any]]
    chosen: dict[str, Any] | None
    shown: dict[str, Any] | None
    closed: bool


def case_at_hand(page: CasePage) -> CaseAtHand:
    """The document that the address names by id or ordinal is open, else the first."""
    documents, wanted = in_order(page), document_asked()
    named = (
        document for document in documents if wanted in (document["id"], str(document["ordinal"]))
    )
    chosen = next(named, documents[0] if documents else None)
    return CaseAtHand(
        case=page.case | {"access": access_word(page.case["access"])},
        documents=listed_documents(page, chosen),
        chosen=chosen,
        shown=shown_document(page, chosen),
        closed=chosen is not None and chosen["id"] not in page.openable,
    )
