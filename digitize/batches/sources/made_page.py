"""Pages made by splitting a source; an image of one page is written without loss."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.page_image import LEAST_DPI, MOST_DPI
from digitize.batches.sources.sources import JPEG, PNG, TIFF

if TYPE_CHECKING:
    from PIL import Image

_PNG_LEVEL = 3  # half the time of 6 for four hundredths more bytes
ENDINGS = {JPEG: ".jpg", PNG: ".png", TIFF: ".tif"}


@dataclass(frozen=True, slots=True)
class MadePage:
    """One page written to ``path``."""

    path: Path
    media_type: str
    width_px: int
    height_px: int
    dpi: float | None
    dpi_from: str  # "file" or "page-size"
    turn_deg: int = 0
    drawn: bool = False  # not the scanner's own pixels: several images of the page were joined
    stretched: tuple[float, float] | None = None  # dpi across and down, of pixels made square
    converted: str = ""  # of what kind the image was, where no PDF/A takes it
    damage: str = ""  # what the decoder said against the data; they are whole in what was written


def plausible_dpi(dpi: float) -> float | None:
    """To one decimal, or ``None`` where it can only be a placeholder."""
    value = round(float(dpi), 1)
    return value if LEAST_DPI <= value <= MOST_DPI else None


def write_image(image: "Image.Image", target: Path, dpi: float | None) -> tuple[Path, str]:
    """Write it without loss, black and white as TIFF G4, else as PNG; its path and media type."""
    options = {} if dpi is None else {"dpi": (dpi, dpi)}
    if image.mode == "1":
        path = target.with_suffix(ENDINGS[TIFF])
        image.save(path, "TIFF", compression="group4", **options)
        return path, TIFF
    path = target.with_suffix(ENDINGS[PNG])
    image.save(path, "PNG", compress_level=_PNG_LEVEL, **options)
    return path, PNG
