"""Words on a page of a PDF that are no content of it: fields filled in, notes, stamps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_MOST = 2_000  # notes and fields of a page
_MOST_BYTES = 64 << 10  # of one of them
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_SILENT = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)
_WRITTEN = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX)


@contextmanager
def with_fields(path: Path) -> Iterator["PdfDocument | None"]:
    """The PDF once more, as one whose values of fields can be asked for; ``None``: it has none.

    PDFium then draws fields without a picture itself, in letters that are not Vietnamese.
    """
    with pypdfium2.PdfDocument(path) as pdf:
        if pdf.get_formtype() != pdfium.FORMTYPE_ACRO_FORM:
            yield None
        else:
            pdf.init_forms()
            yield pdf


def is_annotated(page: "PdfPage") -> bool:
    """Whether anything is seen on it beside its content."""
    return any(True for _ in _notes(page))


def notes_of(page: "PdfPage") -> list[str]:
    """What its notes and stamps say, where they are opened as well."""
    return [_text(pdfium.FPDFAnnot_GetStringValue, note, b"Contents") for _, note in _notes(page)]


def values_of(forms: "PdfDocument", number: int) -> list[str]:
    """What was written into the fields of a page, from 0; inherited values too."""
    page = forms[number]
    found = [
        _text(pdfium.FPDFAnnot_GetFormFieldValue, forms.formenv, note)
        for kind, note in _notes(page)
        if kind == pdfium.FPDF_ANNOT_WIDGET
        and pdfium.FPDFAnnot_GetFormFieldType(forms.formenv, note) in _WRITTEN
    ]
    page.close()
    return found


def leave_pictures(page: "PdfPage") -> None:
    """Nothing stays of the page but pictures of its fields, notes and stamps, as its content.

    In memory alone; the page is to be closed, and asked for anew.
    """
    for drawn_object in [*page.get_objects(max_depth=1)]:
        page.remove_obj(drawn_object)
    page.gen_content()
    pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)


def _notes(page: "PdfPage") -> Iterator[tuple[int, Any]]:
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MOST)):
        note = pdfium.FPDFPage_GetAnnot(page, number)
        if not note:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        if kind not in _SILENT and not pdfium.FPDFAnnot_GetFlags(note) & _UNSEEN:
            yield kind, note
        pdfium.FPDFPage_CloseAnnot(note)


def _text(ask: Any, *of: Any) -> str:
    """PDFium says how many bytes it needs, then fills them: UTF-16 with a zero behind."""
    size = min(ask(*of, None, 0), _MOST_BYTES)
    letters = (pdfium.FPDF_WCHAR * (size // 2))()
    ask(*of, letters, size)
    return bytes(letters).decode("utf-16-le", errors="replace").rstrip("\0").strip()
