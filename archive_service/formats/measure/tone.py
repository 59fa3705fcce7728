"""Brightness and colour of a page."""

from dataclasses import dataclass

from archive_service.formats.measure.prepared import Prepared, histogram, level_at

LEAST_INK_SHARE = 0.0005  # with less there is no ink whose level could be told
DARKEST_PART = 0.2  # of the ink: the middles of strokes, not their edges
CLIPPED = 2  # levels from black or white


@dataclass(frozen=True, slots=True)
class Tone:
    """Levels of grey, and shares of pixels at either end."""

    paper: int
    ink: int | None
    clipped_dark: float
    clipped_light: float
    colourfulness: float


def measure(page: Prepared, *, ink_share: float) -> Tone:
    """Levels of paper and ink, from rows in full resolution."""
    counts = histogram(page.upper)
    total = int(counts.sum()) or 1
    ink = level_at(counts, ink_share * DARKEST_PART) if ink_share >= LEAST_INK_SHARE else None
    return Tone(
        paper=level_at(histogram(page.paper), 0.5),
        ink=ink,
        clipped_dark=round(float(counts[: CLIPPED + 1].sum()) / total, 4),
        clipped_light=round(float(counts[255 - CLIPPED :].sum()) / total, 4),
        colourfulness=_colourfulness(page),
    )


def _colourfulness(page: Prepared) -> float:
    """Mean distance of the channels; a grey scan kept as colour has none at all."""
    import cv2

    if page.colour is None:
        return 0.0
    blue, green, red = cv2.split(page.colour[::2, ::2])
    apart = cv2.absdiff(red, green), cv2.absdiff(green, blue)
    return round(sum(float(picture.mean()) for picture in apart), 3)
