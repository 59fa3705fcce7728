"""What the pages of a PDF are: text that was written, or the image of a sheet, with words or not.

Read by PDFium from the objects of each page; no image is decoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.pdf.parts import page_parts
from archive_service.text import nfc

if TYPE_CHECKING:
    from pypdfium2 import PdfObject, PdfPage, PdfTextPage

COVERING = 0.5  # share of the page that the image of a sheet covers at least
# Letters that may be seen on the image of a sheet: a stamp of receipt, a running head.
FEW_LETTERS = 100
FEW_UNSEEN = 20  # letters; fewer are what is left of something else
TEXT_LIMIT = 20_000  # characters of one page that are looked at


class PageKind(StrEnum):
    """What one page is."""

    WRITTEN = "written"  # born digital: its text is drawn
    IMAGE = "image"  # the image of a sheet, without words
    IMAGE_WITH_TEXT = "image-with-text"  # words lie unseen over or under the image
    OTHER = "other"  # neither: empty, or drawn lines


OF_SHEETS = (PageKind.IMAGE, PageKind.IMAGE_WITH_TEXT)


@dataclass(frozen=True, slots=True)
class PageLayer:
    """One page; ``hidden_text`` is given of an image with words, and of nothing else."""

    number: int  # from 1
    kind: PageKind
    image_share: float  # of its area, 0 to 1
    letters: int  # seen and unseen
    seen: int = 0  # letters that a person sees on the image of a sheet
    hidden_text: str = ""


def iter_layers(path: Path) -> Iterator[PageLayer]:
    """Each page in its order; in this very process, so only in a child under limits."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        count = len(pdf)
    for part in page_parts(count, path.stat().st_size):
        with pypdfium2.PdfDocument(path) as pdf:
            for number in part:
                page = pdf[number]
                yield layer_of(page, number + 1)
                page.close()


def layer_of(page: "PdfPage", number: int) -> PageLayer:
    """One page that is open; ``number`` counts from 1."""
    found = page.get_textpage()
    letters = found.count_chars()
    share = _image_share(page)
    if share < COVERING:
        kind = PageKind.WRITTEN if letters else PageKind.OTHER
        layer = PageLayer(number, kind, share, letters, letters)
    else:
        layer = _layer_of_sheet(page, found, number, share)
    found.close()
    return layer


def _layer_of_sheet(page: "PdfPage", found: "PdfTextPage", number: int, share: float) -> PageLayer:
    letters = found.count_chars()
    seen, unseen = _count_letters(page, found) if letters else (0, 0)
    if seen >= FEW_LETTERS:
        return PageLayer(number, PageKind.WRITTEN, share, letters, seen)
    if unseen < FEW_UNSEEN:
        return PageLayer(number, PageKind.IMAGE, share, letters, seen)
    text = nfc(found.get_text_range(0, min(letters, TEXT_LIMIT)))
    return PageLayer(number, PageKind.IMAGE_WITH_TEXT, share, letters, seen, text)


def _image_share(page: "PdfPage") -> float:
    """How much of the page its images cover; of images in strips each counts."""
    from pypdfium2 import raw

    left, bottom, right, top = page.get_bbox()
    area = max((right - left) * (top - bottom), 1.0)
    covered = 0.0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        x1, y1, x2, y2 = bounds_of(item)
        width = min(x2, right) - max(x1, left)
        height = min(y2, top) - max(y1, bottom)
        covered += max(width, 0.0) * max(height, 0.0)
    return float(round(min(covered / area, 1.0), 3))


def _count_letters(page: "PdfPage", found: "PdfTextPage") -> tuple[int, int]:
    """Letters that a person sees, and those written unseen or painted over by a large image."""
    from pypdfium2 import raw

    left, bottom, right, top = page.get_bbox()
    area = max((right - left) * (top - bottom), 1.0)
    seen = unseen = 0
    wanted = [raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT]
    for item in page.get_objects(filter=wanted, textpage=found):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            x1, y1, x2, y2 = bounds_of(item)
            if (x2 - x1) * (y2 - y1) / area >= COVERING:
                seen, unseen = 0, unseen + seen
            continue
        # Bytes of UTF-16 with a closing zero.
        letters = max(raw.FPDFTextObj_GetText(item, found, None, 0) // 2 - 1, 0)
        if raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            unseen += letters
        else:
            seen += letters
    return seen, unseen


def bounds_of(item: "PdfObject") -> tuple[float, float, float, float]:
    """On the page; what lies inside a form is where the form is."""
    placed = item if item.container is None else item.container
    left, bottom, right, top = placed.get_bounds()
    return left, bottom, right, top
