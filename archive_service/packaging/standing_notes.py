"""What became of a document after it was taken in, in words for whoever gets it out of here."""

from archive_service import messages
from archive_service.clock import local
from archive_service.domain.document import Document
from archive_service.domain.recall import CORRECTED_BY, REPLACED_BY


def standing_notes(document: Document, lang: str = "vi") -> list[str]:
    """Recalled, replaced or corrected by another; nothing of one that stands as it was."""
    notes = []
    if document.recalled_at is not None:
        day = f"{local(document.recalled_at):%d/%m/%Y}"
        notes.append(messages.text("packages.recalled", lang, day=day))
    for relation in document.relations:
        if relation.relation in (REPLACED_BY, CORRECTED_BY):
            key = f"packages.{relation.relation}"
            notes.append(messages.text(key, lang, target=relation.target))
    return list(dict.fromkeys(notes))


def noted(document: Document, description: str, longest: int) -> str:
    """The description with the notes before it, within the circular's length."""
    return "; ".join(part for part in (*standing_notes(document), description) if part)[:longest]
