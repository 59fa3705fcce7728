"""Turns a printed page into what a scanner makes of its paper: tint, noise, ink, skew."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from archive_service.demo.ink import DPI, InkMarks, Light, ink
from archive_service.forms.typst_form import FormPlace

A4_PIXELS = (1654, 2339)
JPEG_QUALITY = 85
PAPER = np.array((245.0, 240.0, 226.0), dtype=np.float32)


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
) -> bytes:
    """The scanner's JPEG, 24-bit colour, its resolution in the header. Same ``rng``, same bytes."""
    light = np.asarray(page, dtype=np.float32) / 255.0
    light = 1.0 - (1.0 - light) * 0.86  # toner is no perfect black
    if marks is not None:
        light = light * ink(page.size, marks, rng, fonts)
    inked = Image.fromarray((light * 255.0).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    if skew_degrees:
        inked = inked.rotate(skew_degrees, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    shown = np.asarray(inked, dtype=np.float32) / 255.0 * _paper(page.size, rng)
    shown += _noise(page.size, rng)[..., None]
    image = Image.fromarray(np.clip(shown, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY, dpi=(DPI, DPI))
    return file.getvalue()


def _paper(size: tuple[int, int], rng: np.random.Generator) -> Light:
    """Tinted paper, a little uneven, darker towards the binding."""
    width = size[0]
    coarse = rng.normal(1.0, 0.006, (12, 9)).astype(np.float32)
    uneven = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    across = np.linspace(0.0, 1.0, width, dtype=np.float32)
    binding = 1.0 - 0.10 * np.exp(-across / 0.025)
    tint = PAPER + rng.normal(0.0, 1.5, 3).astype(np.float32)
    shade: Light = np.asarray(uneven, dtype=np.float32) * binding[None, :]
    return shade[..., None] * tint


def _noise(size: tuple[int, int], rng: np.random.Generator) -> Light:
    """The sensor's grain, and some specks of dust."""
    width, height = size
    grain = rng.standard_normal((height, width), dtype=np.float32) * 3.0
    for _ in range(int(rng.integers(20, 50))):
        x, y = int(rng.integers(0, width - 3)), int(rng.integers(0, height - 3))
        grain[y : y + int(rng.integers(1, 4)), x : x + int(rng.integers(1, 4))] -= 110.0
    return grain


def pixel_box(place: FormPlace) -> tuple[int, int, int, int]:
    """A place on the page in pixels from the upper left corner."""
    left, bottom, right, top = (round(side * DPI / 72) for side in place.box)
    return left, A4_PIXELS[1] - top, right, A4_PIXELS[1] - bottom
