"""The clear copy: all pages of a document as they are read best, in one small PDF/A-2b.

Pages of print are laid down in layers (``mixed_raster``), with their words unseen above; a page
that is a picture, or was never scanned, goes in as it came. Made in a child process, for reading
alone: it is no part of any package.
"""

import datetime as dt
import math
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.pdf.layers import OF_SHEETS, layer_of
from archive_service.formats.pdf.pdfa import CopyFacts
from digitize.documents.pdfa import add_words, image_to_pdf_here, write_pdfa
from digitize.documents.text_layer import make_font
from digitize.looks.mixed_raster import Layers, Stencil, layers_of
from digitize.looks.page import Look, as_it_came, look_of
from digitize.ocr.pixels import PagePixels, load_pixels
from digitize.ocr.words import Line, PageReading, Word

if TYPE_CHECKING:
    import pikepdf

_POINTS = 72
_LEAST_DPI, _USUAL_DPI, _MOST_DPI = 150.0, 200.0, 300.0  # at which a page of a PDF is drawn
_LONGEST_PX = 2200  # of a picture for the viewer: sharp at its widest
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Source:
    """One page: an image, or page ``number`` of a PDF; ``reading`` says its words, by its sides."""

    path: Path
    number: int = 0  # from 1, of a PDF; 0: an image
    turn_deg: int = 0
    dpi: float | None = None
    reading: PageReading | None = None


@dataclass(frozen=True, slots=True)
class ClearWord:
    """A word on a line of the page; where it stands in shares of the page."""

    text: str
    line: int
    x: float
    y: float
    width: float
    height: float


def clear_page_here(source: Source, most_pixels: int) -> tuple[bytes, list[ClearWord]]:
    """A page as a JPEG for browsers, and its words, in this very process.

    Raises what decoding raises.
    """
    import cv2

    with tempfile.TemporaryDirectory() as folder:
        look = _look(source, Path(folder), most_pixels)
    height, width = look.image.shape[:2]
    share = min(1.0, _LONGEST_PX / max(height, width))
    image = cv2.resize(look.image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    words = [
        ClearWord(
            text=word.text,
            line=number,
            x=round(word.left / width, 5),
            y=round(word.top / height, 5),
            width=round((word.right - word.left) / width, 5),
            height=round((word.bottom - word.top) / height, 5),
        )
        for number, line in enumerate(_lines(look, source.reading))
        for word in line.words
    ]
    return data.tobytes(), words


def clear_copy_here(
    pages: Sequence[Source],
    target: Path,
    most_pixels: int,
    title: str,
    made_at: dt.datetime,
    about: CopyFacts,
) -> None:
    """The PDF at ``target``, in this very process; raises what decoding raises.

    Raises:
        NotPdfaError: a page that goes in as it came holds what PDF/A forbids.
    """
    import pikepdf

    with pikepdf.new() as pdf, ExitStack() as opened:
        font = make_font(pdf)
        for page in pages:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=target.parent)))
            _add_page(pdf, page, folder, font, opened, most_pixels)
        write_pdfa(pdf, target, title, made_at, about)


def _add_page(
    pdf: "pikepdf.Pdf",
    page: Source,
    folder: Path,
    font: "pikepdf.Object",
    opened: ExitStack,
    most_pixels: int,
) -> None:
    import pikepdf

    look = _look(page, folder, most_pixels)
    if page.number and not look.is_print:
        source = opened.enter_context(pikepdf.open(page.path))
        pdf.pages.append(source.pages[page.number - 1])  # with its words
        return
    if look.is_print:
        width, height = (_POINTS * side / look.dpi for side in look.image.shape[1::-1])
        added = pdf.add_blank_page(page_size=(width, height))
        _paint(pdf, added, layers_of(look), width, height)
        rows, columns = look.image.shape[:2]
        reading = PageReading(columns, rows, look.dpi, tuple(_lines(look, page.reading)))
    else:
        alone = folder / "picture.pdf"
        image_to_pdf_here(page.path, alone, look.shown.dpi * look.shown.scale)
        pdf.pages.extend(opened.enter_context(pikepdf.open(alone)).pages)
        added, reading = pdf.pages[-1], page.reading or PageReading(0, 0, 0.0)
        added.rotate(page.turn_deg % 360, relative=True)
    if reading.lines:
        add_words(added, reading, font)


def _paint(
    pdf: "pikepdf.Pdf", page: "pikepdf.Page", layers: Layers, width: float, height: float
) -> None:
    import pikepdf
    from pikepdf import Name

    operators = []
    if layers.below:
        below = pdf.make_stream(
            layers.below,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=layers.width,
            Height=layers.height,
            ColorSpace=Name.DeviceGray if layers.channels == 1 else Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        page.add_resource(below, Name.XObject, Name("/Below"))
        operators.append(f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Below Do Q")
    for number, stencil in enumerate(layers.stencils):
        name = f"/Ink{number}"
        page.add_resource(_stencil(pdf, stencil), Name.XObject, Name(name))
        colour = " ".join(f"{part:.3f}" for part in stencil.colour)
        operators.append(f"q {colour} rg {width:.3f} 0 0 {height:.3f} 0 0 cm {name} Do Q")
    page.Contents = pikepdf.Stream(pdf, "\n".join([*operators, ""]).encode("ascii"))


def _stencil(pdf: "pikepdf.Pdf", stencil: Stencil) -> "pikepdf.Object":
    from pikepdf import Dictionary, Name

    return pdf.make_stream(
        stencil.data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=stencil.width,
        Height=stencil.height,
        ImageMask=True,
        BitsPerComponent=1,
        Filter=Name.CCITTFaxDecode,
        DecodeParms=Dictionary(K=-1, Columns=stencil.width, Rows=stencil.height),
    )


def _lines(look: Look, reading: PageReading | None) -> list[Line]:
    """The lines of words on the image of the look."""
    return [] if reading is None else [_line(line, look, reading) for line in reading.lines]


def _line(line: Line, look: Look, reading: PageReading) -> Line:
    left, top, right, bottom = _box(line, look, reading)
    words = tuple(_word(word, look, reading) for word in line.words)
    return replace(
        line, words=words, left=left, top=top, right=right, bottom=bottom,
        baseline_left=bottom, baseline_right=bottom,
    )  # fmt: skip


def _word(word: Word, look: Look, reading: PageReading) -> Word:
    left, top, right, bottom = _box(word, look, reading)
    return replace(word, left=left, top=top, right=right, bottom=bottom)


def _box(item: Word | Line, look: Look, reading: PageReading) -> tuple[int, int, int, int]:
    """The upright box in the middle of where its four corners come to lie."""
    import numpy as np

    left, top, right, bottom = reading.on_page(item)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    placed = look.places(corners / (max(reading.width_px, 1), max(reading.height_px, 1)))
    across, down = np.sort(placed[:, 0]), np.sort(placed[:, 1])
    sides = across[:2].mean(), down[:2].mean(), across[2:].mean(), down[2:].mean()
    x1, y1, x2, y2 = (round(float(side)) for side in sides)
    return x1, y1, x2, y2


def _look(source: Source, folder: Path, most_pixels: int) -> Look:
    """The page made easy to read; one that was never scanned as it is."""
    path, dpi, turn, is_sheet = source.path, source.dpi, source.turn_deg, True
    if source.number:
        path, dpi, is_sheet = _drawn(source, folder)
    page = load_pixels(path, turn_deg=turn, dpi=dpi, most_pixels=most_pixels)
    return look_of(_upright(page, source.reading)) if is_sheet else as_it_came(page)


def _upright(page: PagePixels, reading: PageReading | None) -> PagePixels:
    """Turned as its lines run, where they were read."""
    if reading is None:
        return page
    lines = [line.words for line in reading.lines if len(line.words) > 1]
    ends = [(reading.on_page(first), reading.on_page(last)) for first, *_, last in lines]
    across = sum(last[0] - first[0] for first, last in ends)
    down = sum(last[1] - first[1] for first, last in ends)
    runs = 0 if across >= 0 else 180
    if abs(down) > abs(across):
        runs = 270 if down > 0 else 90  # clockwise, until they run to the right
    turn = (runs - page.turn_deg) % 360 if across or down else 0
    return page.turned(turn) if turn else page


def _drawn(source: Source, folder: Path) -> tuple[Path, float, bool]:
    """A page of a PDF as an image, its resolution, and whether it is the image of a sheet."""
    import pypdfium2
    from pypdfium2 import raw

    with pypdfium2.PdfDocument(source.path) as pdf:
        page = pdf[source.number - 1]
        is_sheet = layer_of(page, source.number).kind in OF_SHEETS
        images = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])
        fine = max((_dpi_of(image) for image in images), default=0.0) if is_sheet else _USUAL_DPI
        dpi = min(max(fine, _LEAST_DPI), _MOST_DPI)
        image = page.render(scale=dpi / _POINTS).to_pil()
    target = folder / "page.png"
    image.save(target, compress_level=1)
    return target, dpi, is_sheet


def _dpi_of(image: Any) -> float:
    """Of an image that stands on a page."""
    left, bottom, right, top = image.get_bounds()
    width_px, height_px = image.get_px_size()
    area = max((right - left) * (top - bottom), 1.0)
    return float(math.sqrt(width_px * height_px / area) * _POINTS)
