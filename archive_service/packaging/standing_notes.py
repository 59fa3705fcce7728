"""What became of a document after it was taken in, in words for whoever gets it out of here."""

import datetime as dt
from collections.abc import Iterable

from archive_service import messages
from archive_service.clock import local
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import CORRECTED_BY, REPLACED_BY


def standing_notes(document: Document, lang: str = "vi") -> list[str]:
    """Recalled, replaced or corrected by another; nothing of one that stands as it was."""
    relations = [(relation.relation, relation.target) for relation in document.relations]
    return standing_words(document.recalled_at, relations, lang)


def standing_words(
    recalled_at: dt.datetime | None, relations: Iterable[tuple[str, str]], lang: str = "vi"
) -> list[str]:
    """The same of when it was recalled, and of its relations with what they point to."""
    notes = []
    if recalled_at is not None:
        notes.append(messages.text("packages.recalled", lang, day=f"{local(recalled_at):%d/%m/%Y}"))
    for relation, target in relations:
        if relation in (REPLACED_BY, CORRECTED_BY):
            notes.append(messages.text(f"packages.{relation}", lang, target=target))
    return list(dict.fromkeys(notes))


def noted(document: Document, description: str, longest: int) -> str:
    """The description with the notes before it, within the circular's length."""
    return "; ".join(part for part in (*standing_notes(document), description) if part)[:longest]
