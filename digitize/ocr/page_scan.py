"""All that is found out about one page image, from decoding it once, in the OCR process."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.page_image import PageImageFacts
from digitize.ocr.clean import CleanedPage, clean, has_ink, only_grey
from digitize.ocr.hard_pages.creases import without_creases
from digitize.ocr.hard_pages.dark_bands import with_bands_turned
from digitize.ocr.hard_pages.readings import PageWay, read_lines, read_page
from digitize.ocr.hard_pages.streaks import without_streaks
from digitize.ocr.likeness import find_separator, perceptual_hash, thumbnail
from digitize.ocr.page_time import HEAD_S, PAGE_S, STAMPS_S, page_time
from digitize.ocr.photographs.flat import Flat, Photographed, flat_of, laid_back, straightened
from digitize.ocr.pixels import PagePixels, load_pixels
from digitize.ocr.shining_through import SHINES, shines_through
from digitize.ocr.stamps.found import has_red, lines_of_ink, stamped_lines
from digitize.ocr.tesseract import open_engine, software_here
from digitize.ocr.upright import is_sideways, stands_upright, worth
from digitize.ocr.words import PageReading

PALE_INK = 0.0005  # of the page: carbon copies and old fax have strokes, and none that is dark
_HEAD_WIDTH = 0.58  # of the page: the cell of the mark ends at its middle


class Part(StrEnum):
    """What of a page is read; less than the whole is quicker."""

    WHOLE = "whole"
    HEAD = "head"  # where a mark of secrecy is printed, and stamps anywhere; upright or not
    STAMPS = "stamps"  # of a picture without the text of its page


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page to look at."""

    path: Path
    turn_deg: int = 0  # clockwise, besides what Exif asks for
    dpi: float | None = None  # None: what the file says
    part: Part = Part.WHOLE
    seconds: float = PAGE_S  # for all readings of its text


@dataclass(frozen=True, slots=True)
class PageScan:
    """What was found on one page."""

    reading: PageReading | None  # None: a separator sheet, or no ink at all
    facts: PageImageFacts
    measures: PageMeasures
    perceptual_hash: str  # 64 hex digits, for ``likeness.distance``; "": nothing to compare
    thumbnail: bytes  # JPEG, 200 px wide, upright
    separator: str  # text of the separator's QR; "" for an ordinary page
    photographed: Photographed | None = None  # from the side, on a desk


def read_page_here(request: PageRequest, model: Path, label: str, most_pixels: int) -> PageReading:
    """Clean one page image and read it, in this very process."""
    if request.part is Part.HEAD:
        return _read_head(request, model, label, most_pixels)
    pixels = _load(request, most_pixels)
    if request.part is Part.STAMPS:
        grey = only_grey(pixels.image)
        return PageReading(
            width_px=pixels.width_px,
            height_px=pixels.height_px,
            dpi=pixels.dpi,
            software=software_here(model, label),
            stamped=lines_of_ink(grey, open_engine(model), dpi=pixels.dpi),
        )
    page = pixels.to_read()
    flat = flat_of(page.image)
    pixels = _prepared(page, flat)
    cleaned = clean(pixels.image, dpi=pixels.dpi)
    shines = shines_through(pixels.image, dpi=pixels.dpi)
    reading = _read(pixels, cleaned, model, label, shines=shines, seconds=request.seconds)
    return laid_back(reading, flat, page)


def _prepared(page: PagePixels, flat: Flat | None) -> PagePixels:
    """The page as the engine is to see it, before it is cleaned."""
    pixels = straightened(page, flat)
    image = without_streaks(pixels.image, dpi=pixels.dpi)
    image = without_creases(with_bands_turned(image, dpi=pixels.dpi), dpi=pixels.dpi)
    return replace(pixels, image=image)


def _read_head(request: PageRequest, model: Path, label: str, most_pixels: int) -> PageReading:
    """What stands at the head, of a page that lies on its side or upside down as well."""
    page = _load(request, most_pixels).to_read()
    flat = flat_of(page.image)
    return laid_back(_head_read(_prepared(page, flat), model, label), flat, page)


def _head_read(pixels: PagePixels, model: Path, label: str) -> PageReading:
    cleaned = clean(pixels.image, dpi=pixels.dpi)
    first = _read(pixels, cleaned, model, label, head=True)
    if stands_upright(first.lines) or not has_ink(cleaned.image):
        return first
    readings = [first]
    for turn in (90, 270, 180) if is_sideways(cleaned.image) else (180,):
        turned = pixels.turned(turn)
        page = clean(turned.image, dpi=turned.dpi)
        readings.append(_read(turned, page, model, label, head=True))
        if stands_upright(readings[-1].lines):
            break
    return max(readings, key=lambda one: worth(one.lines))


def _head_of(page: CleanedPage) -> CleanedPage:
    """Its upper left, the name of the state beside it, and its foot; the rest is white."""
    head = page.image.copy()
    height, width = head.shape[:2]
    head[height // 2 : -height // 10] = 255
    head[height // 5 :, int(_HEAD_WIDTH * width) :] = 255
    return replace(page, image=head)


def scan_page_here(request: PageRequest, model: Path, label: str, most_pixels: int) -> PageScan:
    """See ``TesseractEngine.scan``; in this very process."""
    whole = _load(request, most_pixels)
    measures = _measured(whole, request.dpi or whole.facts.square_dpi)
    page = whole.to_read()
    del whole
    picture = thumbnail(page.image)
    if separator := find_separator(page.image):
        return PageScan(None, page.facts, measures, "", picture, separator)
    flat = flat_of(page.image)
    pixels = _prepared(page, flat)
    cleaned = clean(pixels.image, dpi=pixels.dpi)
    likeness = perceptual_hash(cleaned.image)
    pale = measures.ink_share >= PALE_INK
    inked = pale or has_ink(cleaned.image) or has_red(pixels.image)
    shines = measures.bleed_through >= SHINES
    head = request.part is Part.HEAD
    reading = None
    if inked:
        reading = _read(
            pixels, cleaned, model, label, shines=shines, head=head, seconds=request.seconds
        )
        reading = laid_back(reading, flat, page)
    photographed = None
    if flat is not None and flat.is_of_photograph:
        photographed = Photographed(flat.width, flat.height, round(pixels.dpi))
    return PageScan(reading, pixels.facts, measures, likeness, picture, separator, photographed)


def _measured(whole: PagePixels, dpi: float | None) -> PageMeasures:
    """The measures of a page as it was scanned, of however many pixels they were taken."""
    from archive_service.formats.measure.page import measure_page

    scale = whole.scale
    found = measure_page(
        whole.image, whole.facts, dpi=None if dpi is None else dpi / scale, damage=whole.damage
    )
    if scale == 1.0:
        return found
    sides = whole.width_px, whole.height_px
    width, height = sides if whole.turn_deg % 180 == 0 else sides[::-1]
    kept = None if found.dpi_true is None else round(found.dpi_true * scale)
    return replace(found, width_px=width, height_px=height, dpi=dpi, dpi_true=kept)


def _load(request: PageRequest, most_pixels: int) -> PagePixels:
    return load_pixels(
        request.path, turn_deg=request.turn_deg, dpi=request.dpi, most_pixels=most_pixels
    )


def _read(
    pixels: PagePixels,
    cleaned: CleanedPage,
    model: Path,
    label: str,
    *,
    shines: bool = False,
    head: bool = False,
    seconds: float = PAGE_S,
) -> PageReading:
    with page_time(HEAD_S if head else seconds) as for_text:
        if head:
            lines, fit = read_lines(_head_of(cleaned).image, model, pixels.dpi)
            way = PageWay(pixels, cleaned, lines, fit)
        else:
            way = read_page(pixels, cleaned, model, shines=shines)
    with page_time(STAMPS_S) as for_stamps:
        stamped = stamped_lines(
            way.pixels.image,
            way.page.image,
            open_engine(model),
            dpi=pixels.dpi,
            to_page=way.page.to_page,
            read=way.lines,
        )
    scale = pixels.scale
    a, b, c, d, e, f = way.page.to_page
    return PageReading(
        width_px=pixels.width_px,
        height_px=pixels.height_px,
        dpi=pixels.dpi * scale,
        lines=tuple(line.enlarged(scale) for line in way.lines),
        to_page=way.pixels.turned_back((a, b, c, d, e * scale, f * scale)),
        skew_deg=way.page.skew_deg,
        software=software_here(model, label),
        stamped=tuple(line.enlarged(scale) for line in stamped),
        guessed=way.guessed,
        unread=way.unread,
        cut=head or for_text.cut or for_stamps.cut,
    )
