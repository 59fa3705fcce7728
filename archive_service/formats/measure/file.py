"""Measures the page image of a file."""

from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.decoded import decode_page
from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.measure.page import measure_page
from archive_service.formats.page_image import (
    DEEP_MODES,
    GREY_MODES,
    PageImageFacts,
    why_not_digitized,
)

if TYPE_CHECKING:
    from PIL.Image import Image

DEEP_TO_BYTE = 1 / 257  # 16 bits to 8


def measure_file_here(path: Path, facts: PageImageFacts, most_pixels: int) -> PageMeasures | None:
    """The measures of a file's only page, decoded in this very process.

    ``None`` for what is not decoded: more than ``most_pixels``, or no page by the rule of the door.
    Raises what Pillow raises for an image that cannot be decoded.
    """
    if why_not_digitized(facts, most_pixels=most_pixels) is not None:
        return None
    decoded = decode_page(path, facts, _of_bytes)
    return measure_page(decoded.pixels, facts, dpi=facts.dpi, damage=decoded.damage)


def _of_bytes(image: "Image") -> "Image":
    """Colour or grey of 8 bits."""
    if image.mode in DEEP_MODES:
        image = image.point(lambda level: level * DEEP_TO_BYTE)
    return image.convert("L" if image.mode in GREY_MODES else "RGB")
