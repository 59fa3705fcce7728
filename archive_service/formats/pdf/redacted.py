"""Pages of a PDF with areas blackened, as pictures alone; made in a child process.

A page is drawn, and nothing else of it goes on: text, layers, form values, notes, attachments and
earlier revisions stay behind. There is no text layer either, for what lies unseen in a page cannot
be told from what is seen.
"""

import datetime as dt
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.output import Output
from archive_service.formats.pdf.check_code import (
    MARGIN_PT,
    SIDE_PT,
    CheckCode,
    draw_check_code,
)
from archive_service.formats.pdf.pdfa import FLAVOUR, describe_pdf, save_pdfa
from archive_service.formats.picture import LONGEST_PX, QUALITY, drawn_apart

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfDocument

DPI = 200  # as NĐ 30/2020, article 25, asks of a copy
_FILE_LIMIT_S = 300
_PAGES_AT_ONCE = 20  # in memory
_MARK_PT = 13.0
_MARGIN_PT = 28.0  # 10 mm from the right, half as much from above


@dataclass(frozen=True, slots=True)
class Area:
    """Of page ``page``, from 1, as it is shown: parts of its width and height from upper left."""

    page: int
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Words, a line each, in the letters of the file ``face``; ``check`` stands below the page."""

    words: tuple[str, ...]
    face: str
    check: CheckCode


def shown_sizes(path: Path) -> list[tuple[float, float]]:
    """Width and height of each page as it is shown, in points.

    Raises:
        PictureImpossibleError: damaged.
    """
    return drawn_apart(shown_sizes_here, path)


def shown_sizes_here(path: Path) -> list[tuple[float, float]]:
    """``shown_sizes`` in this very process."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        return [pdf.get_page_size(index) for index in range(len(pdf))]


def make_page_picture(path: Path, number: int) -> bytes:
    """Page ``number``, from 1, as a JPEG with all that a redacted page would show.

    Raises:
        PictureImpossibleError: damaged, or it has no such page.
    """
    return drawn_apart(make_page_picture_here, path, number)


def make_page_picture_here(path: Path, number: int) -> bytes:
    """``make_page_picture`` in this very process."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        return _jpeg(drawn_for_reading(pdf, number, ()))


def drawn_for_reading(pdf: "PdfDocument", number: int, areas: Sequence[Area]) -> "Image.Image":
    """Page ``number``, from 1, as large as a screen shows it, with the areas of it blackened."""
    pdf.init_forms()
    return _drawn(pdf, number, areas, LONGEST_PX / max(pdf.get_page_size(number - 1)))


def make_redacted(
    source: Path,
    target: Path,
    *,
    pages: Sequence[int],
    areas: Sequence[Area],
    title: str,
    made_at: dt.datetime,
    mark: Mark | None = None,
) -> None:
    """Write these pages, from 1, as a PDF/A of pictures with the areas blackened.

    Args:
        mark: drawn in the upper right corner of the first of them, its code in the lower left.

    Raises:
        PictureImpossibleError: damaged, too large, or it has no such page.
    """
    drawn_apart(
        make_redacted_here,
        source,
        Output(target),
        list(pages),
        list(areas),
        title,
        made_at,
        mark,
        limit_s=_FILE_LIMIT_S,
    )


def make_redacted_here(
    source: Path,
    target: Path,
    pages: list[int],
    areas: list[Area],
    title: str,
    made_at: dt.datetime,
    mark: Mark | None,
) -> None:
    """``make_redacted`` in this very process."""
    import img2pdf
    import pikepdf
    from pikepdf import pdfa

    with pikepdf.new() as whole:
        for first in range(0, len(pages), _PAGES_AT_ONCE):
            drawn = _pictures(source, pages[first : first + _PAGES_AT_ONCE], areas)
            if mark is not None and first == 0:
                _put_mark(drawn[0], mark)
            pictures = [_jpeg(image) for image in drawn]
            with pikepdf.open(io.BytesIO(img2pdf.convert(pictures, nodate=True))) as some:
                whole.pages.extend(some.pages)
        describe_pdf(whole, title, made_at)
        pdfa.prepare(whole, FLAVOUR)
        describe_pdf(whole, title, made_at)
        save_pdfa(whole, target)


def _pictures(source: Path, numbers: list[int], areas: list[Area]) -> list["Image.Image"]:
    import pypdfium2

    with pypdfium2.PdfDocument(source) as pdf:  # anew: PDFium keeps every image it came by
        pdf.init_forms()
        return [_drawn(pdf, number, areas, DPI / 72) for number in numbers]


def _put_mark(image: "Image.Image", mark: Mark) -> None:
    """The words on white, whatever lies below them; smaller on a page that is too narrow."""
    from PIL import ImageDraw, ImageFont

    draw = ImageDraw.Draw(image)
    size = round(_MARK_PT * DPI / 72)
    words = "\n".join(mark.words)
    font = ImageFont.truetype(mark.face, size)
    while draw.multiline_textbbox((0, 0), words, font)[2] > image.width * 0.8 and size > 8:
        size -= 1
        font = ImageFont.truetype(mark.face, size)
    at = (image.width - round(_MARGIN_PT * DPI / 72), round(_MARGIN_PT / 2 * DPI / 72))
    box = draw.multiline_textbbox(at, words, font, "ra", align="right")
    edge = size // 3
    draw.rectangle((box[0] - edge, box[1] - edge, box[2] + edge, box[3] + edge), fill="white")
    draw.multiline_text(at, words, "black", font, "ra", align="right")
    code = draw_check_code(mark.check).convert("RGB")
    side = round(SIDE_PT * DPI / 72)
    code = code.resize((side, side * code.height // code.width))
    edge = round(MARGIN_PT * DPI / 72)
    image.paste(code, (edge, image.height - edge - code.height))


def _drawn(pdf: "PdfDocument", number: int, areas: Sequence[Area], scale: float) -> "Image.Image":
    """Blackened before it is compressed, so that no trace is left at the edges."""
    from PIL import ImageDraw

    page = pdf[number - 1]
    image: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    draw = ImageDraw.Draw(image)
    for area in areas:
        if area.page == number:
            left, top = math.floor(area.left * image.width), math.floor(area.top * image.height)
            right = math.ceil((area.left + area.width) * image.width)
            bottom = math.ceil((area.top + area.height) * image.height)
            draw.rectangle((left, top, right, bottom), fill="black")
    return image


def _jpeg(image: "Image.Image") -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, dpi=(DPI, DPI))
    return out.getvalue()
