"""Measures the page image of a file."""

from pathlib import Path

from archive_service.formats.decoded import decode_page, of_bytes
from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.measure.page import measure_page
from archive_service.formats.page_image import PageImageFacts, why_not_digitized


def measure_file_here(path: Path, facts: PageImageFacts, most_pixels: int) -> PageMeasures | None:
    """The measures of a file's only page, decoded in this very process.

    ``None`` for what is not decoded: more than ``most_pixels``, or no page by the rule of the door.
    Raises what Pillow raises for an image that cannot be decoded.
    """
    if why_not_digitized(facts, most_pixels=most_pixels) is not None:
        return None
    decoded = decode_page(path, facts, of_bytes)
    return measure_page(decoded.pixels, facts, dpi=facts.square_dpi, damage=decoded.damage)
