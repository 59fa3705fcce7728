"""Pictures within e-mails, Office documents and PDFs, as pages that an engine may read."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.enclosed import Enclosed, pictures_here
from archive_service.formats.output import Output
from archive_service.formats.pdf.first_page import Picture, first_picture_here
from archive_service.formats.pdf.text import read_text_here
from digitize.ocr.page_scan import Part
from digitize.ocr.printed_words import LEAST_LETTERS, draw_first_here

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PAGES = 4  # of one file that are read; the first of a scan is the one that bears a mark
_LEAST_SIDES = (24, 60)  # pixels, of the shorter and the longer side of a picture of words
_PAGE_WIDTH = 700  # pixels from which on a picture may be a sheet, or a strip of one
_SHEET_IN = 8.27  # width of A4
_STAMP_IN = 1.6  # width of a usual stamp
_DPI = (72, 600)
_READ_DPI = 200
_MOST_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class EnclosedPage:
    """One picture that was taken out, by the name of its file."""

    name: str
    part: Part


def enclosed_pages(
    path: Path, media_type: str, extension: str, folder: Path, *, limit_s: float, memory_mib: int
) -> list[tuple[Path, Part]]:
    """Pictures of the file in ``folder``, which is there; none where it cannot be unpacked."""
    bounds: dict[str, Any] = {"limit_s": limit_s, "memory_mib": memory_mib}
    found = run_limited(_take_here, path, media_type, extension, Output(folder), **bounds)
    if isinstance(found, ParserFailure):
        return []
    return [
        (folder / enclosed_page.name, enclosed_page.part)
        for enclosed_page in found
        if (folder / enclosed_page.name).is_file()
    ]


def _take_here(path: Path, media_type: str, extension: str, folder: Path) -> list[EnclosedPage]:
    taken: list[EnclosedPage] = []
    for enclosed in pictures_here(path, media_type, extension):
        if len(taken) >= _MOST_PAGES:
            break
        part = _taken(enclosed, folder / f"{len(taken) + 1}.png")
        if part is not None:
            taken.append(EnclosedPage(f"{len(taken) + 1}.png", part))
    return taken


def _taken(enclosed: Enclosed, target: Path) -> Part | None:
    if enclosed.is_picture:
        return _picture(enclosed.data, target)
    if enclosed.extension == "pdf":
        return _page(enclosed.data, target)
    return None


def _page(data: bytes, target: Path) -> Part | None:
    """Page 1 of a PDF, all of it where it is a scan, else what is drawn on it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "1.pdf")
        path.write_bytes(data)
        try:
            picture = first_picture_here(path)
            text = read_text_here(path)
            words = text is not None and sum(map(str.isalpha, text.first)) >= LEAST_LETTERS
            if picture is Picture.NONE and words:
                return None
            stamps = picture is Picture.STAMP and words
            drawn = draw_first_here(path, target, not stamps)
        except (OSError, ValueError, RuntimeError, LookupError):
            return None
    return (Part.STAMPS if stamps else Part.HEAD) if drawn else None


def _picture(data: bytes, target: Path) -> Part | None:
    """A sheet by its size, else perhaps a stamp; its resolution is guessed from that."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data)) as opened:
            wide, high = opened.size
            sides = min(wide, high), max(wide, high)
            if sides[0] < _LEAST_SIDES[0] or sides[1] < _LEAST_SIDES[1]:
                return None
            if wide * high > _MOST_PIXELS:
                return None
            image = ImageOps.exif_transpose(_opaque(opened))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    sheet = max(image.size) >= _PAGE_WIDTH
    width_in = (_SHEET_IN if image.height >= image.width else 11.69) if sheet else _STAMP_IN
    dpi = min(max(image.width / width_in, _DPI[0]), _DPI[1])
    if sheet and dpi < _READ_DPI:  # too coarse for the engine as it is
        share = _READ_DPI / dpi
        image = image.resize((round(image.width * share), round(image.height * share)))
        dpi = _READ_DPI
    image.save(target, format="PNG", dpi=(dpi, dpi), compress_level=1)
    return Part.HEAD if sheet else Part.STAMPS


def _opaque(opened: "Image") -> "Image":
    """On white paper, in grey or in colours."""
    from PIL import Image

    if opened.mode in ("1", "L"):
        return opened.convert("L")
    shown = opened.convert("RGBA")
    paper = Image.new("RGBA", shown.size, "white")
    return Image.alpha_composite(paper, shown).convert("RGB")
