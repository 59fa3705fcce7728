"""The words of a document page by page, from the files that its package holds."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.formats.page_text import PageText, TextUnreadableError, pdf_texts, scan_texts
from archive_service.formats.words.read import UnreadWords, has_words, read_words
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """What is found in a document, and by the file's id why something of it is not."""

    pages: list[PageText]
    unread: dict[UUID, str] = field(default_factory=dict)


def document_texts(
    document: Document,
    *,
    version: int,
    content: HeldContent,
    folder: Path,
    confidences: bool = False,
) -> list[PageText]:
    """The pages of ``document_words``, whose arguments these are."""
    return document_words(
        document, version=version, content=content, folder=folder, confidences=confidences
    ).pages


def document_words(
    document: Document,
    *,
    version: int,
    content: HeldContent,
    folder: Path,
    confidences: bool = False,
) -> DocumentWords:
    """Page texts: what was read from a scan, else the text layer of the PDF; then the parts of
    office files, letters and texts that no PDF was made of.

    What cannot be read has no words: it stays findable by its data.

    Args:
        version: of the package, that the copies hold; the rows may say more already.
        folder: where fetched files lie for a moment.
        confidences: also read how sure the reading of a scan was.
    """
    pages = _of_pages(document, version, content, folder, confidences=confidences)
    unread: dict[UUID, str] = {}
    for file in _without_pages(document, version):
        with work_place(folder, "text-") as place:
            found = read_words(_fetched(file, content, place), _extension(file))
        if isinstance(found, UnreadWords):
            unread[file.id] = found.reason
            continue
        first = len(pages) + 1
        pages += [
            PageText(number, section.text, part=section.place)
            for number, section in enumerate(found, start=first)
        ]
    return DocumentWords(pages, unread)


def _of_pages(
    document: Document, version: int, content: HeldContent, folder: Path, *, confidences: bool
) -> list[PageText]:
    with work_place(folder, "text-") as place:
        plain, alto = document.text_files(version)
        if plain is not None:
            path = _fetched(alto, content, place) if alto and confidences else None
            return scan_texts(_fetched(plain, content, place), path)
        pdf = document.readable_pdf(version)
        if pdf is None:
            return []
        try:
            return pdf_texts(_fetched(pdf, content, place))
        except TextUnreadableError:
            return []


def _without_pages(document: Document, version: int) -> list[DigitalObject]:
    """What was received as text of another kind, and has no PDF that says the same."""
    current = document.current_files(version)
    made = {
        path for file in current if file.role is not FileRole.ORIGINAL for path in file.derived_from
    }
    return [
        file
        for file in current
        if file.role is FileRole.ORIGINAL and file.path not in made and has_words(_extension(file))
    ]


def _extension(file: DigitalObject) -> str:
    return file.path.rpartition(".")[2].lower()


def _fetched(file: DigitalObject, content: HeldContent, place: Path) -> Path:
    target = place / file.path.rpartition("/")[2]
    content.fetch(file.sha256, file.size_bytes, target)
    return target
