"""The words of a printed paper."""

import unicodedata
from functools import cache
from pathlib import Path

import pypdfium2


@cache
def read(pdf: Path) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())
