"""Which document in custody a declared one names, to be replaced or to stand beside it."""

from collections.abc import Sequence

from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.text import fold

REPLACEMENT = "REPLACEMENT"  # a record status
REPLACES = "replaces"  # a relation


def names_of(document: Document) -> list[str]:
    """What others call it: number and symbol, code, identifier; folded."""
    number = "/".join(part for part in (document.code_number, document.code_notation) if part)
    return [fold(name) for name in (number, document.doc_code, document.doc_id) if name]


def counterpart(declared: DeclaredDocument, held: Sequence[Document]) -> Document | None:
    """The document in custody that a declared one names: by identifier, else by number and symbol.

    One whose place another took already is none; nor is one of two that bear the same number.
    """
    fields = declared.fields
    standing = [document for document in held if document.replaced_in is None]
    for name in ("docId", "docCode"):
        if given := fold(fields.get(name, "")):
            column = "doc_id" if name == "docId" else "doc_code"
            found = [row for row in standing if fold(getattr(row, column)) == given]
            if len(found) == 1:
                return found[0]
    number = "/".join(filter(None, (fields.get("codeNumber"), fields.get("codeNotation"))))
    found = [row for row in standing if number and fold(number) in names_of(row)]
    return found[0] if len(found) == 1 else None


def replaced_document(declared: DeclaredDocument, held: Sequence[Document]) -> Document | None:
    """The document whose place a declared one takes: the one it says it replaces, else its like."""
    named = declared.fields.get("relatesTo", "")
    if named and declared.fields.get("relation") == REPLACES:
        standing = [
            document
            for document in held
            if document.replaced_in is None and fold(named) in names_of(document)
        ]
        if len(standing) == 1:
            return standing[0]
    return counterpart(declared, held)
