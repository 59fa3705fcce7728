"""What the header of a page image says: size, resolution, colour depth; no pixel is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service.formats.child import ParserFailure, run_limited

LIMIT_S = 30
MEMORY_MIB = 512
ORIENTATION = 0x0112  # the tag of TIFF and Exif
PLAIN_TABLE = 3691  # sum of the table of brightness in ISO/IEC 10918-1, Annex K.1: quality 50
# Bits of one pixel in each of Pillow's modes.
BITS = {"1": 1, "L": 8, "P": 8, "LA": 16, "I;16": 16, "RGB": 24, "RGBA": 32, "CMYK": 32, "F": 32}
# What goes into a PDF/A page unchanged; the last two in a PNG only.
KEPT_MODES = {"1", "L", "P", "RGB"}
DEEP_MODES = {"I;16", "I;16B"}
SQUARE = 1.1  # a fax of 204 × 196 is read as it is, one of 204 × 98 lies flat
LEAST_DPI = 30  # below it stands a placeholder, as the 1 × 1 of JFIF
GREY_MODES = {"1", "L", "LA", "I", "I;16", "I;16B", "F"}


@dataclass(frozen=True, slots=True)
class PageImageFacts:
    """One page image; ``dpi`` is ``None`` where the header gives none that can be meant."""

    media_type: str
    width_px: int
    height_px: int
    dpi: float | None
    mode: str  # Pillow's: "RGB", "L", "1", "CMYK" …
    depth_bits: int  # of one pixel, all channels together
    colour: bool
    frames: int  # pages in one TIFF
    turned_deg: int  # clockwise turn that Exif asks a viewer for; never of a TIFF
    transparent: bool = False  # what lies below is not on the image
    square: bool = True  # its pixels, as far as the header tells
    jpeg_quality: int | None = None  # on libjpeg's scale, by its tables; ``None``: not a JPEG


def why_not_digitized(facts: PageImageFacts, *, most_pixels: int) -> str | None:
    """The one rule of the door and of digitization: why no PDF/A page can be made of it as it is.

    ``too-large``, ``several-pages``, ``transparent``, ``jpeg-2000``, ``colour-space`` or nothing.
    """
    if facts.width_px * facts.height_px > most_pixels:
        return "too-large"
    if facts.frames > 1:
        return "several-pages"
    if facts.transparent:
        return "transparent"
    if facts.media_type in ("image/jp2", "image/jpx"):
        return "jpeg-2000"
    deep = facts.mode in DEEP_MODES and facts.media_type == "image/png"
    return None if facts.mode in KEPT_MODES or deep else "colour-space"


def read_page_image(path: Path) -> PageImageFacts | ParserFailure:
    """The facts of a JPEG, TIFF, PNG or other image, read in a child process."""
    return run_limited(read_page_image_here, path, limit_s=LIMIT_S, memory_mib=MEMORY_MIB)


def read_page_image_here(path: Path) -> PageImageFacts:
    """``read_page_image`` in this very process; raises what Pillow raises."""
    from PIL import Image

    with Image.open(path) as image:
        turn = {3: 180, 6: 90, 8: 270}.get(image.getexif().get(ORIENTATION, 1), 0)
        if image.format == "TIFF":
            turn = 0  # Pillow turns it itself, and tells its sizes so
        return PageImageFacts(
            media_type=Image.MIME.get(image.format or "", "application/octet-stream"),
            width_px=image.width,
            height_px=image.height,
            dpi=_dpi(image.info.get("dpi")),
            mode=image.mode,
            depth_bits=BITS.get(image.mode, 8 * len(image.getbands())),
            colour=image.mode not in GREY_MODES,
            frames=getattr(image, "n_frames", 1),
            turned_deg=turn,
            transparent=image.has_transparency_data,
            square=are_square(image.info.get("dpi")),
            jpeg_quality=_jpeg_quality(getattr(image, "quantization", None)),
        )


def are_square(stated: tuple[float, float] | None) -> bool:
    """Whether an image has about as many pixels an inch across as down, or does not tell."""
    if stated is None or min(stated) < LEAST_DPI:
        return True
    return float(max(stated)) <= SQUARE * float(min(stated))


def _dpi(stated: tuple[float, float] | None) -> float | None:
    """The lower of both directions, where it can be meant."""
    if stated is None:
        return None
    dpi = round(float(min(stated)), 1)
    return dpi if dpi >= LEAST_DPI else None


def _jpeg_quality(tables: Mapping[int, Sequence[int]] | None) -> int | None:
    """The quality on libjpeg's scale whose table of brightness divides as much as this one."""
    if not tables or 0 not in tables:
        return None
    percent = 100 * sum(tables[0]) / PLAIN_TABLE
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return max(1, min(100, round(quality)))
