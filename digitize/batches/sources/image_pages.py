"""Frames of an image as image files of their own, square pixels in colours of a page.

Runs in a child process. A fax has half or a quarter as many lines down as dots across: read as
they lie, its letters are flat, and none of them is known.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive_service.formats.decoded import complaints, of_bytes
from archive_service.formats.page_image import (
    CONVERTED_MODES,
    DEEP_MODES,
    KEPT_MODES,
    LEAST_SIDE_PX,
    converted_from,
    page_frames,
    squared,
    stated_dpi,
    stretch_of,
    stretched_size,
)
from digitize.batches.sources.made_page import MadePage, write_image
from digitize.batches.sources.sources import Refusal, SourceLimits, opened_image


def split_image_here(
    path: Path, place: Path, part: tuple[int, int], limits: SourceLimits
) -> list[MadePage | Refusal]:
    """Frames of ``part``, first and count, written into ``place``; one is decoded at a time."""
    begin, count = part
    made: list[MadePage | Refusal] = []
    with opened_image(path) as image:
        frames = page_frames(image)
        for number in range(begin, begin + count):
            try:
                image.seek(frames[number])
                made.append(_made_page(image, place / f"{number:06}", limits))
            except (OSError, SyntaxError, ValueError, EOFError) as error:
                facts = {"reason": type(error).__name__}
                made.append(Refusal("page-source-unreadable", facts))
    return made


def _made_page(image: Any, target: Path, limits: SourceLimits) -> MadePage | Refusal:
    from PIL import ImageOps

    if min(image.size) < LEAST_SIDE_PX:
        sides = {"width_px": image.width, "height_px": image.height}
        return Refusal("page-too-small", sides)
    pixels = image.width * image.height
    if pixels > limits.most_pixels:
        return Refusal("page-too-large", {"pixels": pixels, "limit": limits.most_pixels})
    if image.mode not in KEPT_MODES | DEEP_MODES | CONVERTED_MODES:
        return Refusal("page-colour-space", {"mode": image.mode})
    converted, stated = converted_from(image), stated_dpi(image)
    with complaints() as remarks:
        image.load()  # from here on a TIFF stands upright, as the frame's own tag asks
        damage = remarks()
    if converted and image.mode not in DEEP_MODES:
        image = of_bytes(ImageOps.exif_transpose(image))
    made: MadePage | Refusal
    if stated is None or stretch_of(stated) == (1.0, 1.0) or image.mode in DEEP_MODES:
        made = _written(image, target, None if stated is None else round(min(stated), 1))
    else:
        made = _squared(image, target, stated, limits)
    return made if isinstance(made, Refusal) else replace(made, converted=converted, damage=damage)


def _squared(
    image: Any, target: Path, stated: tuple[float, float], limits: SourceLimits
) -> MadePage | Refusal:
    """As it was sent, at the finer resolution of both."""
    from PIL import ImageOps

    stretch = stretch_of(stated)
    pixels = math.prod(stretched_size(image.size, stretch))
    if pixels > limits.most_pixels:
        return Refusal("page-too-large", {"pixels": pixels, "limit": limits.most_pixels})
    square = ImageOps.exif_transpose(squared(image, stretch))
    return replace(_written(square, target, round(max(stated), 1)), stretched=stated)


def _written(image: Any, target: Path, dpi: float | None) -> MadePage:
    written, media_type = write_image(image, target, dpi)
    return MadePage(written, media_type, image.width, image.height, dpi, "file")
