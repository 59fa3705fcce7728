"""A picture of a page image for browsers that cannot show its format, made in a child process."""

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.decoded import of_bytes
from archive_service.formats.page_image import squared, stated_dpi, stretch_of, stretched_size

T = TypeVar("T")
LIMIT_S = 30
MEMORY_MIB = 1024
LONGEST_PX = 2200  # of the picture's longer side: sharp at the viewer's widest
QUALITY = 85
MEDIA_TYPE = "image/jpeg"


class PictureImpossibleError(InputError):
    """The page image cannot be drawn; its original can still be downloaded."""


def drawn_apart(draw: Callable[..., T], *args: object, limit_s: float = LIMIT_S) -> T:
    """What ``draw(*args)`` gives in a child process, within the memory of a picture.

    Raises:
        PictureImpossibleError: it fails, or takes too long or too much.
    """
    made = run_limited(draw, *args, limit_s=limit_s, memory_mib=MEMORY_MIB)
    if isinstance(made, ParserFailure):
        raise PictureImpossibleError(reason=made.reason.value)
    return made


def make_picture(
    path: Path, *, pixels: int, turn_deg: int = 0, width_px: int | None = None
) -> bytes:
    """The first page of an image file as a JPEG, turned as Exif asks.

    Args:
        pixels: an image of more is not opened.
        turn_deg: by which it is turned clockwise besides, in quarters.
        width_px: of the picture; ``None``: as large as the viewer shows it.

    Raises:
        PictureImpossibleError: damaged, too large, or of a format that cannot be read.
    """
    return drawn_apart(make_picture_here, path, pixels, turn_deg, width_px)


def make_pdf_picture(path: Path, number: int) -> bytes:
    """Page ``number`` of a PDF, from 1, as a JPEG.

    Raises:
        PictureImpossibleError: damaged, or it has no such page.
    """
    return drawn_apart(_pdf_picture_here, path, number)


def _pdf_picture_here(path: Path, number: int) -> bytes:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[number - 1]
        image = page.render(scale=LONGEST_PX / max(page.get_size())).to_pil()
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def make_picture_here(
    path: Path, pixels: int, turn_deg: int = 0, width_px: int | None = None
) -> bytes:
    """``make_picture`` in this very process; raises what Pillow raises."""
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        stretch = stretch_of(stated_dpi(image))
        if math.prod(stretched_size(image.size, stretch)) > pixels:
            raise ValueError(f"{image.width} x {image.height} pixels")
        image.draft("RGB", (LONGEST_PX, LONGEST_PX))
        turned = ImageOps.exif_transpose(squared(image, stretch))
        turned.thumbnail((LONGEST_PX, LONGEST_PX))
        if turn_deg:
            turned = turned.rotate(-turn_deg, expand=True)
        if width_px is not None:
            turned.thumbnail((width_px, LONGEST_PX))
        out = io.BytesIO()
        of_bytes(turned).convert("RGB").save(out, "JPEG", quality=QUALITY)
        return out.getvalue()
