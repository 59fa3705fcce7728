"""The words of a document page by page, from the files that its package holds."""

from pathlib import Path

from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.formats.page_text import PageText, TextUnreadableError, pdf_texts, scan_texts
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place


def document_texts(
    document: Document,
    *,
    version: int,
    content: HeldContent,
    folder: Path,
    confidences: bool = False,
) -> list[PageText]:
    """Page texts: what was read from a scan, else the text layer of the PDF; else nothing.

    A PDF whose text cannot be read has no words: it stays findable by its data.

    Args:
        version: of the package, that the copies hold; the rows may say more already.
        folder: where fetched files lie for a moment.
        confidences: also read how sure the reading of a scan was.
    """
    with work_place(folder, "text-") as place:
        plain, alto = document.text_files(version)
        if plain is not None:
            told = _fetched(alto, content, place) if alto and confidences else None
            return scan_texts(_fetched(plain, content, place), told)
        pdf = document.readable_pdf(version)
        if pdf is None:
            return []
        try:
            return pdf_texts(_fetched(pdf, content, place))
        except TextUnreadableError:
            return []


def _fetched(file: DigitalObject, content: HeldContent, place: Path) -> Path:
    target = place / file.path.rpartition("/")[2]
    content.fetch(file.sha256, file.size_bytes, target)
    return target
