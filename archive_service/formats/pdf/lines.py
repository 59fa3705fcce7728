"""Lines of text of a PDF's pages, and of what lies upon them: notes, stamps, fields of forms."""

import ctypes
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.pdf.parts import page_parts

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_MOST_PAGES = 3_000
_MOST_LETTERS = 20_000  # of a page
_MOST_NOTES = 500  # of a page
_HEAD_LINES = 12  # of pages behind the first, where a mark of another document may stand
_HIDDEN = 2  # flag of an annotation that is neither shown nor printed
_TURNED = 5  # degrees from the other letters: a word across the page, or on its edge


def pdf_lines(path: Path) -> Iterator[str]:
    """Of the first page all, of the others the head; a blank line after each.

    Raises:
        ValueError: PDFium does not open it.
    """
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as pdf:
            count = min(len(pdf), _MOST_PAGES)
        for part in page_parts(count, path.stat().st_size):
            with pypdfium2.PdfDocument(path) as pdf:
                if pdf.get_formtype():
                    pdf.init_forms()
                for number in part:
                    yield from _page_lines(pdf, number)
                    yield ""
    except pypdfium2.PdfiumError as wrong:
        raise ValueError("not opened") from wrong


def _page_lines(pdf: "PdfDocument", number: int) -> Iterator[str]:
    page = pdf[number]
    text, turned = _text(page, with_turned=number == 0)
    lines = [line for line in text.splitlines() if line.strip()]
    yield from lines if number == 0 else lines[:_HEAD_LINES]
    yield from turned
    noted = [line for note in _noted(pdf, page) for line in ("", *note.splitlines())]
    page.close()
    yield from noted
    if noted:
        yield from ("", *_drawn_upon(pdf, number, set(lines)))


def _text(page: "PdfPage", *, with_turned: bool) -> tuple[str, list[str]]:
    """The page's text, and what of it is drawn at an angle to the rest, which joins other lines."""
    found = page.get_textpage()
    letters = min(found.count_chars(), _MOST_LETTERS)
    text: str = found.get_text_range(0, letters, errors="replace") if letters else ""
    turned = _turned(found, letters) if with_turned else []
    found.close()
    return text.replace("\x00", ""), turned


def _turned(found: Any, letters: int) -> list[str]:
    from math import degrees

    from pypdfium2 import raw

    signs = [
        (
            chr(raw.FPDFText_GetUnicode(found, at)),
            round(degrees(raw.FPDFText_GetCharAngle(found, at))) % 360,
        )
        for at in range(letters)
    ]
    angles = Counter(angle for sign, angle in signs if not sign.isspace())
    if len(angles) < 2:
        return []
    usual = angles.most_common(1)[0][0]
    lines = [""]
    for sign, angle in signs:
        if sign.isspace():
            lines[-1] += " "
        elif min((angle - usual) % 360, (usual - angle) % 360) > _TURNED:
            lines[-1] += sign
        elif lines[-1].strip():
            lines.append("")
    return [line for line in lines if line.strip()]


def _noted(pdf: "PdfDocument", page: "PdfPage") -> Iterator[str]:
    """Words of notes that lie open on the page, of stamps, and values of fields."""
    from pypdfium2 import raw

    seen = (raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_WATERMARK)
    for at in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, at)
        kind = raw.FPDFAnnot_GetSubtype(note)
        if raw.FPDFAnnot_GetFlags(note) & _HIDDEN:
            pass
        elif kind in seen:
            yield _utf16_string(raw.FPDFAnnot_GetStringValue, note, b"Contents")
        elif kind == raw.FPDF_ANNOT_WIDGET and pdf.formenv is not None:
            yield _utf16_string(raw.FPDFAnnot_GetFormFieldValue, pdf.formenv, note)
        raw.FPDFPage_CloseAnnot(note)


def _utf16_string(ask: Any, *of: Any) -> str:
    """A string that PDFium writes in UTF-16, once it told how long it is."""
    from pypdfium2 import raw

    size = min(ask(*of, None, 0), 2 * _MOST_LETTERS)
    room = ctypes.create_string_buffer(size + 2)
    ask(*of, ctypes.cast(room, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return room.raw[:size].decode("utf-16-le", errors="replace").rstrip("\0")


def _drawn_upon(pdf: "PdfDocument", number: int, known: set[str]) -> list[str]:
    """Lines that the pictures of notes, stamps and fields draw; the file stays as it is."""
    from pypdfium2 import raw

    page = pdf[number]
    raw.FPDFPage_Flatten(page, raw.FLAT_PRINT)
    page.close()
    page = pdf[number]
    text, _ = _text(page, with_turned=False)
    page.close()
    return [line for line in text.splitlines() if line.strip() and line not in known]
