"""The words of a PDF's first and last page, as its text layer has them; read in a child."""

from dataclasses import dataclass
from pathlib import Path

from archive_service.text import nfc

MOST_BYTES = 1 << 30  # PDFium counts in 32 bits; so large a file is no letter
MOST_LETTERS = 6_000  # of a page


@dataclass(frozen=True, slots=True)
class PageText:
    """Words with their lines, NFC; ``last`` is empty where there is one page alone."""

    first: str = ""
    last: str = ""


def read_text_here(path: Path) -> PageText | None:
    """In this very process; ``None`` where PDFium does not open the file."""
    import pypdfium2

    if path.stat().st_size > MOST_BYTES:
        return None
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            count = len(pdf)
            first = _words(pdf, 0) if count else ""
            last = _words(pdf, count - 1) if count > 1 else ""
    except pypdfium2.PdfiumError:
        return None
    return PageText(first, last)


def _words(pdf: object, number: int) -> str:
    import pypdfium2

    assert isinstance(pdf, pypdfium2.PdfDocument)  # noqa: S101 - for the types
    page = pdf[number]
    found = page.get_textpage()
    letters = min(found.count_chars(), MOST_LETTERS)
    text = found.get_text_range(0, letters, errors="replace") if letters else ""
    found.close()
    page.close()
    return nfc(text.replace("\r\n", "\n").replace("\x00", ""))
