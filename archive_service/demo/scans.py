"""Turns a printed page into what a scanner makes of its paper: tint, noise, ink, skew."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from archive_service.demo.ink import DPI, InkMarks, Light, ink
from archive_service.forms.typst_form import FormPlace

A4_PIXELS = (1654, 2339)
PAPER = np.array((245.0, 240.0, 226.0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Scanner:
    """How well the sheet was printed and scanned; the defaults are an office's machine."""

    blur_px: float = 0.6
    toner: float = 0.86  # 1: truly black
    grain: float = 3.0  # of the sensor, levels of grey
    specks: tuple[int, int] = (20, 50)  # from, to below
    quality: int = 85  # of the JPEG
    shine_through: float = 0.0  # darkness of the other side's ink, 0 to 1


OFFICE = Scanner()


def page_images(pdf: Path) -> Iterator[Image.Image]:
    """Each page as it comes out of the printer, 200 dpi."""
    import pypdfium2

    document: Any = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            yield page.render(scale=DPI / 72).to_pil().convert("RGB").resize(A4_PIXELS)
    finally:
        document.close()


def blank_back(front: Image.Image) -> Image.Image:
    """The other side of a printed sheet: almost nothing, the ink shining through a little."""
    seen = front.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(3))
    return Image.blend(Image.new("RGB", front.size, "white"), seen, 0.03)


def scan(
    page: Image.Image,
    rng: np.random.Generator,
    *,
    fonts: Path,
    skew_degrees: float = 0.0,
    marks: InkMarks | None = None,
    scanner: Scanner = OFFICE,
    back: Image.Image | None = None,
) -> bytes:
    """The scanner's JPEG, 24-bit colour, its resolution in the header. Same ``rng``, same bytes.

    ``back`` is what is printed on the other side; it shines through as the scanner lets it.
    """
    toner = page.convert("L").filter(ImageFilter.GaussianBlur(scanner.blur_px))
    light = 1.0 - (255.0 - np.asarray(toner, dtype=np.float32)) * (scanner.toner / 255.0)
    if back is not None and scanner.shine_through:
        behind = back.convert("L").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        behind = behind.filter(ImageFilter.GaussianBlur(1.6))
        dark = (255.0 - np.asarray(behind, dtype=np.float32)) * (scanner.shine_through / 255.0)
        light = light * (1.0 - dark)
    tint = PAPER + rng.normal(0.0, 1.5, 3).astype(np.float32)
    seen = (light * _shade(page.size, rng))[..., None] * tint
    if marks is not None:
        region, ink_light = ink(marks, rng, fonts)
        seen[region] *= ink_light
    if skew_degrees:
        seen = _turned(seen, skew_degrees, tint)
    seen += _grain(page.size, rng, scanner)[..., None]
    np.clip(seen, 0, 255, out=seen)
    image = Image.fromarray(seen.astype(np.uint8))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=scanner.quality, dpi=(DPI, DPI))
    return file.getvalue()


def _shade(size: tuple[int, int], rng: np.random.Generator) -> Light:
    """Paper is a little uneven, and darker towards the binding."""
    coarse = rng.normal(1.0, 0.006, (12, 9)).astype(np.float32)
    uneven = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    across = np.linspace(0.0, 1.0, size[0], dtype=np.float32)
    binding = 1.0 - 0.10 * np.exp(-across / 0.025)
    shade: Light = np.asarray(uneven, dtype=np.float32) * binding[None, :]
    return shade


def _turned(seen: Light, degrees: float, tint: Light) -> Light:
    """The sheet lies askew on the glass; beyond its edges the lid is seen, as bright as paper."""
    red, green, blue = (int(part) for part in tint)
    image = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    turned = image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(red, green, blue))
    return np.asarray(turned).astype(np.float32)


def _grain(size: tuple[int, int], rng: np.random.Generator, scanner: Scanner) -> Light:
    """The sensor's noise, and some specks of dust."""
    width, height = size
    grain = rng.standard_normal((height, width), dtype=np.float32) * np.float32(scanner.grain)
    for _ in range(int(rng.integers(*scanner.specks))):
        x, y = int(rng.integers(0, width - 3)), int(rng.integers(0, height - 3))
        grain[y : y + int(rng.integers(1, 4)), x : x + int(rng.integers(1, 4))] -= 110.0
    return grain


def pixel_box(place: FormPlace) -> tuple[int, int, int, int]:
    """A place on the page in pixels from the upper left corner."""
    left, bottom, right, top = (round(side * DPI / 72) for side in place.box)
    return left, A4_PIXELS[1] - top, right, A4_PIXELS[1] - bottom
