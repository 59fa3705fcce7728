"""What the header of a page image says: size, resolution, colour depth; no pixel is read."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.child import ParserFailure, run_limited

if TYPE_CHECKING:
    from PIL.Image import Image

LIMIT_S = 30
MEMORY_MIB = 512
ORIENTATION = 0x0112  # the tag of TIFF and Exif
MPO = "MPO"  # Pillow's word for a JPEG with others behind it: a camera's previews, no pages
_BITS_PER_SAMPLE = 258  # tag of TIFF
_SUBFILE, _REDUCED = 254, 1  # tag of TIFF, and its bit of a smaller copy of another page
PLAIN_TABLE = 3691  # sum of the table of brightness in ISO/IEC 10918-1, Annex K.1: quality 50
# Bits of one pixel in each of Pillow's modes.
BITS = {"1": 1, "L": 8, "P": 8, "LA": 16, "I;16": 16, "RGB": 24, "RGBA": 32, "CMYK": 32, "F": 32}
# What goes into a PDF/A page unchanged; the deep ones in a PNG only.
KEPT_MODES = {"1", "L", "P", "RGB"}
DEEP_MODES = {"I;16", "I;16B"}
# What a page is made of all the same, in colours of a page and on white paper.
CONVERTED_MODES = {"CMYK", "RGBA", "RGBa", "LA", "La", "PA", "YCbCr", "LAB"}
JPEG_2000 = "JPEG2000"  # Pillow's word
SQUARE = 1.1  # a fax of 204 × 196 is read as it is, one of 204 × 98 lies flat
MOST_STRETCH = 5.0  # of pixels that a machine makes; beyond it the header is wrong
LEAST_SIDE_PX = 8  # a letter of six pixels, the lowest that is read, with paper around it
LEAST_DPI, MOST_DPI = 30, 4800  # beyond them stands a placeholder, as the 1 × 1 of JFIF
# Mirrored from left to right once, an image that Exif calls mirrored is to be turned clockwise so.
_TURNS = {3: 180, 6: 90, 8: 270, 2: 0, 4: 180, 5: 270, 7: 90}
_MIRRORED = {2, 4, 5, 7}
_ON_ITS_SIDE = 5  # tags from here on turn by a quarter
_SMOOTH = {"1": "L", "P": "RGB"}  # modes between whose values nothing lies
GREY_MODES = {"1", "L", "LA", "I", "I;16", "I;16B", "F"}


COMPRESSION = 0x0103  # tag of TIFF
TIFF_6 = {1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946}  # TIFF 6.0, section 8, and Technical Note 2


@dataclass(frozen=True, slots=True)
class PageImageFacts:
    """One page image; ``dpi`` is ``None`` where the header gives none that can be meant.

    A page is read and shown with square pixels, and as no mirror image: both are mended where its
    pixels are decoded, and places on it are told in ``square_px``.
    """

    media_type: str
    width_px: int
    height_px: int
    dpi: float | None  # the lower of both directions
    mode: str  # Pillow's: "RGB", "L", "1", "CMYK" …
    depth_bits: int  # of one pixel, all channels together
    colour: bool
    frames: int  # pages in one TIFF
    turned_deg: int  # clockwise turn that Exif asks a viewer for; never of a TIFF
    transparent: bool = False  # what lies below is not on the image
    stretch: tuple[float, float] = (1.0, 1.0)  # across and down, so that its pixels are square
    mirrored: bool = False  # from left to right, before it is turned; never a TIFF
    jpeg_quality: int | None = None  # on libjpeg's scale, by its tables; ``None``: not a JPEG
    converted_from: str = ""  # its kind, where a page is made of what is derived from it
    rarely_packed: str = ""  # how a TIFF is, where few programs know it

    @property
    def square_px(self) -> tuple[int, int]:
        """Width and height once its pixels are square."""
        return stretched_size((self.width_px, self.height_px), self.stretch)

    @property
    def square_dpi(self) -> float | None:
        """Its resolution once its pixels are square: the finer of both directions."""
        return None if self.dpi is None else self.dpi * max(self.stretch)


def why_not_digitized(facts: PageImageFacts, *, most_pixels: int) -> str | None:
    """The one rule of the door and of digitization: why no PDF/A page can be made of it.

    ``too-small``, ``too-large``, ``several-pages``, ``colour-space`` or nothing.
    """
    if min(facts.square_px) < LEAST_SIDE_PX:
        return "too-small"
    if math.prod(facts.square_px) > most_pixels:
        return "too-large"
    if facts.frames > 1:
        return "several-pages"
    known = KEPT_MODES | DEEP_MODES | CONVERTED_MODES
    return None if facts.mode in known else "colour-space"


def converted_from(image: "Image") -> str:
    """Of what kind an image is that stands in no PDF/A page unchanged, as people are told; or "".

    Its page is made of a PNG that is derived from it; the file itself stays as it came.
    """
    if image.format == JPEG_2000:
        return "JPEG 2000"
    if image.has_transparency_data or image.mode in CONVERTED_MODES:
        return image.mode
    if image.format != "TIFF":
        return ""
    if image.mode in DEEP_MODES:
        return "16 bit"
    bits = [int(bits) for bits in getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, ())]
    if sum(bits) <= BITS.get(image.mode, sum(bits)):
        return ""
    return f"{image.mode} 16 bit" if max(bits) > 8 else f"{image.mode}X"  # a channel to spare


def read_page_image(path: Path) -> PageImageFacts | ParserFailure:
    """The facts of a JPEG, TIFF, PNG or other image, read in a child process."""
    return run_limited(read_page_image_here, path, limit_s=LIMIT_S, memory_mib=MEMORY_MIB)


def read_page_image_here(path: Path) -> PageImageFacts:
    """``read_page_image`` in this very process; raises what Pillow raises."""
    from PIL import Image

    with Image.open(path) as image:
        kind = "JPEG" if image.format == MPO else image.format or ""
        asked = 1 if image.format == "TIFF" else image.getexif().get(ORIENTATION, 1)
        stated = stated_dpi(image)
        return PageImageFacts(
            media_type=Image.MIME.get(kind, "application/octet-stream"),
            width_px=image.width,
            height_px=image.height,
            dpi=None if stated is None else round(min(stated), 1),
            mode=image.mode,
            depth_bits=BITS.get(image.mode, 8 * len(image.getbands())),
            colour=image.mode not in GREY_MODES,
            frames=len(page_frames(image)),
            turned_deg=_TURNS.get(asked, 0),
            transparent=image.has_transparency_data,
            stretch=stretch_of(stated),
            mirrored=asked in _MIRRORED,
            jpeg_quality=_jpeg_quality(getattr(image, "quantization", None)),
            converted_from=converted_from(image),
            rarely_packed=rarely_packed(image),
        )


def rarely_packed(image: "Image") -> str:
    """How a TIFF is packed, where that is neither of TIFF 6.0 nor of its notes: ``zstd``, ``lzma``.

    Such an image opens here, and in few other programs.
    """
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    if tags.get(COMPRESSION, 1) in TIFF_6:
        return ""
    return str(image.info.get("compression", tags[COMPRESSION])).removeprefix("tiff_")


def page_frames(image: "Image") -> list[int]:
    """Which frames of a file are pages: no previews of a camera, no smaller copies of a page.

    The image stands at its first frame before and afterwards.
    """
    if image.format == MPO:
        return [0]
    every = list(range(getattr(image, "n_frames", 1)))
    if image.format != "TIFF" or len(every) == 1:
        return every
    pages = [number for number in every if not _is_reduced(image, number)]
    image.seek(0)
    return pages if 0 in pages else every


def _is_reduced(image: "Image", number: int) -> bool:
    try:
        image.seek(number)
        return bool(int(getattr(image, "tag_v2", {}).get(_SUBFILE, 0)) & _REDUCED)
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, struct.error):
        return False  # whoever opens it tells of the damage


def stated_dpi(image: "Image") -> tuple[float, float] | None:
    """Across and down of an image that was opened and not decoded yet, where they can be meant.

    A TIFF that lies on its side is turned by Pillow as it is decoded, and the two with it.
    """
    stated = image.info.get("dpi")
    if stated is None:
        return None
    across, down = (float(dpi) for dpi in stated)
    meant = all(LEAST_DPI <= dpi <= MOST_DPI for dpi in (across, down))
    if not meant or max(across, down) > MOST_STRETCH * min(across, down):
        return None
    lies = image.format == "TIFF" and image.getexif().get(ORIENTATION, 1) >= _ON_ITS_SIDE
    return (down, across) if lies else (across, down)


def stretch_of(dpi: tuple[float, float] | None) -> tuple[float, float]:
    """By how much an image is stretched across and down so that its pixels are square."""
    if dpi is None or max(dpi) <= SQUARE * min(dpi):
        return 1.0, 1.0
    return max(dpi) / dpi[0], max(dpi) / dpi[1]


def stretched_size(size: tuple[int, int], stretch: tuple[float, float]) -> tuple[int, int]:
    """Width and height of an image that is stretched so."""
    return round(size[0] * stretch[0]), round(size[1] * stretch[1])


def squared(image: "Image", stretch: tuple[float, float]) -> "Image":
    """The image with square pixels; dots become grey, which is read better."""
    from PIL import Image

    if stretch == (1.0, 1.0):
        return image
    smooth = image.convert(_SMOOTH.get(image.mode, image.mode))
    return smooth.resize(stretched_size(image.size, stretch), Image.Resampling.BICUBIC)


def _jpeg_quality(tables: Mapping[int, Sequence[int]] | None) -> int | None:
    """The quality on libjpeg's scale whose table of brightness divides as much as this one."""
    if not tables or 0 not in tables:
        return None
    percent = 100 * sum(tables[0]) / PLAIN_TABLE
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return max(1, min(100, round(quality)))
