"""Whether page 1 of a PDF may bear words that no text layer has: a scan, a stamp's picture."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.pdf.layers import OF_SHEETS, bounds_of, layer_of
from archive_service.formats.pdf.text import MOST_BYTES

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage

_LEAST_PT = 14.0  # width and height of a picture of words; less is a sign, or a rule
_MOST_OBJECTS = 2_000
_LETTER_PT = (6.0, 90.0)  # height of letters that are drawn as lines
_LEAST_STROKES = 8  # of a drawn letter; of a rule or a box fewer


class Picture(StrEnum):
    """What lies on page 1 beside text."""

    NONE = ""
    SHEET = "sheet"  # the page is a scan, with words behind it or not
    STAMP = "stamp"  # an image, a stamp, or letters that are drawn and no text


def first_picture_here(path: Path) -> Picture:
    """In this very process; no image is decoded."""
    import pypdfium2

    if path.stat().st_size > MOST_BYTES:
        return Picture.NONE
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            if not len(pdf):
                return Picture.NONE
            page = pdf[0]
            if layer_of(page, 1).kind in OF_SHEETS:
                return Picture.SHEET
            return Picture.STAMP if _has_stamp(page) else Picture.NONE
    except pypdfium2.PdfiumError:
        return Picture.NONE


def _has_stamp(page: "PdfPage") -> bool:
    from itertools import islice

    from pypdfium2 import raw

    if any(_is_stamp(page, at) for at in range(raw.FPDFPage_GetAnnotCount(page))):
        return True
    wanted = [raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH]
    return any(map(_is_drawn, islice(page.get_objects(filter=wanted), _MOST_OBJECTS)))


def _is_stamp(page: "PdfPage", at: int) -> bool:
    """An annotation with a picture of its own, whatever is drawn in it."""
    from pypdfium2 import raw

    note = raw.FPDFPage_GetAnnot(page, at)
    kind = raw.FPDFAnnot_GetSubtype(note)
    raw.FPDFPage_CloseAnnot(note)
    return bool(kind == raw.FPDF_ANNOT_STAMP)


def _is_drawn(item: "PdfObject") -> bool:
    """Whether an image or a path is large enough for words, and more than rules and boxes."""
    from pypdfium2 import raw

    left, bottom, right, top = bounds_of(item)
    if item.type == raw.FPDF_PAGEOBJ_IMAGE:
        return right - left >= _LEAST_PT and top - bottom >= _LEAST_PT
    strokes = raw.FPDFPath_CountSegments(item)
    return bool(_LETTER_PT[0] <= top - bottom <= _LETTER_PT[1] and strokes >= _LEAST_STROKES)
