"""Whether page 1 of a PDF may bear words that no text layer has: a scan, a stamp's picture."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.pdf.layers import OF_SHEETS, bounds_of, layer_of
from archive_service.formats.pdf.text import MOST_BYTES

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_HIGH, _WIDE = 0.46, 0.58  # share of the page, from its upper left, in which a mark stands
_LEAST_PT = 14.0  # width and height of a picture of words; less is a sign, or a rule
_MOST_OBJECTS = 2_000


class Picture(StrEnum):
    """What lies on page 1 beside text."""

    NONE = ""
    SHEET = "sheet"  # the page is a scan, with words behind it or not
    STAMP = "stamp"  # a picture at its upper left


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
    images = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])
    return any(_is_upper_left(page, bounds_of(one)) for one in islice(images, _MOST_OBJECTS))


def _is_stamp(page: "PdfPage", at: int) -> bool:
    """An annotation with a picture of its own, whatever is drawn in it."""
    import ctypes

    from pypdfium2 import raw

    note, box = raw.FPDFPage_GetAnnot(page, at), raw.FS_RECTF()
    kind = raw.FPDFAnnot_GetSubtype(note)
    placed = raw.FPDFAnnot_GetRect(note, ctypes.byref(box))
    raw.FPDFPage_CloseAnnot(note)
    place = (box.left, box.bottom, box.right, box.top)
    return bool(placed) and kind == raw.FPDF_ANNOT_STAMP and _is_upper_left(page, place)


def _is_upper_left(page: "PdfPage", place: tuple[float, float, float, float]) -> bool:
    """Whether the place touches where a mark stands on the page as it is shown."""
    left, bottom, right, top = page.get_bbox()
    x1, y1, x2, y2 = place
    if x2 - x1 < _LEAST_PT or y2 - y1 < _LEAST_PT:
        return False
    wide, high = right - left, top - bottom
    across = ((x1 - left) / wide, (x2 - left) / wide)
    down = ((top - y2) / high, (top - y1) / high)
    for _ in range(page.get_rotation() // 90):  # clockwise
        across, down = (1 - down[1], 1 - down[0]), across
    return bool(across[0] < _WIDE and down[0] < _HIGH and across[1] > 0 and down[1] > 0)
