"""The words of a document page by page, from the files that its package holds."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from archive_service.domain.case_files.document import PDF, DigitalObject, Document, FileRole
from archive_service.formats.page_text import PageText, readable_texts, scan_texts
from archive_service.formats.words.read import UnreadWords, has_words, read_words
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place

_NAME_LETTERS = 150  # of the name of a file


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
    """Page texts: what was read from a scan, else the text layer of the PDF that is shown; then
    the pages of its other PDFs, the parts of office files, letters and texts that no PDF was made
    of, each with its place.

    What cannot be read has no words, and is told in ``unread``: it stays findable by its data.

    Args:
        version: of the package, that the copies hold; the rows may say more already.
        folder: where fetched files lie for a moment.
        confidences: also read how sure the reading of a scan was.
    """
    unread: dict[UUID, str] = {}
    shown = document.readable_pdf(version)
    plain, alto = document.text_files(version)
    pages: list[PageText] = []
    with work_place(folder, "text-") as place:
        if plain is not None:
            path = _fetched(alto, content, place) if alto and confidences else None
            pages += scan_texts(_fetched(plain, content, place), path)
        elif shown is not None:
            pages += _read(shown, content, place, unread)
    for received in _other_pdfs(document, version):
        with work_place(folder, "text-") as place:
            text, pdf = _words_and_pages(document, received, version)
            own = (
                _read(pdf, content, place, unread)
                if text is None
                else scan_texts(_fetched(text, content, place))
            )
        pages += [
            PageText(number, page.text, part=file_place(received, page.number))
            for number, page in enumerate(own, start=len(pages) + 1)
        ]
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


def file_place(file: DigitalObject, page: int) -> str:
    """A page of a file of the document that is not the one that is shown."""
    return f"file:{page}:{file.name.rpartition('/')[2][-_NAME_LETTERS:]}"


def _other_pdfs(document: Document, version: int) -> list[DigitalObject]:
    """As they were received, but the one that is shown and those that it was made of."""
    shown = document.readable_pdf(version)
    known = set() if shown is None else document.sources(shown)
    current = document.current_files(version)
    return [file for file in document.incoming_pdfs() if file in current and file.path not in known]


def _words_and_pages(
    document: Document, received: DigitalObject, version: int
) -> tuple[DigitalObject | None, DigitalObject]:
    """The text that was read from a PDF, if any, and the PDF that says most of it."""
    current = document.current_files(version)
    made = [file for file in current if received.path in document.sources(file)]
    texts = (file for file in reversed(made) if file.role is FileRole.TEXT)
    plain = next((file for file in texts if file.media_type == "text/plain"), None)
    pdfs = (file for file in reversed(made) if file.media_type == PDF)
    return plain, next(pdfs, received)


def _read(
    pdf: DigitalObject, content: HeldContent, place: Path, unread: dict[UUID, str]
) -> list[PageText]:
    pages, why = readable_texts(_fetched(pdf, content, place))
    unread |= {pdf.id: why} if why else {}
    return pages


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
