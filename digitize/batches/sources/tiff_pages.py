"""The frames of a TIFF as image files of their own; runs in a child process."""

from pathlib import Path
from typing import Any

from archive_service.formats.decoded import complaints
from archive_service.formats.page_image import DEEP_MODES, KEPT_MODES
from digitize.batches.sources.made_page import MadePage, plausible_dpi, write_image
from digitize.batches.sources.sources import Refusal, SourceLimits, opened_image


def split_tiff_here(
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
    stated = image.info.get("dpi")
    dpi = None if stated is None else plausible_dpi(min(stated))
    with complaints() as remarks:
        image.load()  # from here on upright, as the frame's own tag asks
        damage = remarks()
    written, media_type = write_image(image, target, dpi)
    return MadePage(written, media_type, image.width, image.height, dpi, "file", damage=damage)
