"""The pages of a PDF of images as image files; runs in a child process.

A page that is one image gives that image: a JPEG stream as it is, all else pixel by pixel, the
inks of printing presses in the colours that viewers show. One put together of several images, with
anything painted, stamped or noted over them, or of an image that is cut or has no square pixels, is
drawn once at their resolution, and says so: what was blacked out stays so.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.page_image import (
    DEEP_MODES,
    KEPT_MODES,
    read_page_image_here,
    stretch_of,
)
from digitize.batches.sources.made_page import MadePage, plausible_dpi, write_image
from digitize.batches.sources.pdf_content import Content, Placed, content_of
from digitize.batches.sources.sources import JPEG, PNG, TIFF, Refusal, SourceLimits

if TYPE_CHECKING:
    import pikepdf
    from PIL.Image import Image as PillowImage

POINTS_PER_INCH = 72.0
LEAST_COVER = 0.5  # of the page: a smaller image is not the page
DRAWN_MOST_DPI = 600.0
# Spaces of inks in which a picture by itself shows what viewers of the PDF show.
_PLAIN = ("/DeviceGray", "/DeviceRGB", "/CalGray", "/CalRGB", "/G", "/RGB")
_PLAIN_INKS = (1, 3)  # of a profile
_ENDINGS = {".jpg": JPEG, ".png": PNG, ".tif": TIFF, ".tiff": TIFF}


def split_pdf_here(
    path: Path, place: Path, part: tuple[int, int], limits: SourceLimits
) -> list[MadePage | Refusal]:
    """Pages of ``part``, first and count, written into ``place``."""
    import pikepdf

    begin, count = part
    made: list[MadePage | Refusal] = []
    with pikepdf.open(path, suppress_warnings=True) as pdf:
        for number in range(begin, begin + count):
            page = pdf.pages[number]
            try:
                content = content_of(page)
                made.append(_made_page(path, number, page, content, place, limits))
            except (pikepdf.PdfError, ValueError, TypeError, AttributeError, OSError) as error:
                facts = {"reason": type(error).__name__}
                made.append(Refusal("page-source-unreadable", facts))
    return made


def _made_page(
    path: Path,
    number: int,
    page: "pikepdf.Page",
    content: Content,
    place: Path,
    limits: SourceLimits,
) -> MadePage | Refusal:
    target = place / f"{number:06}"
    if content.is_empty:  # the blank back of a sheet, which the scanner's program left out
        white = _drawn(path, number, page, content, target, limits)
        return white if isinstance(white, Refusal) else replace(white, drawn=False)
    if not content.placed or content.text:
        return Refusal("page-born-digital", {"page": number + 1})
    if len(content.placed) == 1 and not content.drawn:
        only = content.placed[0]
        turn = _turn(page, only)
        if turn is not None and _covers(page, only):
            made = _taken_out(only, target, turn, _unit(page), limits, (path, number))
            if made is not None:
                return made
    return _drawn(path, number, page, content, target, limits)


def _unit(page: "pikepdf.Page") -> float:
    """Points in one unit of the page."""
    return float(page.get("/UserUnit", 1.0))


def _turn(page: "pikepdf.Page", placed: Placed) -> int | None:
    """Clockwise from the image to the page as viewers show it; ``None`` if skewed or mirrored."""
    a, b, c, d, _, _ = placed.matrix
    if a * d - b * c <= 0:
        return None
    angle = math.degrees(math.atan2(b, a))
    quarter = round(angle / 90) * 90
    across = math.degrees(math.atan2(d, c)) - 90
    if abs(angle - quarter) > 0.5 or abs((across - quarter + 180) % 360 - 180) > 0.5:
        return None
    asked = int(float(page.get("/Rotate", 0)) / 90) * 90  # viewers turn by whole quarters alone
    return (asked - quarter) % 360


def _covers(page: "pikepdf.Page", placed: Placed) -> bool:
    left, bottom, right, top = (float(number) for number in page.cropbox)
    area = abs((right - left) * (top - bottom))
    return area > 0 and placed.width * placed.height >= LEAST_COVER * area


def _taken_out(
    placed: Placed,
    target: Path,
    turn: int,
    unit: float,
    limits: SourceLimits,
    lies_in: tuple[Path, int],
) -> MadePage | Refusal | None:
    """The image as it lies in the PDF's page ``lies_in``; ``None`` where it can only be drawn."""
    image = placed.image
    if image is None or image.get("/ImageMask"):
        return None
    if "/SMask" in image or "/Mask" in image or int(image.get("/SMaskInData", 0)):
        return None  # what lies below is seen through it
    width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
    if width * height > limits.most_pixels:
        return Refusal("page-too-large", {"pixels": width * height, "limit": limits.most_pixels})
    inches = placed.width * unit / POINTS_PER_INCH, placed.height * unit / POINTS_PER_INCH
    if min(inches) <= 0:
        return None
    stated = width / inches[0], height / inches[1]
    if stretch_of(stated) != (1.0, 1.0):
        return None
    dpi = plausible_dpi(min(stated))
    made = _extracted(image, target, dpi)
    if made is None and (pixels := _decoded(*lies_in, (width, height))) is not None:
        made = write_image(pixels, target, dpi)
    if made is None:
        return None
    written, media_type = made
    facts = read_page_image_here(written)
    if facts.mirrored or facts.stretch != (1.0, 1.0):
        return None  # no viewer of PDFs heeds what its own header asks, the page by itself would
    return MadePage(
        path=written,
        media_type=media_type,
        width_px=facts.width_px,
        height_px=facts.height_px,
        dpi=dpi,
        dpi_from="page-size",
        turn_deg=(turn - facts.turned_deg) % 360,
    )


def _extracted(image: Any, target: Path, dpi: float | None) -> tuple[Path, str] | None:
    """The image as pikepdf takes it out; ``None`` where it cannot, or not in colours of a page."""
    import pikepdf
    from PIL import Image

    decode = image.get("/Decode")
    if decode is not None and [float(number) for number in decode][:2] != [0.0, 1.0]:
        return None  # inverted
    try:
        if pikepdf.PdfImage(image).filters == ["/DCTDecode"]:
            if not _is_plain(image.get("/ColorSpace")):
                return None
            path = target.with_suffix(".jpg")
            path.write_bytes(image.read_raw_bytes())
        else:
            path = Path(pikepdf.PdfImage(image).extract_to(fileprefix=str(target)))
    except (pikepdf.PikepdfError, pikepdf.DependencyError, NotImplementedError, ValueError):
        return None
    with Image.open(path) as opened:
        media_type = _ENDINGS.get(path.suffix, PNG)
        if opened.mode not in KEPT_MODES and not (opened.mode in DEEP_MODES and media_type == PNG):
            return None
        if path.suffix in _ENDINGS:
            return path, media_type
        # JPEG 2000: decoded once, and kept without loss
        return write_image(opened, target.with_suffix(".png"), dpi)


def _is_plain(space: Any) -> bool:
    """Whether values are grey or red, green and blue, and no amounts of ink."""
    import pikepdf

    if not isinstance(space, pikepdf.Array):
        return space is None or str(space) in _PLAIN
    if str(space[0]) == "/ICCBased":
        return int(space[1].get("/N", 0)) in _PLAIN_INKS
    return str(space[0]) in _PLAIN


def _decoded(path: Path, number: int, size: tuple[int, int]) -> "PillowImage | None":
    """The pixels of the only image of a page whose packing or inks pikepdf does not know: JBIG2,
    CMYK, inverted. ``None`` where the viewer's library does not give just them either.
    """
    import pypdfium2
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    with pypdfium2.PdfDocument(path) as document:
        found = list(document[number].get_objects(filter=[FPDF_PAGEOBJ_IMAGE]))
        if len(found) != 1:
            return None
        try:
            image = found[0].get_bitmap().to_pil().convert("RGB")
        except pypdfium2.PdfiumError:
            return None  # damaged
    return _without_waste(image) if image.size == size else None


def _without_waste(image: "PillowImage") -> "PillowImage":
    """The same pixels, as grey or as black and white where they are no more than that."""
    from PIL import Image, ImageChops

    red, green, blue = image.split()
    if ImageChops.difference(red, green).getbbox() or ImageChops.difference(red, blue).getbbox():
        return image
    between = sum(red.histogram()[1:-1])
    return red if between else red.convert("1", dither=Image.Dither.NONE)


def _drawn(
    path: Path,
    number: int,
    page: "pikepdf.Page",
    content: Content,
    target: Path,
    limits: SourceLimits,
) -> MadePage | Refusal:
    """The page as viewers show it, at the highest resolution of its images."""
    import pypdfium2

    dpi = min(max(_dpis(content, _unit(page)), default=200.0), DRAWN_MOST_DPI)
    document = pypdfium2.PdfDocument(path)
    try:
        sheet = document[number]
        scale = dpi / POINTS_PER_INCH
        width, height = (math.ceil(side * scale) for side in sheet.get_size())
        if width * height > limits.most_pixels:
            facts = {"pixels": width * height, "limit": limits.most_pixels}
            return Refusal("page-too-large", facts)
        image = sheet.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    finally:
        document.close()
    written, media_type = write_image(image, target, dpi)
    return MadePage(
        path=written,
        media_type=media_type,
        width_px=image.width,
        height_px=image.height,
        dpi=round(dpi, 1),
        dpi_from="page-size",
        drawn=True,
    )


def _dpis(content: Content, unit: float) -> list[float]:
    """Of every image, along both of its sides."""
    found = []
    for placed in content.placed:
        sides = (("/Width", placed.width), ("/Height", placed.height))
        for name, points in sides if placed.image is not None else ():
            if points > 0:
                pixels = float(placed.image.get(name, 0))
                found.append(pixels / (points * unit / POINTS_PER_INCH))
    return [dpi for dpi in found if plausible_dpi(dpi)]
