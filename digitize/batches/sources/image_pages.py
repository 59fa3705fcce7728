"""Frames of an image as image files of their own, with square pixels; runs in a child process.

A fax has half or a quarter as many lines down as dots across: read as they lie, its letters are
flat, and none of them is known.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from archive_service.formats.decoded import complaints
from archive_service.formats.page_image import DEEP_MODES, KEPT_MODES, ORIENTATION, are_square
from digitize.batches.sources.made_page import MadePage, plausible_dpi, write_image
from digitize.batches.sources.sources import Refusal, SourceLimits, opened_image

_ON_ITS_SIDE = 5  # tags from here on turn by a quarter
_SMOOTH = {"1": "L", "P": "RGB"}  # modes between whose values nothing lies


def split_image_here(
    path: Path, place: Path, part: tuple[int, int], limits: SourceLimits
) -> list[MadePage | Refusal]:
    """Frames of ``part``, first and count, written into ``place``; one is decoded at a time."""
    begin, count = part
    made: list[MadePage | Refusal] = []
    with opened_image(path) as image:
        for number in range(begin, begin + count):
            try:
                image.seek(number)
                made.append(_one(image, place / f"{number:06}", limits))
            except (OSError, SyntaxError, ValueError, EOFError) as error:
                facts = {"reason": type(error).__name__}
                made.append(Refusal("page-source-unreadable", facts))
    return made


def _one(image: Any, target: Path, limits: SourceLimits) -> MadePage | Refusal:
    pixels = image.width * image.height
    if pixels > limits.most_pixels:
        return Refusal("page-too-large", {"pixels": pixels, "limit": limits.most_pixels})
    if image.mode not in KEPT_MODES | DEEP_MODES:
        return Refusal("page-colour-space", {"mode": image.mode})
    if image.has_transparency_data:
        return Refusal("page-transparent")
    stated, lies = image.info.get("dpi"), image.getexif().get(ORIENTATION, 1) >= _ON_ITS_SIDE
    with complaints() as remarks:
        image.load()  # from here on a TIFF stands upright, as the frame's own tag asks
        damage = remarks()
    made: MadePage | Refusal
    if are_square(stated) or image.mode in DEEP_MODES:
        dpi = None if stated is None else plausible_dpi(min(stated))
        made = _written(image, target, dpi)
    else:
        across, down = (float(side) for side in (reversed(stated) if lies else stated))
        made = _squared(image, target, (across, down), limits)
    return made if isinstance(made, Refusal) else replace(made, damage=damage)


def _squared(
    image: Any, target: Path, stated: tuple[float, float], limits: SourceLimits
) -> MadePage | Refusal:
    """As it was sent, at the finer resolution of both; dots become grey, which is read better."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    finest = max(stated)
    width, height = (
        round(side * finest / dpi)
        for side, dpi in zip((upright.width, upright.height), stated, strict=True)
    )
    if width * height > limits.most_pixels:
        facts = {"pixels": width * height, "limit": limits.most_pixels}
        return Refusal("page-too-large", facts)
    smooth = upright.convert(_SMOOTH.get(upright.mode, upright.mode))
    square = smooth.resize((width, height), Image.Resampling.BICUBIC)
    return replace(_written(square, target, plausible_dpi(finest)), stretched=stated)


def _written(image: Any, target: Path, dpi: float | None) -> MadePage:
    written, media_type = write_image(image, target, dpi)
    return MadePage(written, media_type, image.width, image.height, dpi, "file")
