"""The text of a file page by page: of a PDF, of the text of a scan, of ALTO's confidences."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.pdf.parts import page_parts
from archive_service.text import fold, nfc

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

PAGE_BREAK = "\f"  # ends every page of a text, as in the output of pdftotext
MAX_PAGE_CHARACTERS = 100_000  # a page that claims more is not text to be found


PAGES_UNREAD, CUT = "pages-unread", "cut"  # why words of a PDF are not found, some of them


class TextUnreadableError(InputError):
    """The parser gave up on this file; it can be opened, but its words are not found."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What one page says; ``confidence`` is 0 to 100, ``None`` where nobody had to guess."""

    number: int  # from 1
    text: str
    confidence: float | None = None
    part: str = ""  # of a file without pages: ``kind:name``, as in ``words/section.py``


def pdf_texts(path: Path, *, limit_s: float = 120.0, memory_mib: int = 1024) -> list[PageText]:
    """The text layer of a PDF, read in a child process under limits.

    Raises:
        TextUnreadableError: the parser crashed, hung or asked for too much, or fell over a page.
    """
    pages, unread = readable_texts(path, limit_s=limit_s, memory_mib=memory_mib)
    if unread not in ("", CUT):
        raise TextUnreadableError(file=path.name, reason=unread)
    return pages


def readable_texts(
    path: Path, *, limit_s: float = 120.0, memory_mib: int = 1024
) -> tuple[list[PageText], str]:
    """The same as far as it can be read, and why some of it is not; empty where all is."""
    texts = run_limited(pdf_texts_here, path, limit_s=limit_s, memory_mib=memory_mib)
    if isinstance(texts, ParserFailure):
        return [], texts.reason.value
    pages = [PageText(number, nfc(text or "")) for number, text in enumerate(texts, start=1)]
    if None in texts:
        return pages, PAGES_UNREAD
    return pages, CUT if any(len(text or "") >= MAX_PAGE_CHARACTERS for text in texts) else ""


def pdf_texts_here(path: Path) -> list[str | None]:
    """What each page says, in this very process; ``None`` for a page that cannot be read."""
    import pypdfium2

    from archive_service.formats.pdf.annotated import with_fields

    texts: list[str | None] = []
    with pypdfium2.PdfDocument(path) as pdf:
        count = len(pdf)
    for part in page_parts(count, path.stat().st_size):
        with pypdfium2.PdfDocument(path) as pdf, with_fields(path) as forms:
            texts += [_text_of_page(pdf, forms, number) for number in part]
    return texts


def _text_of_page(pdf: "PdfDocument", forms: "PdfDocument | None", number: int) -> str | None:
    from pypdfium2 import PdfiumError

    try:
        return _seen_text(pdf, forms, number)
    except PdfiumError:
        return None


def _seen_text(pdf: "PdfDocument", forms: "PdfDocument | None", number: int) -> str:
    """Its content, then what is seen beside it and does not say the same."""
    from archive_service.formats.pdf import annotated

    page = pdf[number]
    text = _page_text(page)
    if not annotated.is_annotated(page):
        page.close()
        return text
    notes = annotated.notes_of(page)
    annotated.leave_pictures(page)
    page.close()
    page = pdf[number]
    values = annotated.values_of(forms, number) if forms is not None else []
    seen_text = _compared(text)
    for words in (_page_text(page), *values, *notes):
        if (more := _compared(words)) not in seen_text:
            text, seen_text = f"{text}\n{words}", f"{seen_text} {more}"
    page.close()
    return text


def _compared(text: str) -> str:
    return " ".join(fold(text).split())


def _page_text(page: "PdfPage") -> str:
    found = page.get_textpage()
    count = min(found.count_chars(), MAX_PAGE_CHARACTERS)
    text: str = found.get_text_range(0, count) if count else ""
    found.close()
    return text


def scan_texts(text: Path, alto: Path | None = None) -> list[PageText]:
    """The pages of a digitized document: its plain text, with ALTO's confidence where given."""
    pages = split_pages(text.read_text(encoding="utf-8"))
    confidences = dict(_confidences(alto)) if alto is not None else {}
    return [
        PageText(number, page, confidences.get(number))
        for number, page in enumerate(pages, start=1)
    ]


def split_pages(text: str) -> list[str]:
    """The pages of a text in which every page, also an empty one, ends with ``PAGE_BREAK``."""
    return [page.rstrip("\n") for page in text.split(PAGE_BREAK)[:-1]]


def _confidences(alto: Path) -> Iterator[tuple[int, float]]:
    from lxml import etree

    for _, page in etree.iterparse(alto, tag="{*}Page", no_network=True, resolve_entities=False):
        if (confidence := page.get("PC")) is not None:
            yield int(page.get("PHYSICAL_IMG_NR", "0")), round(float(confidence) * 100, 1)
        page.clear()
